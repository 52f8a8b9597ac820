"""`broker refusals`: what has run out is passed on once; a rule that refuses what should be shown is flagged."""

from __future__ import annotations

import json
from typing import Any

from people import OTTO
from refusal_flows import WHY, answer, challenged, post_refused, refusal
from typer.testing import CliRunner
from world import World

from broker.cli.main import app
from broker.cli.runs import Given


def said(world: World, *arguments: str) -> str:
    """What a command of the operator printed; what went wrong is raised."""
    command = ["refusals", *arguments]
    return CliRunner().invoke(app, command, obj=Given(lambda: world.parts), catch_exceptions=False).stdout


def read(world: World, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(said(world, *arguments, "--json"))
    return found


def test_the_clocks_and_the_report(quick_world: World) -> None:
    """Nobody notices that a rule is overturned again and again, or that nobody answers."""
    world = quick_world
    post_refused(world)
    council = world.agency("council")
    for say in ("allow_once", "keep", "keep"):
        case = challenged(world, refusal(council.asks(OTTO.about(), staff="sw", purpose="child_safeguarding")))
        answer(world, case, say).ok()
        council.asks(OTTO.about(), staff="sw")
    challenged(world, refusal(council.asks(OTTO.about(), staff="sw")))
    council.asks(OTTO.about(), staff="sw", options=("--emergency", WHY))
    world.later(days=4)
    before = read(world, "escalate")
    assert before["escalated"] >= 1 and before["unexplained"] == 1
    assert read(world, "escalate")["escalated"] == 0
    found = read(world, "report", "--days", "30")
    [rule] = [row for row in found["rules"] if row["rule"] == "A2.E1"]
    assert (rule["challenged"], rule["answered"], rule["overturned"], rule["lifted"]) == (4, 3, 1, 1)
    assert (rule["overturned_percent"], rule["flagged"]) == (33, True)
    assert (found["emergencies"], found["unexplained"]) == (1, 1)
    page = said(world, "report")
    assert "A2.E1" in page and "33 %" in page
    world.later(days=100)
    assert read(world, "escalate")["forgotten"] >= 3
