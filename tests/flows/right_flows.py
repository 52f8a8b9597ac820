"""Steps that the tests of people's rights share: one is taken in, its clock is moved, it is decided."""

from __future__ import annotations

import datetime as dt
from typing import Any

from agency_of_world import Ran
from people import OTTO, Row, export
from world import World

RECORD = ("csc", "C2")
"""The record of the council that Otto's rights are about."""


def post_otto(world: World, *, risk: str = "none", protection: str = "", csc: str = "open") -> None:
    """Children's social care and the school know Otto; nothing is withheld of him."""
    day = (world.now.date() - dt.timedelta(days=2)).isoformat()
    social_care = [Row(OTTO, "C2", {"csc.cin_status": csc}, risk=risk)]
    world.agency("council").posts(*export("csc", social_care, as_of=day))
    world.agency("school").posts(*export("ed", [Row(OTTO, "E7", {"ed.attendance": "88"}, risk=risk)], as_of=day))
    if protection:
        world.agency("police").posts(*export("po", [Row(OTTO, "X9", protection=protection)]))


def take(world: World, right: str, *options: str, agency: str = "council", staff: str = "sw") -> Ran:
    """`right` about Otto's record at children's social care, whatever becomes of it."""
    return world.agency(agency).runs("right", right, *RECORD, *options, "--as", staff, "--json")


def taken(world: World, right: str, *options: str) -> dict[str, Any]:
    """One that is taken in."""
    return take(world, right, *options).ok().result


def clock(world: World, reference: str, act: str, *options: str, staff: str = "sw") -> Ran:
    """`right-clock`, whatever becomes of it."""
    return world.agency("council").runs("right-clock", reference, "--say", act, *options, "--as", staff, "--json")


def decide(world: World, reference: str, outcome: str, *options: str, staff: str = "mash") -> Ran:
    """`decide-right` by a colleague, whatever becomes of it."""
    return world.agency("council").runs("decide-right", reference, "--say", outcome, *options, "--as", staff, "--json")


def waiting(world: World, *options: str) -> list[dict[str, Any]]:
    """What waits at the council, or with `--taken` all that is kept."""
    ran = world.agency("council").runs("rights", *options, "--as", "mash", "--json")
    found: list[dict[str, Any]] = ran.ok().result["rights"]
    return found


def recalled(world: World, agency: str) -> list[tuple[str, str]]:
    """An agency's recalled answers, by reference and reason."""
    found = world.agency(agency).runs("recalls", "--json").ok().result["recalls"]
    return [(one["reference"], one["reason"]) for one in found]
