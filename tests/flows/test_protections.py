"""A protection is set by one person and holds at once; a second confirms it; two lift it. Nothing lapses by itself."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Mapping
from functools import partial
from typing import Any

import httpx2
import pytest
from agency_of_world import Ran
from people import OTTO, STRANGER, Row, export
from promises import events
from refusal_flows import fed
from signed import deliver, request, secrets_of, send, signer
from test_together import at_once
from typer.testing import CliRunner
from world import World

from broker.actions.run_clocks import run_clocks
from broker.agency import pseudonyms
from broker.cli.main import app
from broker.cli.runs import Given
from broker.store import protections
from broker.wire.fields import encode64

PLACED = ("hs", "gp")


@pytest.fixture
def place(quick_world: World) -> World:
    return posted(quick_world)


def posted(world: World) -> World:
    """The police know Otto, and two services whose mere name tells where he is do too."""
    world.agency("police").posts(*export("po", [Row(OTTO, "X9"), Row(STRANGER, "X8")]))
    world.agency("homes").posts(*export("hs", [Row(OTTO, "T1", {"hs.arrears_weeks": "3"})]))
    world.agency("gp").posts(*export("gp", [Row(OTTO, "G1", {"gp.registered_practice": "harbour_surgery"})]))
    world.agency("council").posts(*export("csc", [Row(OTTO, "C2")]))
    return world


def protect(world: World, *options: str, agency: str = "council", staff: str = "sw", **given: str) -> Ran:
    known = {"source": "csc", "record": "C2", "kind": "safe_address", "review_by": "2027-05-01", **given}
    which = (known["source"], known["record"], "--kind", known["kind"], "--review-by", known["review_by"])
    return world.agency(agency).runs("protect", *which, "--as", staff, "--json", *options)


def second(world: World, command: str, *options: str, staff: str = "kw", kind: str = "safe_address") -> Ran:
    return world.agency("council").runs(command, "csc", "C2", "--kind", kind, "--as", staff, "--json", *options)


def listed(world: World, agency: str = "council") -> list[dict[str, Any]]:
    named = {"council": ("--as", "mash"), "homes": ("--as", "to")}.get(agency, ())
    found: list[dict[str, Any]] = world.agency(agency).runs("protections", *named, "--json").ok().result["protections"]
    return found


def is_hidden(world: World) -> bool:
    """Whether where Otto is, is hidden from somebody who would be told otherwise."""
    told = world.agency("council").asks(OTTO.about(), staff="sw")
    hidden = {told.nothing(source) == "no_record_found" for source in PLACED}
    assert len(hidden) == 1, "one service tells where he is and the other does not"
    return hidden.pop()


def acts(world: World) -> list[tuple[str, str]]:
    return [(event["org"], event["act"]) for event in events(world) if event["typ"] == "protect"]


def test_set_by_one_confirmed_by_another_lifted_by_two(world: World) -> None:
    """A protection waits for a form, or one person takes it away."""
    posted(world)
    assert not is_hidden(world)
    made = protect(world).ok().result
    assert (made["in_force"], made["awaits"], made["due"]) == (True, "confirm", "2026-11-24")
    assert is_hidden(world)
    assert second(world, "confirm-protection").ok().result.get("awaits") is None
    assert second(world, "lift-protection", staff="kw").ok().result["in_force"]
    assert is_hidden(world)
    assert not second(world, "lift-protection", "--agree", staff="sw").ok().result["in_force"]
    assert not is_hidden(world)
    assert acts(world) == [("council", act) for act in ("set", "confirmed", "lift-proposed", "lifted")]
    [entry] = listed(world)
    assert (entry["in_force"], [one["act"] for one in entry["done"]]) == (
        False,
        ["set", "confirmed", "lift-proposed", "lifted"],
    )
    with world.parts.store.look() as connection:
        assert [one.points for one in protections.every(connection, world.parts.keysets)] == [frozenset()]
    # A danger that comes back: it can be set again, and tells that it was there before.
    protect(world).ok()
    assert is_hidden(world)
    assert [one["act"] for one in listed(world)[0]["done"]] == ["set", "confirmed", "lift-proposed", "lifted", "set"]


def test_unconfirmed_or_past_its_review_it_goes_on_protecting(place: World) -> None:
    """A protection lapses because a colleague was ill, or because nobody looked at it again."""
    reference = protect(place).ok().result["reference"]
    assert fed(place, "council") == [("protection_waits", reference)]
    place.later(days=2)
    # Tuesday's end in London is the clock's.
    place.now = dt.datetime(2026, 11, 24, 23, 59, 59, tzinfo=dt.UTC)
    run_clocks(place.parts)
    assert not listed(place)[0]["is_late"]
    place.now = dt.datetime(2026, 11, 25, 0, 0, 0, tzinfo=dt.UTC)
    for _ in range(2):
        run_clocks(place.parts)
    [entry] = listed(place)
    assert (entry["in_force"], entry["is_late"], entry["awaits"]) == (True, True, "confirm")
    assert entry["escalated_to"]
    assert fed(place, "council") == [("protection_waits", reference), ("protection_late", reference)]
    assert acts(place)[-1] == ("broker", "late")
    assert is_hidden(place)
    second(place, "confirm-protection").ok()
    assert [one["is_late"] for one in listed(place)] == [False]
    # Its day of review passes too, and it goes on.
    assert protect(place, "--renew", review_by="2026-12-01").ok().result["review_by"] == "2026-12-01"
    place.now = dt.datetime(2026, 12, 1, 12, tzinfo=dt.UTC)
    assert not listed(place)[0]["is_due"]
    place.later(days=1)
    assert listed(place)[0]["is_due"]
    assert is_hidden(place)
    protect(place, "--renew", review_by="2027-06-01").ok()
    assert not listed(place)[0]["is_due"]


def test_a_proposal_to_lift_that_nobody_agrees_to_lapses(place: World) -> None:
    """An old proposal is agreed to years later by somebody who means another; whoever disagrees must wait."""
    protect(place).ok()
    second(place, "lift-protection", staff="sw").ok()
    assert second(place, "confirm-protection", staff="sw").code == 6
    second(place, "confirm-protection", staff="kw").ok()
    assert "protection-not-lifting" in second(place, "lift-protection", "--agree", staff="mash").error
    second(place, "lift-protection").ok()
    place.later(days=4)
    for _ in ("before the job has noticed", "and after"):
        refused = second(place, "lift-protection", "--agree", staff="sw")
        assert (refused.code, "protection-not-lifting" in refused.error) == (3, True)
        run_clocks(place.parts)
    assert (is_hidden(place), listed(place)[0]["is_late"]) == (True, False)


def test_a_delivery_confirms_and_renews_and_stops_no_proposal(place: World) -> None:
    """The nightly file makes a second entry, or takes back what somebody proposed."""

    def nightly(review_by: str) -> None:
        place.later(hours=1)
        place.agency("council").posts(*export("csc", [Row(OTTO, "C2", protection="safe_address", review_by=review_by)]))

    protect(place).ok()
    nightly("2027-07-01")
    [entry] = listed(place)
    assert (entry.get("awaits"), entry["review_by"], len(entry["made_by"])) == (None, "2027-07-01", 2)
    second(place, "lift-protection").ok()
    nightly("2027-07-02")
    [entry] = listed(place)
    assert (entry["awaits"], entry["review_by"]) == ("lift", "2027-07-02")
    second(place, "lift-protection", "--agree", staff="sw").ok()
    assert not is_hidden(place)
    nightly("2027-07-03")
    assert is_hidden(place), "two people said so again, in a delivery"
    assert len(listed(place)) == 1


def test_what_was_delivered_before_entries_had_names_of_their_own_can_be_lifted(
    place: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An entry from before is in the register for ever."""
    with monkeypatch.context() as before:
        before.setattr("broker.actions.protect.entry_id", lambda *_, **__: place.parts.random(16))
        place.later(hours=1)
        place.agency("council").posts(*export("csc", [Row(OTTO, "C2", protection="safe_address")]))
    assert is_hidden(place)
    assert "protection-held" in protect(place).error
    second(place, "lift-protection").ok()
    second(place, "lift-protection", "--agree", staff="sw").ok()
    assert not is_hidden(place)


