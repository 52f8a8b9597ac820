"""The figures that must hold, each beside its limit, and the table of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.limits import Limit, limits_table

Figures = Mapping[str, Mapping[str, Any]]

LIMITS: tuple[tuple[str, str, str, float, bool], ...] = (
    # part, figure, what it is called, limit, whether at most
    ("decision", "p99", "decision, p99 us", 10, True),
    ("view", "p99", "view of 25 items, p99 us", 200, True),
    ("big_view", "p99", "150 items over 20 agencies, p99 us", 2_000, True),
    ("why_not", "p99", "why-not, p99 us", 2_000, True),
    ("diff", "requests", "exact diff, requests", 5e9, False),
    ("diff", "seconds", "exact diff, s", 0.5, True),
    ("big_diff", "requests", "exact diff of 20 agencies, requests", 2.9e11, False),
    ("big_diff", "seconds", "exact diff of 20 agencies, s", 5, True),
    ("big_diff", "memory_mb", "exact diff of 20 agencies, MB", 300, True),
    ("prove", "seconds", "all invariants, s", 1, True),
    ("prove", "sentences", "sentences proven", 40, False),
    ("prove", "broken", "sentences that don't hold", 0, True),
    ("activate", "seconds", "load, prove and swap, s", 1, True),
    ("replay", "seconds", "replay of the logged decisions, s", 2, True),
    ("replay", "differing", "replayed decisions that differ", 0, True),
    ("random", "mismatches", "three meanings, random requests: mismatches", 0, True),
    ("whole", "mismatches", "three meanings, whole space of every function: mismatches", 0, True),
    ("cedar", "mismatches", "Cedar: mismatches", 0, True),
    ("malformed", "undecided", "malformed facts without a decision", 0, True),
    ("malformed", "opened", "malformed facts decided otherwise than unknown ones", 0, True),
    ("policy_mutants", "seen_by_diff_percent", "mistakes in policies that the diff shows, %", 100, False),
    ("policy_mutants", "caught_percent", "mistakes that invariants or reach matrix catch, %", 95, False),
    ("code_mutants", "killed_percent", "mistakes in the evaluator's code that are noticed, %", 95, False),
)


def limits(figures: Figures) -> list[Limit]:
    """Each figure against its limit, as far as it was measured."""
    return [
        Limit("policy", said, float(figures[part][name]), limit, at_most)
        for part, name, said, limit, at_most in LIMITS
        if part in figures
    ]


def show(console: Console, figures: Figures, held: Sequence[Limit]) -> None:
    """The limits as a table, and below it what else was measured."""
    console.print(limits_table(held))
    named = {(part, name) for part, name, *_ in LIMITS}
    besides = Table("Besides", "", "")
    for part, values in figures.items():
        for name, value in values.items():
            if (part, name) not in named:
                besides.add_row(part, name, f"{value:,.4g}" if isinstance(value, float | int) else str(value))
    console.print(besides)
