"""`broker audit search` and its siblings, typed as the page for operators says."""

from __future__ import annotations

import pytest
from people import MINA, OTTO, Row, export
from promises import events
from test_retention_commands import read, said, typed
from world import World

from broker.errors import BadInput, NotFound

PAGE = "operators.md"


def test_the_operator_searches_and_runs_the_rounds(quick_world: World) -> None:
    """A command of the page does nothing, says codes, or leaves no trace in the log."""
    world = quick_world
    world.agency("council").posts(*export("csc", [Row(MINA, "C1")]))
    world.agency("nhs").posts(*export("hv", [Row(OTTO, "V1")]))
    reference = world.agency("council").asks(OTTO.about(), staff="sw").story.reference
    assert read(world, "audit", "search", "is:emergency")["count"] == 0
    page = said(world, "audit", "search", "typ:answer")
    assert reference in page and "NOT EXPLAINED" in page and "1 of 1" in page
    words = [reference if word == "7ZQF-1K0M-R" else word for word in typed(PAGE, "broker audit entry")]
    page = said(world, *words)
    assert "made again under the same agreements: same" in page and "not explained: known:nothing" in page
    assert read(world, *words)["decisions"] == "same"
    assert read(world, "audit", "statistics", "typ:answer", "--by", "org")["counts"] == {"council": 1}
    assert "A" in said(world, *typed(PAGE, "broker audit statistics"))
    assert read(world, *typed(PAGE, "broker audit alerts")) == {"looked": 1, "raised": 1}
    report = read(world, *typed(PAGE, "broker audit review-report"))
    assert report["waiting"] == 1 and {row["rule"] for row in report["rules"]} >= {"A3", "unexplained"}
    assert "1 look-ups wait" in said(world, "audit", "review-report")
    acts = [event["act"] for event in events(world) if event["typ"] == "search"]
    assert acts == ["found", "found", "opened", "opened", "counted", "counted", "counted", "counted"]


def test_bad_input(quick_world: World) -> None:
    """A mistyped search finds everything, or nothing, instead of saying so."""
    for text in ("colour:red", "is:odd", "after:yesterday", "after:2026-11-02 before:2026-11-01"):
        with pytest.raises(BadInput):
            said(quick_world, "audit", "search", text)
    with pytest.raises(NotFound):
        said(quick_world, "audit", "entry", "0" * 32)
