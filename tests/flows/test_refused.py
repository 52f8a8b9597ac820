"""Who may not ask learns the same about everybody: nothing, and why, before anybody was looked up."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flow_policies import lapsed, put_in_force
from people import MINA, OTTO, STRANGER, Row, export
from promises import events, without_ids
from world import World

from broker.wire.answer import Answer
from broker.wire.fields import parse

# Who asks, what they are to the person, for what purpose, and the rule that refuses.
REFUSALS = (
    ("untrained", "allocated", "child_safeguarding", "S4"),
    ("sw", "none", "child_safeguarding", "S5"),
    ("sw", "allocated", "astrology", "S1"),
    ("ho", "allocated", "child_safeguarding", "S1"),
)


def asked_about(world: World, *, staff: str, purpose: str, relation: str = "allocated") -> list[Any]:
    """What the same question is answered about somebody well known, somebody protected and somebody unknown."""
    found = []
    for person in (MINA, OTTO, STRANGER):
        size = len(events(world))
        told = world.agency("council").asks(person.about(), staff=staff, purpose=purpose, relation=relation)
        assert told.story.refusal is not None
        sent = world.traffic[-1].answer or b""
        leaves = sorted(leaf["typ"] for leaf in events(world)[size:])
        answer = parse(Answer, sent)
        story = json.loads(answer.story.model_dump_json(exclude={"reference", "asked_at"}))
        found.append((len(sent), story, without_ids(answer.receipt), leaves))
    return found


def post(world: World) -> None:
    world.agency("council").posts(*export("csc", [Row(MINA, "C1", parents=("C2",)), Row(OTTO, "C2")]))
    world.agency("police").posts(*export("po", [Row(OTTO, "X9", protection="safe_address")]))


@pytest.mark.parametrize(("staff", "relation", "purpose", "rule"), REFUSALS)
def test_a_refusal_of_the_asker_is_the_same_for_everybody(
    quick_world: World, staff: str, relation: str, purpose: str, rule: str
) -> None:
    """The refusal tells whether somebody is known, so that it can be used to find out."""
    post(quick_world)
    known, protected, unknown = asked_about(quick_world, staff=staff, purpose=purpose, relation=relation)
    assert known == protected == unknown
    refusal = known[1]["refusal"]
    assert refusal["rule"] == rule
    assert refusal["reason"] and refusal["remedy"] and refusal["phone"] and refusal["reviewer"]
    assert refusal["review_by"] > "2026-11-22"
    assert (known[1]["people"], known[1]["sources"]) == ([], [])


def test_a_lapsed_agreement_refuses_everybody_alike(
    make_world: Callable[..., World], database_url: str, tmp_path: Path
) -> None:
    """After an agreement has lapsed its purposes are closed to all, about all, with the renewal as remedy."""
    world = make_world(database_url)
    post(world)
    put_in_force(world, lapsed(tmp_path, "isa-2026-002.yaml"))
    known, protected, unknown = asked_about(world, staff="sw", purpose="child_safeguarding")
    assert known == protected == unknown
    assert known[1]["refusal"]["rule"] == "S3"
    assert world.agency("council").asks(MINA.about(), staff="sw", purpose="early_help").people
    world.check()


def test_a_refusal_is_recorded_with_its_reason(quick_world: World) -> None:
    """A refusal enters the audit log like a release: a cover leaf and one that says it was denied."""
    post(quick_world)
    quick_world.later(minutes=1)
    quick_world.agency("council").asks(MINA.about(), staff="untrained")
    cover, denied = events(quick_world)[-2:]
    assert {cover["typ"], denied["typ"]} == {"answer", "deny"}
