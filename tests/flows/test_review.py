"""A reviewer sees which fields of two records agree, the asker never; then the reviewer may confirm the match."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from typing import Any

import pytest
from people import JORAM, MINA, OTTO, Row, export
from promises import events
from signed import Answered, say, secrets_of, send
from test_reconciled import reconciled
from world import World

from broker.actions.find_answer import find_answer
from broker.agency import pseudonyms
from broker.agency.receipts import Reviewed, check_explained, check_review
from broker.errors import Untrusted
from broker.keys import context, signing
from broker.wire.comparison import ReviewTicket
from broker.wire.fields import encode64, parse
from broker.wire.review import Explained, ExplainedRequest, ReviewPair, ReviewRequest

ALIKE = replace(MINA, nhs="")
PROBABLE = replace(ALIKE, forename="Marthelina")
"""Told as Mina's, to be checked."""


def post(world: World, person: Any = PROBABLE) -> None:
    world.agency("council").posts(*export("csc", [Row(ALIKE, "C1")]))
    world.agency("school").posts(*export("ed", [Row(person, "P1")]))


def asked(world: World, person: Any = ALIKE) -> Any:
    """What a social worker was told."""
    return world.agency("council").asks(person.about(), staff="sw")


def numbers(world: World, reference: str) -> dict[str, str]:
    """The number of each source in a kept answer, as `review` lists them."""
    listed = world.agency("council").runs("review", reference, "--json").ok().result["blocks"]
    return {block["source"]: str(block["number"]) for block in listed}


def pair(world: World, reference: str) -> tuple[str, ...]:
    number = numbers(world, reference)
    return ("--one", number["csc"], "--other", number["ed"])


def pseudonym(world: World, staff: str, agency: str = "council") -> str:
    return pseudonyms.staff(secrets_of(world, agency).bytes32("reference"), staff)


def request_of(world: World, told: Any, other: str = "ed", *, agency: str = "council", **changes: Any) -> ReviewRequest:
    """A review of the council's record with that of a source, or under a handle."""
    about = {"v": 1, "id": os.urandom(16), "agency": agency, "staff": pseudonym(world, "mash", agency)}
    handle = other if len(other) > 3 else told.block(other).handle
    return ReviewRequest(**{**about, "one": told.block("csc").handle, "other": handle, **changes})


def begin(world: World, asking: ReviewRequest, *, agency: str = "council", use: str = "review") -> Answered:
    body = asking.model_dump_json().encode()
    return send(world, agency, use, method="POST", path="/v1/reviews", body=body)


def ticket_of(world: World, asking: ReviewRequest, begun: Answered, *, use: str = "review") -> ReviewTicket:
    now = int(world.now.timestamp())
    envelopes = parse(ReviewPair, begun.content).envelopes
    about = {"id": asking.id, "agency": asking.agency, "purpose": "child_safeguarding", "envelopes": envelopes}
    ticket = ReviewTicket(v=1, issued=now, expires=now + 60, signature=signing.UNSIGNED, **about)
    key = secrets_of(world, asking.agency).ed25519(use)
    return signing.sign(ticket, context.REVIEW_TICKET, signing_key=key)


def explain(world: World, asking: ReviewRequest, ticket: ReviewTicket, *, use: str = "review") -> Answered:
    body = ExplainedRequest(v=1, review=asking, ticket=ticket).model_dump_json().encode()
    return send(world, asking.agency, use, method="POST", path="/v1/explanations", body=body)


def acts(world: World) -> list[str]:
    return [event["act"] for event in events(world) if event["typ"] == "review"]


