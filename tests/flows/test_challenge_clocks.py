"""Clocks of challenges over HTTP: days in London, also when the clocks change; escalation, reviewers, samples."""

from __future__ import annotations

import datetime as dt
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from people import OTTO, Row, export
from promises import events
from refusal_flows import answer, challenge, challenged, fed, ours, post_refused, refusal, waiting
from signed import Answered, secrets_of, send
from world import World

from broker.actions import answer_case, sample_refusals
from broker.actions.report_refusals import report_refusals
from broker.actions.run_clocks import run_clocks
from broker.agency import pseudonyms
from broker.keys.sealed_words import sealed_bytes
from broker.wire.fields import encode64
from broker.wire.reference import spoken_reference


def made(world: World) -> str:
    """A challenge of what was refused."""
    return challenged(world, refusal(world.agency("council").asks(OTTO.about(), staff="sw")))


@pytest.mark.parametrize(
    ("now", "due", "over"),
    [
        # Friday before the clocks go forward, and before they go back; the next working day is Monday.
        ("2027-03-26T10:00", "2027-03-30", "2027-03-30T23:00"),  # Good Friday and Easter Monday besides
        ("2026-10-23T10:00", "2026-10-26", "2026-10-27T00:00"),
        ("2026-10-22T23:30", "2026-10-26", "2026-10-27T00:00"),  # half past midnight of Friday in London
    ],
)
def test_a_challenge_goes_to_the_next_when_its_day_in_london_is_over(
    quick_world: World, now: str, due: str, over: str
) -> None:
    """A clock that runs in UTC ends an hour early or late, on the very weekend when nobody looks."""
    world = quick_world
    world.now = dt.datetime.fromisoformat(now).replace(tzinfo=dt.UTC)
    post_recent(world)
    case = made(world)
    [waits] = waiting(world, "voluntary", "challenge")
    assert waits["due"] == due
    end = dt.datetime.fromisoformat(over).replace(tzinfo=dt.UTC)
    world.now = end - dt.timedelta(seconds=1)
    assert run_clocks(world.parts).escalated == 0
    world.now = end
    ran = run_clocks(world.parts)
    assert ran.escalated >= 1 and run_clocks(world.parts).escalated == 0
    for agency in ("council", "voluntary"):
        assert ("challenge_escalated", case) in fed(world, agency)
    [waits] = waiting(world, "voluntary", "challenge")
    assert waits["is_overdue"] and "dpo@" in waits["escalated_to"]
    answer(world, case, "allow_once").ok()


def post_recent(world: World) -> None:
    """What `post_refused` posts, as of the day before."""
    day = (world.now - dt.timedelta(days=1)).date().isoformat()
    world.agency("council").posts(*export("csc", [Row(OTTO, "C2")], as_of=day))
    world.agency("voluntary").posts(*export("su", [Row(OTTO, "S2", risk="concern")], as_of=day))


def test_reading_notices_what_has_run_out(world: World) -> None:
    """Without the job nobody hears that the clock ran out."""
    post_refused(world)
    case = made(world)
    world.later(days=2)
    assert ours(world)[0]["state"] == "escalated"
    assert ("challenge_escalated", case) in fed(world, "voluntary")


def test_the_overdue_come_first(quick_world: World) -> None:
    """What is overdue stands below what came this morning."""
    world = quick_world
    post_refused(world)
    first = made(world)
    world.later(days=3)
    second = made(world)
    assert [one["reference"] for one in waiting(world, "voluntary", "challenge")] == [first, second]
    assert "OVERDUE" in world.agency("voluntary").runs("challenges").ok().out


def said(world: World, agency: str, reference: str, outcome: str, *, staff: str = "R1", **changes: Any) -> Answered:
    """An answer as a reviewer's program would send it."""
    content = {"v": 1, "id": encode64(bytes(16)), "agency": agency, "staff": staff, "outcome": outcome}
    content |= {"because": encode64(bytes(sealed_bytes("because")))} | changes
    body = json.dumps({name: value for name, value in content.items() if value is not None}).encode()
    return send(world, agency, "review", method="POST", path=f"/v1/challenges/{reference}/answer", body=body)


