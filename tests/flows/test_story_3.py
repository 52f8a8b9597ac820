"""Story 3, a refusal overturned: a fact of the substance use service, refused, challenged, and released once."""

from __future__ import annotations

from people import OTTO
from promises import events
from refusal_flows import (
    BECAUSE,
    NEED,
    OTHERWISE,
    answer,
    challenge,
    challenged,
    fed,
    ours,
    post_refused,
    refusal,
    waiting,
)
from world import World


def test_a_refusal_is_overturned_within_four_hours(world: World) -> None:
    """A fact that a meeting needs stays with its service because nobody answers, or nobody hears of the answer."""
    post_refused(world)
    began = world.now
    told = world.agency("council").asks(OTTO.about(), staff="sw")
    assert (told.block("su").level, told.block("su").status) == ("signpost", None)
    case = challenged(world, refusal(told))
    [waits] = waiting(world, "voluntary", "challenge")
    assert (waits["reference"], waits["rule"], waits["item"]) == (case, "A2.E1", "su.involvement")
    assert (waits["due"], waits["is_overdue"], waits["lifts"]) == ("2026-11-23", False, True)
    assert waits["written"] == [{"need": NEED, "otherwise": OTHERWISE}]
    assert fed(world, "voluntary") == [("challenge_waits", case)]

    world.later(hours=3)
    assert answer(world, case, "allow_and_propose").ok().result["outcome"] == "allow_and_propose"
    [proposal] = waiting(world, "council", "proposal")
    assert (proposal["rule"], proposal["agreement"], proposal["item"]) == ("A2.E1", "ISA-2026-002", "su.involvement")
    assert fed(world, "council") == [("challenge_answered", case), ("proposal_waits", proposal["reference"])]
    [mine] = ours(world)
    assert (mine["state"], mine["outcome"], mine["written"]) == ("allowed", "allow_and_propose", [{"because": BECAUSE}])
    again = world.agency("council").asks(OTTO.about(), staff="sw")
    block = again.block("su")
    assert (block.level, block.status) == ("share", "current")
    assert [item.level for item in block.items] == ["signpost"], "more was opened than was allowed"
    assert (world.now - began).total_seconds() <= 4 * 3600

    once_more = world.agency("council").asks(OTTO.about(), staff="sw")
    assert once_more.block("su").level == "signpost"
    assert ours(world)[0]["state"] == "closed"
    acts = sorted(event["act"] for event in events(world) if event["typ"] == "challenge")
    assert acts == ["answered", "made", "proposed", "used"]


def test_a_refusal_that_is_kept_says_why_and_opens_nothing(quick_world: World) -> None:
    """A reviewer's no reaches nobody, or opens something all the same."""
    world = quick_world
    post_refused(world)
    told = world.agency("council").asks(OTTO.about(), staff="sw")
    case = challenged(world, refusal(told))
    answer(world, case, "keep").ok()
    [mine] = ours(world)
    assert (mine["outcome"], mine["state"], mine["written"]) == ("keep", "closed", [{"because": BECAUSE}])
    assert world.agency("council").asks(OTTO.about(), staff="sw").block("su").level == "signpost"
    page = world.agency("council").runs("challenges", "--ours", "--as", "sw").ok().out
    assert "it stays so" in page and BECAUSE in page


def test_what_was_allowed_is_for_that_purpose_that_agency_and_a_week(quick_world: World) -> None:
    """One yes opens the record to everybody, for everything, for ever."""
    world = quick_world
    post_refused(world)
    council = world.agency("council")
    case = challenged(world, refusal(council.asks(OTTO.about(), staff="sw")))
    answer(world, case, "allow_once").ok()
    assert world.agency("school").asks(OTTO.about(), staff="dsl").block("su").level == "signpost"
    council.asks(OTTO.about(), staff="kw", purpose="early_help")
    assert ours(world)[0]["state"] == "allowed"
    world.later(days=8)
    assert council.asks(OTTO.about(), staff="sw").block("su").level == "signpost"


def test_a_protection_that_came_meanwhile_holds(quick_world: World) -> None:
    """What was allowed before a witness had to be hidden opens their record afterwards."""
    world = quick_world
    post_refused(world)
    case = challenged(world, refusal(world.agency("council").asks(OTTO.about(), staff="sw")))
    answer(world, case, "allow_once").ok()
    post_refused(world, protection="witness")
    told = world.agency("council").asks(OTTO.about(), staff="sw")
    assert told.people == {} and told.nothing("su") == "no_record_found"
    assert ours(world)[0]["state"] == "allowed"


def test_nothing_written_is_readable_outside_the_two_agencies(world: World) -> None:
    """The broker keeps what people wrote about a family."""
    post_refused(world)
    case = challenged(world, refusal(world.agency("council").asks(OTTO.about(), staff="sw")))
    answer(world, case, "allow_once").ok()
    ours(world)
    said = len(world.said)
    waiting(world, "voluntary")
    del world.said[:said]
    sent = b"".join(one.request + (one.answer or b"") for one in world.traffic)
    for text in (NEED, OTHERWISE, BECAUSE):
        assert text.encode() not in sent
    with world.parts.store.look() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM cases").all()
    assert rows and NEED.encode() not in repr(rows).encode()


def test_a_refusal_is_challenged_once_and_by_nobody_else(world: World) -> None:
    """A stranger challenges another agency's refusal, or somebody asks until it is allowed."""
    post_refused(world)
    name = refusal(world.agency("council").asks(OTTO.about(), staff="sw"))
    challenged(world, name)
    assert "challenge-made" in challenge(world, name).error
    assert "answer-not-kept" in challenge(world, name, agency="school", staff="dsl").error
    assert "refusal-not-kept" in challenge(world, name.partition("/")[0] + "/99").error
