"""A delivery is interrupted between any two steps; sent again, it goes on where it stopped, with the same records."""

from __future__ import annotations

import pytest
from people import EVERYBODY, Row, export
from sqlalchemy import select
from world import World

from broker.store import tables

CSV, MAPPING = export("csc", [Row(person, f"C{at}") for at, person in enumerate(EVERYBODY)])
OPTIONS = ("--chunk-rows", "2")
# Evaluate and put, three times, then close.
STEPS = range(7)


def references(world: World) -> set[bytes]:
    with world.parts.store.look() as connection:
        return set(connection.scalars(select(tables.records.c.ref).where(tables.records.c.closed.is_(False))))


def interrupted(world: World, step: int, *, after: bool) -> None:
    """Lets the first `step` exchanges through and loses what comes then, for as long as the client tries."""
    council = world.agency("council")
    world.network.passes = step
    for party in ("linkunit", "broker"):
        world.loses(party, after=after, times=4)
    ran = council.sends(CSV, MAPPING, *OPTIONS)
    assert ran.code == 5, ran.error
    assert "nothing is lost" in ran.error
    world.network.faults.clear()


@pytest.mark.parametrize("after", [False, True], ids=["request lost", "answer lost"])
@pytest.mark.parametrize("step", STEPS)
def test_a_delivery_goes_on_where_it_stopped(quick_world: World, step: int, after: bool) -> None:
    """An interrupted delivery has to be begun anew, or its records are there twice or not at all."""
    interrupted(quick_world, step, after=after)
    sent = {one.path for one in quick_world.traffic if "/chunks/" in one.path and one.status == 200}
    quick_world.later(minutes=20)
    finished = quick_world.agency("council").posts(CSV, MAPPING, *OPTIONS)
    assert (finished["kept"], finished["rejected"], finished["closed_records"]) == (5, 0, 0)
    assert len(references(quick_world)) == 5
    assert len(quick_world.agency("council").deliveries()) == 1
    again = {one.path for one in quick_world.traffic if "/chunks/" in one.path and one.status == 200}
    assert sent <= again, "the same bytes are sent again, not new ones"
    assert len(again) == 3


def test_a_delivery_left_for_two_weeks_is_made_again(world: World) -> None:
    """What was encoded and then left until the linkage unit's evaluations expired can't be delivered any more."""
    interrupted(world, 1, after=False)
    world.later(days=14)
    assert world.agency("council").posts(CSV, MAPPING, *OPTIONS)["kept"] == 5
    assert len(references(world)) == 5


def test_everything_is_sent_twice(world: World) -> None:
    """A network that repeats every request makes records twice."""
    council = world.agency("council")
    for step in STEPS:
        world.network.passes = step
        world.loses("broker", after=True)
        council.sends(CSV, MAPPING, *OPTIONS)
        world.network.faults.clear()
    assert council.posts(CSV, MAPPING, *OPTIONS)["kept"] == 5
    assert len(references(world)) == 5
