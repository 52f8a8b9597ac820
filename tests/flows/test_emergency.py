"""Break-glass over HTTP: it opens at once what may be opened, tells the sources, and closes behind whoever used it."""

from __future__ import annotations

import json

from people import MINA, OTTO, Row, export
from promises import events
from refusal_flows import WHY, answer, fed, ours, post_refused, waiting
from signed import send
from test_refused import post as post_protected
from world import World

from broker.actions.report_refusals import report_refusals
from broker.actions.run_clocks import run_clocks

EXPLAINED = "The children were with him; I rang their grandmother, who fetched them. He is safe too."
REASON = ("--emergency", WHY)


def explains(world: World, reference: str, *, person: str = "would_harm") -> int:
    ran = world.agency("council").runs(
        "emergency-explained", reference, "--person", person, "--why", EXPLAINED, "--as", "sw", "--json"
    )
    return ran.code


def test_an_emergency_opens_at_once_and_is_accounted_for(world: World) -> None:
    """Somebody in danger waits for a form; or whoever looks under that name never has to say why."""
    post_refused(world)
    council = world.agency("council")
    told = council.asks(OTTO.about(), staff="sw", options=REASON)
    assert (told.block("su").level, told.block("su").status) == ("share", "current")
    assert [item.level for item in told.block("su").items] == ["reduced"]
    note = told.story.emergency
    assert note is not None and (note.reference, note.told) == (told.story.reference, ("voluntary",))
    assert (note.until - told.story.asked_at, note.explain_by - told.story.asked_at) == (3_600, 86_400)
    assert note.review_by.isoformat() == "2026-11-24"

    assert fed(world, "voluntary") == [("emergency_opened", note.reference)]
    [case] = waiting(world, "voluntary", "emergency")
    assert case["written"] == [{"reason": WHY}] and case["lifted"] == ["A2.E1"]
    world.later(hours=2)
    assert explains(world, note.reference) == 0
    [case] = waiting(world, "voluntary", "emergency")
    assert case["written"] == [{"reason": WHY}, {"explained": EXPLAINED}] and case["person_told"] == "would_harm"
    assert answer(world, case["reference"], "justified").ok().result["outcome"] == "justified"
    assert ("emergency_reviewed", note.reference) in fed(world, "council")
    assert council.asks(OTTO.about(), staff="sw").block("su").level == "signpost"
    acts = [event["act"] for event in events(world) if event["typ"] == "emergency"]
    assert acts == ["opened", "explained", "reviewed"]


def test_within_the_hour_it_is_one_emergency_and_after_it_another(quick_world: World) -> None:
    """An emergency that once was declared stays open for ever, or costs a form for every child."""
    world = quick_world
    post_refused(world)
    council = world.agency("council")

    def reference() -> str:
        note = council.asks(OTTO.about(), staff="sw", options=REASON).story.emergency
        assert note is not None
        return note.reference

    first = reference()
    world.later(minutes=59, seconds=59)
    assert reference() == first
    [case] = waiting(world, "voluntary", "emergency")
    assert len(case["written"]) == 2
    world.later(seconds=1)
    assert reference() != first
    assert len(waiting(world, "voluntary", "emergency")) == 2


def test_who_may_not_and_who_says_too_little_is_refused_before_any_look_up(quick_world: World) -> None:
    """A housing officer, or anybody with a short word, opens what an emergency opens."""
    world = quick_world
    post_refused(world)
    before = len(events(world))
    council = world.agency("council")
    ran = council.asking(OTTO.about(), staff="ho", purpose="housing_support", options=REASON)
    assert "emergency-not-agreed" in ran.error
    short = council.asking(OTTO.about(), staff="sw", options=("--emergency", "they are in danger"))
    assert "emergency-reason-short" in short.error
    assert len(events(world)) == before


def test_a_broker_refuses_a_reason_that_the_source_could_not_read(quick_world: World) -> None:
    """A desk of its own making leaves the reason out for the one agency that would object."""
    world = quick_world
    post_refused(world)
    sent = len(world.traffic)
    world.agency("council").asks(OTTO.about(), staff="sw", options=REASON)
    [asked] = [one for one in world.traffic[sent:] if one.path == "/v1/questions"]
    for changes in (
        {"characters": 39, "words": json.loads(asked.request)["emergency"]["words"]},
        {"characters": 100, "words": {}},
    ):
        body = {**json.loads(asked.request), "emergency": changes}
        answered = send(world, "council", "desk", method="POST", path="/v1/questions", body=json.dumps(body).encode())
        assert answered.status in (400, 409)


def test_it_never_opens_what_is_unbreakable(quick_world: World) -> None:
    """A witness, a refuge or an adoption is found by whoever says that it is urgent."""
    world = quick_world
    post_protected(world)
    told = world.agency("council").asks(OTTO.about(), staff="sw", options=REASON)
    assert "ZY47" not in told.answer.model_dump_json()
    world.agency("police").posts(*export("po", [Row(OTTO, "X9", protection="witness")]))
    hidden = world.agency("council").asks(OTTO.about(), staff="sw", options=REASON)
    assert hidden.people == {}
    note = hidden.story.emergency
    assert note is not None and "police" not in note.told and "council" not in note.told


def test_nobody_elses_feed_tells_of_somebody_in_hiding(quick_world: World) -> None:
    """That an emergency concerned a woman in a refuge is read in another agency's feed."""
    world = quick_world
    post_refused(world, protection="safe_address")
    told = world.agency("council").asks(OTTO.about(), staff="sw", options=REASON)
    assert told.story.emergency is not None and told.story.emergency.told == ("police", "voluntary")
    assert fed(world, "police") == fed(world, "voluntary") == []
    assert [kind for kind, _ in fed(world, "council")] == ["emergency_opened"]
    assert len(waiting(world, "police", "emergency")) == 1


def test_an_emergency_that_nobody_explains_is_noticed_once(quick_world: World) -> None:
    """The day to explain is over and nobody asks."""
    world = quick_world
    post_refused(world)
    note = world.agency("council").asks(OTTO.about(), staff="sw", options=REASON).story.emergency
    assert note is not None
    world.later(hours=23, minutes=59)
    assert run_clocks(world.parts).unexplained == 0
    world.later(minutes=1)
    assert run_clocks(world.parts).unexplained == 1
    assert run_clocks(world.parts).unexplained == 0
    for agency in ("council", "voluntary"):
        assert ("emergency_overdue", note.reference) in fed(world, agency)
    assert explains(world, note.reference, person="not_yet") == 0
    page = world.agency("voluntary").runs("challenges").ok().out
    assert ", late" in page and "still to be told" in page
    found = report_refusals(world.parts, days=7)
    assert (found.emergencies, found.unexplained) == (1, 1)
    assert [(row.rule, row.lifted) for row in found.rules if row.lifted] == [("A2.E1", 1)]


def test_strangers_and_repetitions_are_refused(quick_world: World) -> None:
    """Another agency explains our emergency, or we explain it twice."""
    world = quick_world
    post_refused(world)
    note = world.agency("council").asks(OTTO.about(), staff="sw", options=REASON).story.emergency
    assert note is not None
    assert (
        world.agency("school")
        .runs("emergency-explained", note.reference, "--person", "told", "--why", EXPLAINED, "--as", "dsl")
        .code
    )
    assert explains(world, note.reference) == 0
    assert explains(world, note.reference) != 0
    assert ours(world)[0]["kind"] == "emergency"
    assert MINA.surname not in str(ours(world))
