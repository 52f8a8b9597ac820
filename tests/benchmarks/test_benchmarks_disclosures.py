"""A seeded share of a million made-up questions tells nothing that it must not; and what would tell it is noticed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from world import POLICIES

from benchmarks.disclosures import __main__ as bench
from benchmarks.disclosures import runs
from broker.policy.facts import RecordFacts
from broker.policy.levels import openness
from broker.policy.policies import Policies
from broker.server import read_policies
from broker.story import blocks, judge, tell


@pytest.fixture(scope="module")
def policies() -> Policies:
    return read_policies(POLICIES)


def test_nothing_is_told_that_must_not_be(policies: Policies) -> None:
    """Resolvers, evaluator and story together open what the interpreter, given the truth, would not."""
    found = runs.fuzz(policies, range(1))
    assert (found.disclosures, found.traces, found.first) == (0, 0, "")
    assert (found.questions, found.refused > 25, found.silent > 50) == (runs.BLOCK, True, True)


Fault = Callable[[pytest.MonkeyPatch], None]


def facts_changed(**changes: Any) -> Fault:
    """Facts that are resolved wrongly."""
    right = runs.facts_of_record

    def wrong(*given: Any) -> RecordFacts:
        return replace(right(*given), **changes)

    return lambda patch: patch.setattr(runs, "facts_of_record", wrong)


def unbounded(patch: pytest.MonkeyPatch) -> None:
    """What was said long ago counts for ever."""
    right = runs.facts_of_record
    patch.setattr(runs, "facts_of_record", lambda sight, _: right(sight, {}))


def silent_leaves_a_trace(patch: pytest.MonkeyPatch) -> None:
    """A duty towards somebody whose record is silent is listed."""
    right = runs.tell

    def wrong(policies: Policies, people: Any, **named: Any) -> Any:
        silent = sum(one.is_silent for person in people for one in person.records)
        return right(policies, people, **named).model_copy(update={"notices": ("The person is told",) * bool(silent)})

    patch.setattr(runs, "tell", wrong)


def raw(patch: pytest.MonkeyPatch) -> None:
    """Values are shown as they are held."""
    patch.setattr(blocks, "release", lambda policies, decision, value: value)


def most_open(patch: pytest.MonkeyPatch) -> None:
    """An item that was allowed lifts all others of its record."""
    right = judge.decide_all

    def wrong(policies: Any, requester: Any, *given: Any, **named: Any) -> Any:
        broken = right(policies, replace(requester, break_glass=True), *given, **named)
        return tuple(map(max_open, right(policies, requester, *given, **named), broken))

    patch.setattr(judge, "decide_all", wrong)


def max_open(one: Any, other: Any) -> Any:
    return max(one, other, key=lambda made: openness(made.level))


def protected_are_told(patch: pytest.MonkeyPatch) -> None:
    """The practitioner of somebody in a refuge is named."""
    right = blocks.involvement
    patch.setattr(tell, "involvement", lambda *given, **named: right(*given, **{**named, "is_protected": False}))


FAULTS: tuple[Fault, ...] = (
    facts_changed(protection=frozenset()), facts_changed(objection="none"), facts_changed(restriction="no"),
    facts_changed(match="confirmed"), facts_changed(risk="significant_harm"), facts_changed(perpetrator_view="no"),
    facts_changed(record_age="fresh"), unbounded, silent_leaves_a_trace, raw, most_open, protected_are_told,
)  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=range(len(FAULTS)))
def test_a_fault_that_opens_is_noticed(policies: Policies, monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    """The million questions would hold whatever the broker told."""
    monkeypatch.setattr(runs, "BLOCK", 120)
    fault(monkeypatch)
    found = runs.fuzz(policies, range(1))
    assert found.disclosures + found.traces, "nobody noticed"


def test_the_last_line_is_one_json_object(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The figure is no longer measured, or is kept when it is of a few questions only."""
    monkeypatch.setattr(sys, "argv", ["disclosures", "--questions", "40", "--processes", "1"])
    monkeypatch.setattr(runs, "BLOCK", 40)
    monkeypatch.setattr(bench, "BLOCK", 40)
    before = bench.RESULTS.read_bytes() if bench.RESULTS.exists() else b""
    assert bench.main() == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (last["holds"], last["figures"]["questions"], last["policies"]) == (
        True,
        40,
        read_policies(POLICIES).digest,
    )
    assert (bench.RESULTS.read_bytes() if bench.RESULTS.exists() else b"") == before