def test_of_two_reviewers_at_once_the_first_wins(world: World) -> None:
    """Two answers to one challenge: both are told that theirs counts."""
    post_refused(world)
    case = made(world)
    answers: list[tuple[int, str]] = []

    def one(number: int, outcome: str) -> None:
        ident = encode64(bytes([number]) * 16)
        got = said(world, "voluntary", case, outcome, staff=f"R{number}", id=ident)
        answers.append((got.status, "" if got.status == 200 else got.code))

    both = [threading.Thread(target=one, args=pair) for pair in ((1, "keep"), (2, "allow_once"))]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert sorted(answers) == [(200, ""), (409, "case-answered")]
    assert len([event for event in events(world) if event.get("act") == "answered"]) == 1


def test_strangers_and_askers_do_not_answer(quick_world: World) -> None:
    """Whoever asked answers their own challenge, or anybody does who heard of it."""
    world = quick_world
    post_refused(world)
    case = made(world)
    assert (said(world, "school", case, "keep").status, said(world, "school", case, "keep").code) == (
        404,
        "case-unknown",
    )
    assert said(world, "council", case, "keep").code == "case-own"
    asker = pseudonyms.staff(secrets_of(world, "council").bytes32("reference"), "sw")
    assert said(world, "voluntary", case, "keep", staff=asker).code == "case-own"
    assert said(world, "voluntary", case, "justified").code == "case-outcome"
    assert said(world, "voluntary", case, "because_i_say_so").code == "schema-invalid"
    assert said(world, "voluntary", case, "keep", because=None).code == "words-unsealed"
    assert said(world, "voluntary", case, "keep", because=encode64(bytes(2000))).code == "words-unsealed"
    misheard = case[:-1] + ("0" if case.endswith("U") else "U")
    assert said(world, "voluntary", misheard, "keep").code == "reference-misheard"
    desk = send(world, "voluntary", "desk", method="POST", path="/v1/challenges/waiting", body=b"{}")
    assert desk.status == 403
    assert waiting(world, "voluntary", "challenge")[0]["state"] == "open"


def test_every_check_character_can_stand_in_an_address(quick_world: World) -> None:
    """A case whose reference ends in an odd character can't be answered."""
    world = quick_world
    seen: dict[str, str] = {}
    for number in range(400):
        reference = spoken_reference(number.to_bytes(5, "big") + bytes(11))
        seen.setdefault(reference[-1], reference)
    assert len(seen) == 37
    for reference in seen.values():
        assert said(world, "voluntary", reference, "keep").code == "case-unknown"


def test_a_challenge_that_will_not_do_is_refused(quick_world: World) -> None:
    """Unknown answers, foreign handles, words sealed to nobody, refusals from long ago."""
    world = quick_world
    post_refused(world)
    told = world.agency("council").asks(OTTO.about(), staff="sw")
    other = world.agency("council").asks(OTTO.about(), staff="sw")
    block, why = told.block("su"), told.block("su").not_shown
    assert why is not None
    plain = {"v": 1, "agency": "council", "staff": "S1", "answer": told.story.reference, "number": why.number}
    plain |= {"handle": block.handle, "reader": "voluntary", "words": encode64(bytes(sealed_bytes("challenge")))}

    def sent(by: str = "council", **changes: Any) -> str:
        content = {**plain, "id": encode64(bytes(16)), **changes}
        body = json.dumps({name: value for name, value in content.items() if value is not None}).encode()
        return send(world, by, "desk", method="POST", path="/v1/challenges", body=body).code

    assert sent(number=99) == "refusal-unknown"
    assert sent(number=0) == "schema-invalid"
    assert sent(agency="school") == "agency-differs"
    assert sent("school", agency="school") == "refusal-unknown"
    assert sent(handle=None) == "handle-missing"
    assert sent(handle=other.block("su").handle) == "handle-other"
    assert sent(handle=told.block("csc").handle) == "handle-other"
    assert sent(reader="school") == "words-unsealed"
    assert sent(words=encode64(bytes(1500))) == "words-unsealed"
    world.later(days=29)
    assert sent() == "refusal-old"


