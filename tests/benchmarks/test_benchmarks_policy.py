"""A small share of `make bench-policy`: that it runs and says what it measured. No time is asserted."""

from __future__ import annotations

import json
import sys

import pytest

from benchmarks.policy import __main__ as bench
from benchmarks.policy import report
from benchmarks.policy.speed import loops_per_second


def test_the_last_line_is_one_json_object(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A figure of the issue is no longer measured, or is printed without its limit."""
    monkeypatch.setattr(sys, "argv", ["policy", "--quick", "--only", "meanings"])
    assert bench.main() == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (last["benchmark"], last["quick"]) == ("policy", True)
    assert {"random", "whole", "cedar", "malformed"} == last["figures"].keys()
    assert all(figures["million_loops_per_second"] > 0 for figures in last["figures"].values())
    assert all(one["holds"] and one["limit"] == "<= 0" for one in last["limits"])


def test_every_limit_has_a_figure() -> None:
    """A limit that no part measures is never looked at."""
    assert {part for part, *_ in report.LIMITS} <= {
        "decision", "view", "big_view", "why_not", "diff", "big_diff", "prove", "activate", "replay", "random", "whole",
        "cedar", "malformed", "policy_mutants", "code_mutants",
    }  # fmt: skip
    assert loops_per_second() > 0
