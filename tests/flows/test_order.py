"""Promise 6: what is told does not depend on who delivered first, or how often."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import permutations
from typing import Any

import pytest
from agency_of_world import Told
from people import ISOLDE, JORAM, MINA, OTTO, Row, export
from world import World

DELIVERIES = {
    "council": ("csc", [Row(MINA, "C1", parents=("C2", "C3")), Row(OTTO, "C2"), Row(ISOLDE, "C3")]),
    "school": ("ed", [Row(MINA, "P1", siblings=("P2",)), Row(JORAM, "P2", parents=("P3",)), Row(ISOLDE, "P3")]),
    "nhs": ("hv", [Row(JORAM, "H1", parents=("H2",)), Row(OTTO, "H2", protection="safe_address")]),
    "police": ("po", [Row(OTTO, "X9", {"po.da_incidents": "2"}), Row(ISOLDE, "X8")]),
}
ORDERS = list(permutations(DELIVERIES))


def deliver(world: World, order: Sequence[str]) -> None:
    for agency in order:
        source, rows = DELIVERIES[agency]
        world.agency(agency).posts(*export(source, rows))


def seen(told: Told) -> dict[str, Any]:
    """The story without handles, references and the order of equals, which are made anew every time."""
    story: dict[str, Any] = json.loads(told.story.model_dump_json(exclude={"reference", "asked_at"}))
    for person in story["people"]:
        person["handle"], person["own_refs"] = "", len(person["own_refs"])
        for block in person["involvements"]:
            block["handle"] = ""
        person["involvements"].sort(key=json.dumps)
    story["people"].sort(key=json.dumps)
    return story


@pytest.mark.parametrize("order", [ORDERS[16], ORDERS[-1]], ids="-".join)
def test_the_story_does_not_depend_on_the_order_of_deliveries(
    make_world: Callable[..., World], make_database: Callable[[], str], order: Sequence[str]
) -> None:
    """Who delivered first decides who belongs to whom."""
    stories = []
    for some in (ORDERS[0], order):
        world = make_world(make_database())
        deliver(world, some)
        stories.append([seen(world.agency("council").asks(one.about(), staff="sw")) for one in (MINA, JORAM, OTTO)])
    assert stories[0] == stories[1]


def test_delivering_again_changes_nothing(quick_world: World) -> None:
    """The tenth night's delivery of the same people tells another story than the first."""
    deliver(quick_world, ORDERS[0])
    once = seen(quick_world.agency("council").asks(MINA.about(), staff="sw"))
    for order in ORDERS[7:9]:
        quick_world.later(hours=6)
        for agency in order:
            source, rows = DELIVERIES[agency]
            quick_world.agency(agency).posts(*export(source, rows), "--again")
    assert seen(quick_world.agency("council").asks(MINA.about(), staff="sw")) == once


def test_questions_change_nothing(quick_world: World) -> None:
    """Asking leaves something behind that a later answer depends on."""
    deliver(quick_world, ORDERS[0])
    council = quick_world.agency("council")
    first = [seen(council.asks(one.about(), staff="sw")) for one in (MINA, OTTO)]
    assert [seen(council.asks(one.about(), staff="sw")) for one in (OTTO, MINA)] == first[::-1]
