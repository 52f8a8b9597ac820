"""Silence over HTTP, source by source: answer, length, receipt, screen and log are those of nothing at all."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from people import MINA, OTTO, STRANGER, Row, export
from promises import events, without_ids
from world import AGENCIES, World

from broker.wire.answer import Answer
from broker.wire.fields import parse

PLACED = ("hs", "hl", "ed", "hv", "ac", "gp", "dv")
AGENCY_OF = {source: agency for agency, sources in AGENCIES.items() for source in sources}
ASKERS = (("sw", "child_safeguarding"), ("kw", "early_help"), ("ho", "housing_support"))
# The source that is silent, why, what its record holds, and what its record holds instead.
CASES = [(source, "safe_address", {}) for source in PLACED]
CASES += [(source, "witness", {}) for source in AGENCY_OF if source not in ("csc", "po")]
CASES += [
    ("po", "", {"po.intel_marker": "yes"}),
    ("hv", "", {"hv.contraception": "yes"}),
    ("csc", "", {"csc.adoption_record": "yes"}),
]
SHARE = [CASES[0], CASES[-1], ("mh", "witness", {})]
_ONES_OWN = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-\S|\d\d:\d\d|\s+")
"""What differs in any two answers: the spoken reference and the time; where a line breaks follows from them."""


def seen(world: World) -> list[tuple[Any, ...]]:
    """What each asker could study about Otto."""
    found = []
    for staff, purpose in ASKERS:
        before = len(events(world))
        page = world.agency("council").asking(OTTO.about(), staff=staff, purpose=purpose).ok().out
        content = world.traffic[-1].answer or b""
        answer = parse(Answer, content)
        story = json.loads(answer.story.model_dump_json(exclude={"reference", "asked_at"}))
        for person in story["people"]:
            person["handle"] = ""
            for block in person["involvements"]:
                block["handle"] = ""
        leaves = sorted(leaf["typ"] for leaf in events(world)[before:])
        found.append((story, len(content), without_ids(answer.receipt), _ONES_OWN.sub(" ", page), leaves))
    return found


def post(world: World, source: str, protection: str, *, held: bool, items: dict[str, str]) -> None:
    """Everything but the silent part, and the silent part if it is `held`."""
    world.later(minutes=10)
    own = {} if protection else (items if held else {})
    council = [Row(OTTO, "C2", own if source == "csc" else {}), Row(MINA, "C1")]
    world.agency("council").posts(*export("csc", council))
    flagged = [Row(OTTO, "X9", own if source == "po" else {}, protection=protection), Row(STRANGER, "X8")]
    world.agency("police").posts(*export("po", flagged))
    if source not in ("csc", "po"):
        rows = [Row(STRANGER, "S1")]
        if held or not protection:
            rows.append(Row(OTTO, "S2", own))
        world.agency(AGENCY_OF[source]).posts(*export(source, rows))


def search(world: World, cases: list[tuple[str, str, dict[str, str]]]) -> None:
    for source, protection, items in cases:
        post(world, source, protection, held=False, items=items)
        without = seen(world)
        post(world, source, protection, held=True, items=items)
        assert seen(world) == without, (source, protection)
        if source not in ("csc", "po"):
            world.later(minutes=10)
            world.agency(AGENCY_OF[source]).posts(*export(source, [Row(STRANGER, "S1")]), "--confirm-large")


def test_silence_is_nothing(quick_world: World) -> None:
    """Somebody can tell from the answer, its length, its receipt, the screen or the log that something is there."""
    search(quick_world, SHARE)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_silence_is_nothing_in_every_source(quick_world: World) -> None:
    """The same for every source, and every item whose existence is secret."""
    for flag in ("safe_address", "witness", ""):
        search(quick_world, [case for case in CASES if case[1] == flag])