def test_a_reviewer_sees_which_fields_agree_and_confirms_the_match(world: World) -> None:
    """A match that is to be checked stays so for ever, or somebody confirms it without having looked."""
    post(world)
    told, council = asked(world), world.agency("council")
    assert told.block("ed").match == "probable"
    by = (told.story.reference, *pair(world, told.story.reference), "--as", "mash")

    found = council.runs("review", *by, "--json").ok().result
    levels = {one["field"]: one["level"] for one in found["fields"]}
    assert (levels["surname"], levels["birth"], levels["nhs"]) == ("same", "same", "not held")
    assert levels["forename"] not in ("same", "not held")
    assert found["band"] in ("probable", "below")
    adds = {one["field"]: one["adds"] for one in found["fields"] if "adds" in one}
    assert adds["birth"] > 0 > adds["forename"] and not {"nhs"} & adds.keys()
    assert sum([*adds.values(), *found["besides"].values()]) == pytest.approx(found["bits"], abs=1e-6)
    shown = council.runs("review", *by).ok().out
    assert "date of birth             same" in shown
    assert re.search(r"before they were compared {10,}[+-]\d", shown) and re.search(r"surname +same +\+\d", shown)
    assert "to 1 that they are one person" in shown
    assert not [detail for detail in (*ALIKE.canaries(), *PROBABLE.canaries()) if detail in shown + json.dumps(found)]

    council.runs("verdict", *by, "--say", "same").ok()
    assert asked(world).block("ed").match == "certain"
    assert acts(world) == ["asked", "explained"] * 2
    assert [event["verdict"] for event in events(world) if event["typ"] == "verdict"] == ["same"]


def test_the_auditor_sees_who_reviewed_what(world: World) -> None:
    """A reviewer looks through an agency's answers and nobody can tell; or everybody who reads the leaves can."""
    post(world)
    told = asked(world)
    by = (told.story.reference, *pair(world, told.story.reference), "--as", "mash")
    world.agency("council").runs("review", *by).ok()
    found = find_answer(world.parts, told.story.reference)
    assert {one["act"] for one in found["reviews"]} == {"asked", "explained"}
    assert {one["staff"] for one in found["reviews"]} == {pseudonym(world, "mash")}
    together = [set(person) for person in found["cover"]["together"]]
    assert all(any(set(one["pair"]) <= person for person in together) for one in found["reviews"])
    assert len({one["ticket"] for one in found["reviews"]}) == 1
    open_log = [sorted(event) for event in events(world) if event["typ"] == "review"]
    assert open_log == [["_sd", "act", "id", "org", "t", "typ", "v"]] * 2
    assert reconciled(world)[0] == 0, "the linkage unit's count has a ticket that no journal names"


def test_whoever_asked_learns_nothing(world: World) -> None:
    """A caseworker who also reviews learns which field of their own question agreed, and confirms it alone."""
    post(world)
    told = asked(world)
    by = (told.story.reference, *pair(world, told.story.reference), "--as", "sw")
    ran = world.agency("council").runs("review", *by)
    assert (ran.code, "review-own-answer" in ran.error) == (6, True)
    ran = world.agency("council").runs("verdict", *by, "--say", "same")
    assert (ran.code, "verdict-needs-review" in ran.error) == (6, True)
    assert acts(world) == []


def test_only_who_was_told_confirms(quick_world: World) -> None:
    """A verdict rests on somebody else's review, on an old one, on one of another pair, or on a desk key."""
    world = quick_world
    post(world)
    world.agency("council").posts(*export("eh", [Row(PROBABLE, "E1")]))
    told = asked(world)
    by = (told.story.reference, *pair(world, told.story.reference))
    world.agency("council").runs("review", *by, "--as", "mash").ok()
    one, other, third = (told.block(source).handle for source in ("csc", "ed", "eh"))

    def said(staff: str, second: str = other, use: str = "review") -> tuple[int, str]:
        about = {"v": 1, "id": encode64(os.urandom(16)), "agency": "council", "staff": pseudonym(world, staff)}
        body = json.dumps(about | {"one": one, "other": second, "verdict": "same"}).encode()
        answered = send(world, "council", use, method="POST", path="/v1/verdicts", body=body)
        return answered.status, "" if answered.status == 200 else answered.code

    assert said("kw") == (403, "verdict-needs-review")
    assert said("mash", third) == (403, "verdict-needs-review")
    assert said("mash", use="desk") == (403, "verdict-needs-review")
    assert said("mash", use="delivery") == (403, "signing-key-unknown")
    assert said("mash") == (200, "")
    world.later(minutes=61)
    assert said("mash") == (422, "handle-old")


def test_a_review_of_an_earlier_answer_confirms_nothing_of_a_later_one(quick_world: World) -> None:
    """What was seen of one answer's records is used on whatever they have become."""
    world = quick_world
    post(world)
    first, second = asked(world), asked(world)
    by = (first.story.reference, *pair(world, first.story.reference), "--as", "mash")
    world.agency("council").runs("review", *by).ok()
    later = (second.story.reference, *pair(world, second.story.reference), "--as", "mash", "--say", "same")
    assert "verdict-needs-review" in world.agency("council").runs("verdict", *later).error