def test_who_may_not(place: World) -> None:
    """A stranger, the same person twice, or the wrong key sets, confirms or lifts a protection."""

    def refused(ran: Ran) -> str:
        assert ran.code != 0
        return ran.error.rpartition("[")[2].rstrip("]\n")

    assert refused(protect(place, record="C7")) == "not-held"
    assert refused(protect(place, source="po")) == "source-unknown"
    assert refused(protect(place, source="eh")) == "not-held"
    assert refused(protect(place, source="po", record="X9", kind="adopted", agency="police", staff="pvp")) == (
        "protection-not-yours"
    )
    assert refused(protect(place, review_by="2026-11-22")) == "review-past"
    assert refused(protect(place, review_by="2029-01-01")) == "review-too-late"
    assert refused(protect(place, review_by="next spring")) == "day-invalid"
    for command in ("confirm-protection", "lift-protection"):
        assert refused(second(place, command)) == "protection-unknown"
    protect(place).ok()
    assert refused(protect(place)) == "protection-held"
    assert refused(second(place, "confirm-protection", staff="sw")) == "protection-same-person"
    assert refused(second(place, "lift-protection", "--agree")) == "protection-not-lifting"
    second(place, "confirm-protection").ok()
    assert refused(second(place, "confirm-protection", staff="mash")) == "protection-confirmed"
    second(place, "lift-protection", staff="sw").ok()
    assert refused(second(place, "lift-protection", staff="kw")) == "protection-lifting"
    assert refused(second(place, "lift-protection", "--agree", staff="sw")) == "protection-same-person"
    second(place, "lift-protection", "--agree", staff="kw").ok()
    assert refused(second(place, "lift-protection")) == "protection-lifted"
    # A desk key can't be the second person's, nor a review key the first one's, nor a delivery key anybody's.
    for act, use in (("set", "review"), ("confirm", "desk"), ("lift", "delivery"), ("set", "delivery")):
        assert deliver(place, _request(place, act, use, staff="mash")).status == 403, (act, use)
    for wrong in ({"agency": "police"}, {"kind": "lost"}, {"ref": "AA"}, {"review_by": None}, {"act": "forget"}):
        assert deliver(place, _request(place, "set", "desk", staff="sw", wrong=wrong)).status in (403, 422), wrong
    again = _request(place, "set", "desk", staff="sw")
    assert deliver(place, again).status == 200
    body = again.content
    assert send(place, "council", "desk", method="POST", path="/v1/protections", body=body).code == "protection-used"
    assert acts(place) == [("council", act) for act in ("set", "confirmed", "lift-proposed", "lifted", "set")]