def test_what_nobody_can_lift_can_only_be_proposed_and_goes_to_somebody_else(quick_world: World) -> None:
    """A reviewer opens what no agreement schedules, or the asker's own agency decides what it may see."""
    world = quick_world
    post_refused(world)
    told = world.agency("council").asks(OTTO.about(), staff="ho", purpose="housing_support")
    why = told.story.not_agreed_why
    assert why is not None and why.decides not in (None, "council")
    name = f"{told.story.reference}/{why.number}"
    case = challenge(world, name, staff="ho").ok().result
    assert case["holder"] == why.decides
    [waits] = waiting(world, case["holder"], "challenge")
    assert (waits["lifts"], waits["answers"]) == (False, ["allow_and_propose", "keep"])
    refused = said(world, case["holder"], case["reference"], "allow_once")
    assert refused.code == "case-outcome"
    answer(world, case["reference"], "allow_and_propose", agency=case["holder"], staff=STAFF[case["holder"]]).ok()
    [mine] = ours(world)
    assert (mine["state"], mine.get("allowed_until")) == ("closed", None)
    [proposal] = waiting(world, "council", "proposal")
    assert answer(world, proposal["reference"], "noted", agency="council", staff="sw").code == 0


STAFF = {"homes": "to", "school": "dsl", "police": "pvp", "nhs": "hv", "voluntary": "vw", "jobcentre": "wc"}


def test_the_refusal_of_a_person_in_hiding_is_in_no_other_feed(quick_world: World) -> None:
    """A feed tells another agency that something concerns somebody in a refuge."""
    world = quick_world
    post_refused(world, protection="safe_address")
    case = made(world)
    assert fed(world, "voluntary") == []
    assert [one["reference"] for one in waiting(world, "voluntary", "challenge")] == [case]
    answer(world, case, "keep").ok()
    assert fed(world, "voluntary") == [] and fed(world, "police") == []
    # That their own challenge was answered is no news about anybody; that it is not said would be.
    assert fed(world, "council") == [("challenge_answered", case)]


def test_samples_are_drawn_by_a_key_and_can_be_drawn_again(quick_world: World) -> None:
    """Whoever refuses chooses what is looked at; or a rule that is always overturned is never noticed."""
    world = quick_world
    post_refused(world)
    covers = [bytes([number]) * 16 for number in range(200)]
    drawn = [sample_refusals.is_drawn(world.parts, one, 1, percent=25) for one in covers]
    assert drawn == [sample_refusals.is_drawn(world.parts, one, 1, percent=25) for one in covers]
    assert 20 <= sum(drawn) <= 80
    few = [sample_refusals.is_drawn(world.parts, one, 1, percent=0) for one in covers]
    assert 5 <= sum(few) <= 45 and all(more or not less for more, less in zip(drawn, few, strict=True))
    council = world.agency("council")
    while not waiting(world, "voluntary", "sample"):
        council.asks(OTTO.about(), staff="sw")
        world.later(minutes=3)
    case = waiting(world, "voluntary", "sample")[0]
    assert case["answers"] == ["allow_and_propose", "keep"] and case["ref"]
    assert fed(world, "voluntary") == []
    assert said(world, "voluntary", case["reference"], "allow_and_propose", because=None).status == 200
    found = report_refusals(world.parts, days=30)
    [rule] = [row for row in found.rules if row.answered]
    assert (rule.rule, rule.overturned_percent, rule.is_flagged) == (case["rule"], 100, True)
    assert rule.refused >= 1
    assert "100 % were overturned" in world.agency("voluntary").runs("challenges").ok().out
    assert answer_case.ALLOWED_DAYS == 7


def test_the_feed_is_read_from_where_one_was(world: World, tmp_path: Path) -> None:
    """A notice is shown twice, or never."""
    post_refused(world)
    case = made(world)
    voluntary = world.agency("voluntary")
    [entry] = voluntary.runs("feed", "--json").ok().result["entries"]
    assert (entry["number"], entry["kind"], entry["reference"], entry["due"]) == (
        1, "challenge_waits", case, "2026-11-23",
    )  # fmt: skip
    assert voluntary.runs("feed", "--json").ok().result["entries"] == []
    assert voluntary.runs("feed").ok().out == "nothing new\n"
    for key in ("desk", "delivery", "review"):
        found = send(world, "voluntary", key, method="GET", path="/v1/feed/0")
        assert len(found.json["entries"]) == 1
    assert send(world, "voluntary", "desk", method="GET", path="/v1/feed/x").code == "feed-number"
    assert set(entry) == {"number", "at", "kind", "reference", "due"}