@pytest.mark.parametrize("use", ["desk", "delivery"])
def test_a_key_that_is_no_reviewers_opens_nothing(quick_world: World, use: str) -> None:
    """Every desk of a place can see how fields agree; or a review key can ask and post."""
    world = quick_world
    post(world)
    asking = request_of(world, asked(world))
    assert begin(world, asking, use=use).code == "signing-key-unknown"
    begun = begin(world, asking)
    assert explain(world, asking, ticket_of(world, asking, begun), use=use).code == "signing-key-unknown"
    forged = explain(world, asking, ticket_of(world, asking, begun, use=use))
    assert (forged.status, forged.code) == (403, "signature-invalid")
    for path in ("/v1/questions", "/v1/batches/" + "0" * 32 + "/close"):
        assert send(world, "council", "review", method="POST", path=path, body=b"{}").status == 403
    assert acts(world) == ["asked"]


def test_a_ticket_is_good_once_for_its_pair_and_minute(world: World) -> None:
    """One ticket shows many pairs, or the same again and again without being counted."""
    post(world)
    told = asked(world)
    asking = request_of(world, told)
    begun = begin(world, asking)
    assert begin(world, asking).code == "review-used"
    ticket = ticket_of(world, asking, begun)
    another = request_of(world, told)
    assert explain(world, another, ticket).code == "envelope-differs"
    swapped = request_of(world, told, id=asking.id, one=asking.other, other=asking.one)
    assert explain(world, swapped, ticket).code == "envelope-differs"
    assert explain(world, asking, ticket).status == 200
    again = explain(world, asking, ticket)
    assert (again.status, again.code) == (409, "ticket-used")
    late = request_of(world, told)
    expired = ticket_of(world, late, begin(world, late))
    world.later(minutes=2)
    assert explain(world, late, expired).code == "ticket-expired"
    assert acts(world).count("explained") == 1


def test_handles_of_another_agency_and_old_ones_are_refused(quick_world: World) -> None:
    """A reviewer looks into the answers of other agencies, or into what was asked long ago."""
    world = quick_world
    post(world)
    told = asked(world)
    theirs = request_of(world, told, agency="school")
    assert begin(world, theirs, agency="school").code == "handle-unknown"
    assert begin(world, request_of(world, told), agency="school").code == "agency-differs"
    same = request_of(world, told, "csc")
    assert begin(world, same).code == "verdict-on-one"
    later = asked(world)
    assert begin(world, request_of(world, told, one=later.block("csc").handle)).code == "handle-old"
    asking = request_of(world, told)
    ticket = ticket_of(world, asking, begin(world, asking))
    world.later(minutes=61)
    assert begin(world, request_of(world, told)).code == "handle-old"
    assert explain(world, asking, ticket).code == "handle-old"
    by = (told.story.reference, *pair(world, told.story.reference), "--as", "mash")
    assert "handle-old" in world.agency("council").runs("review", *by).error


REFUSED = (403, "review-refused")


def test_nobody_protected_is_explained_and_it_does_not_show(world: World) -> None:
    """Whether a hidden person's addresses agree is told field by field; or the refusal says that they are hidden."""
    post(world)
    told = asked(world)
    early = request_of(world, told)
    ticket = ticket_of(world, early, begin(world, early))
    world.agency("police").posts(*export("po", [Row(MINA, "V1", protection="safe_address")]))
    late = begin(world, request_of(world, told))
    assert (late.status, late.code) == REFUSED
    between = explain(world, early, ticket)
    assert (between.status, between.code) == REFUSED
    after = asked(world)
    hidden = begin(world, request_of(world, after, "po"))

    # A record that is no longer held can't be explained either.
    world.agency("council").posts(*export("eh", [Row(JORAM, "E1"), Row(OTTO, "E2")]))
    world.agency("council").posts(*export("csc", [Row(JORAM, "C5"), Row(ALIKE, "C1")]))
    other = world.agency("council").asks(JORAM.about(), staff="sw")
    gone = request_of(world, other, "eh")
    world.agency("council").runs("retract", "E1", "--source", "eh").ok()
    said = [{**one.json, "instance": ""} for one in (late, between, hidden, begin(world, gone))]
    assert all(one == said[0] for one in said)
    assert sorted(acts(world)) == ["asked", *["refused"] * 4], "nobody sees who looks for hidden people"