def test_nobody_else_s_register_is_read_and_only_its_own_agency_is_told(place: World) -> None:
    """A list, a feed or a count tells another agency that somebody is protected."""
    others = ("homes", "jobcentre")
    before = {agency: fed(place, agency) for agency in others}
    protect(place).ok()
    protect(place, source="po", record="X9", agency="police", staff="pvp").ok()
    assert [(one["source"], one["kind"]) for one in listed(place)] == [("csc", "safe_address")]
    assert [(one["source"], one["kind"]) for one in listed(place, "police")] == [("po", "safe_address")]
    for agency in others:
        assert (listed(place, agency), fed(place, agency)) == ([], before[agency])
    given = Given(lambda: place.parts)
    report = CliRunner().invoke(app, ["protections", "report", "--json"], obj=given, catch_exceptions=False).stdout
    counts = {"in_force": 1, "to_confirm": 1, "to_lift": 0, "late": 0, "due_for_review": 0, "lifted": 0}
    assert json.loads(report) == {"agencies": [{"agency": name, **counts} for name in ("council", "police")]}
    page = CliRunner().invoke(app, ["protections", "report"], obj=given, catch_exceptions=False).stdout
    assert "council" in page and "police" in page
    assert ("broker", "reported-protections") in [(e["org"], e["act"]) for e in events(place) if e["typ"] == "admin"]


def test_what_a_caseworker_reads(place: World) -> None:
    """A page that nobody understands when somebody is in danger."""
    council = place.agency("council")
    arguments = ("csc", "C2", "--kind", "safe_address")
    said = council.runs("protect", *arguments, "--review-by", "2027-05-01", "--as", "sw").ok().out
    assert "in force now" in said and "by 24 November 2026" in said
    page = council.runs("protections", "--as", "kw", "--names", council.home / "exports" / "export.csv").ok().out
    # The name is the council's own, on its own screen.
    place.said.pop()
    for words in ("Quagmirrow", "safe address", "waits for a second person to confirm it by 24 November 2026"):
        assert words in page, page
    assert "by 1 May 2027" in page and "22 November 2026: set (sw)" in page
    assert "it stays in force" in council.runs("confirm-protection", *arguments, "--as", "kw").ok().out
    assert "goes on protecting until" in council.runs("lift-protection", *arguments, "--as", "kw").ok().out
    lifted = council.runs("lift-protection", *arguments, "--agree", "--as", "sw").ok().out
    assert "history" in lifted
    for word in ("pseudonym", "token", "hash", "consent", "subject", "PEP"):
        assert word not in said + page + lifted


def test_of_two_reviewers_at_once_the_first_counts(world: World) -> None:
    """Two people agree at once, and a lifted protection is lifted again."""
    posted(world)
    protect(world).ok()
    second(world, "lift-protection", staff="sw").ok()
    agreeing = [_request(world, "lift", "review", staff=who) for who in ("kw", "mash")]
    codes: list[int] = []

    def agree(one: httpx2.Request) -> None:
        codes.append(deliver(world, one).status)

    at_once([partial(agree, one) for one in agreeing])
    assert sorted(codes) == [200, 409]
    assert acts(world) == [("council", act) for act in ("set", "lift-proposed", "lifted")]


def _request(
    world: World, act: str, use: str, *, staff: str, wrong: Mapping[str, str | None] | None = None
) -> httpx2.Request:
    """A request that the council's program could make, well signed with one of its keys."""
    key = secrets_of(world, "council").bytes32("reference")
    ref = pseudonyms.reference(key, "csc", ref="C2")
    said = {"v": 1, "id": encode64(os.urandom(16)), "agency": "council", "staff": pseudonyms.staff(key, staff)}
    said |= {"act": act, "source": "csc", "ref": encode64(ref), "kind": "safe_address"}
    said |= {"review_by": "2027-05-01"} if act in ("set", "renew") else {}
    body = json.dumps({name: value for name, value in (said | dict(wrong or {})).items() if value is not None}).encode()
    return request(world, signer(world, "council", use), "POST", "/v1/protections", body=body)


@pytest.mark.parametrize("way", ["renewed by one", "delivered again"])
def test_other_match_keys_do_not_take_a_protection_off_the_person(place: World, way: str) -> None:
    """The record is posted as a stranger's, and one person's renewal takes the first one's protection away."""
    protect(place).ok()
    second(place, "confirm-protection").ok()
    assert is_hidden(place)
    place.later(hours=1)
    again = {"protection": "safe_address"} if way == "delivered again" else {}
    place.agency("council").posts(*export("csc", [Row(STRANGER, "C2", **again)]))
    protect(place, "--renew", review_by="2027-06-01").ok()
    assert is_hidden(place), "where he is was shown, though nobody has lifted it"