def test_protection_reaches_the_child_here_too(quick_world: World) -> None:
    """The address of a hidden mother is told by how her child's records agree."""
    world = quick_world
    world.agency("council").posts(*export("csc", [Row(OTTO, "C2"), Row(MINA, "C1", parents=("C2",))]))
    world.agency("council").posts(*export("eh", [Row(MINA, "E1")]))
    told = asked(world, MINA)
    assert begin(world, request_of(world, told, "eh")).status == 200
    world.agency("police").posts(*export("po", [Row(OTTO, "V1", protection="safe_address")]))
    told = asked(world, MINA)
    refused = begin(world, request_of(world, told, "eh"))
    assert (refused.status, refused.code) == REFUSED


def test_two_people_of_an_answer_are_not_compared(quick_world: World) -> None:
    """Whether a father lives with his child is told by how their addresses agree."""
    world = quick_world
    world.agency("council").posts(*export("csc", [Row(OTTO, "C2"), Row(MINA, "C1", parents=("C2",))]))
    told = asked(world, MINA)
    father = told.block("csc", "parent").handle
    refused = begin(world, request_of(world, told, father))
    assert (refused.status, refused.code) == REFUSED


def test_reviews_are_counted_here_and_at_the_linkage_unit(make_world: Any, sqlite_url: str) -> None:
    """A stolen review key shows how everybody's records agree."""
    world = make_world(sqlite_url, reviews_per_day=2, unit={"explanations_per_day": 2})
    post(world)
    told = asked(world)
    by = ("review", told.story.reference, *pair(world, told.story.reference), "--as", "mash")
    council = world.agency("council")
    council.runs(*by).ok()
    ran = council.runs(*by)
    assert (ran.code, "quota-reached" in ran.error) == (5, True)
    world.stop("linkunit")
    world.unit_settings = world.unit_settings.model_copy(update={"explanations_per_day": 400})
    world.start("linkunit")
    council.runs(*by).ok()
    ran = council.runs(*by)
    assert (ran.code, "reviews-used-up" in ran.error) == (5, True)
    world.later(days=1)
    asking = request_of(world, asked(world))
    assert begin(world, asking).status == 200
    world.check()


def test_nothing_is_told_that_the_linkage_unit_did_not_sign_or_the_log_not_keep(quick_world: World) -> None:
    """A broker makes up how two records agree, or tells it without a trace."""
    world = quick_world
    post(world)
    told = asked(world)
    asking = request_of(world, told)
    begun = begin(world, asking)
    ticket = ticket_of(world, asking, begun)
    with world.down("linkunit"):
        assert explain(world, asking, ticket).code == "linkage-unit-unavailable"
    assert acts(world) == ["asked"]
    found = parse(Explained, explain(world, asking, ticket).content)
    trust = world.parties.trust
    expected = Reviewed("council", asking.staff, told.story.reference, asking.id, int(world.now.timestamp()))
    check_explained(found.explanation, ticket, trust=trust)
    check_review(found.receipt, expected, act="explained", trust=trust)
    better = found.explanation.model_copy(update={"bits": 40, "band": "c"})
    for changed, against in (
        (better, ticket),
        (found.explanation, ticket.model_copy(update={"id": os.urandom(16)})),
        (found.explanation, ticket.model_copy(update={"envelopes": ticket.envelopes[::-1]})),
    ):
        with pytest.raises(Untrusted):
            check_explained(changed, against, trust=trust)
    for other in (
        replace(expected, staff="S2"), replace(expected, id=os.urandom(16)), replace(expected, agency="school"),
        replace(expected, reference="0000-0000-0"), replace(expected, at=expected.at + 600),
    ):  # fmt: skip
        with pytest.raises(Untrusted):
            check_review(found.receipt, other, act="explained", trust=trust)
    with pytest.raises(Untrusted):
        check_review(parse(ReviewPair, begun.content).receipt, expected, act="explained", trust=trust)


def test_a_certain_match_needs_no_review(quick_world: World) -> None:
    """What everybody may say takes a reviewer now."""
    world = quick_world
    post(world, ALIKE)
    told = asked(world)
    one, other = told.block("csc").handle, told.block("ed").handle
    assert say(world, "council", one, other=other, verdict="same").status == 200
    shown = world.agency("council").runs("review", told.story.reference).ok().out
    assert "say which two with --one and --other" in shown
