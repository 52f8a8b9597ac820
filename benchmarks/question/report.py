"""Tables of what was measured, and the limits that must hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.limits import Limit, limits_table

RESOLVE_MS = {"sqlite": 5.0, "postgresql": 10.0}
WHOLE_MS, WHOLE_TIMES = 60.0, 2.0
POSTING_SHARE = 0.6


def limits(figures: Mapping[str, Any]) -> list[Limit]:
    """Each figure against its limit, as far as it was measured."""
    found = [
        Limit("resolve", f"p95_ms_{name}", figures["resolve"][name]["p95"], limit, True)
        for name, limit in RESOLVE_MS.items()
        if name in figures.get("resolve", {})
    ]
    if "question" in figures:
        found.append(Limit("question", "p95_ms", figures["question"]["p95"], WHOLE_MS, True))
        found.append(Limit("question", "times_primitives", figures["question"]["times_primitives"], WHOLE_TIMES, True))
    if "posting" in figures:
        share = figures["posting"]["share_of_bound"]
        found.append(Limit("posting", "share_of_bound", share, POSTING_SHARE, False))
    return found


def show(console: Console, figures: Mapping[str, Any], held: Sequence[Limit]) -> None:
    """Everything as tables."""
    for name, one in figures.get("resolve", {}).items():
        _spread(console, f"Resolving without cryptography, {name}", one)
    if "question" in figures:
        _spread(console, "The whole question over HTTP", figures["question"])
    if "primitives_ms" in figures:
        table = Table("Primitive", "ms each", "in a question", "for a record", title="Bare primitives, in the same run")
        for name, each in figures["primitives_ms"].items():
            counts = (figures["counts"][what].get(name, 0) for what in ("question", "record"))
            table.add_row(name, f"{each:.4f}", *(f"{count:,.1f}" for count in counts))
        console.print(table)
    if "posting" in figures:
        table = Table("Posting", "records/s")
        table.add_row("real client, linkage unit and broker", f"{figures['posting']['records_per_second']:,.0f}")
        table.add_row("the primitives alone, one core", f"{figures['posting']['bound_per_second']:,.0f}")
        console.print(table)
    console.print(limits_table(held))


def _spread(console: Console, title: str, one: Mapping[str, Any]) -> None:
    table = Table("", "ms", title=title)
    for name in (one_of for one_of in ("p50", "p95", "p99", "cpu_p50", "cpu_p95") if one_of in one):
        table.add_row(name, f"{one[name]:,.2f}")
    for name, value in one["parts_ms"].items():
        table.add_row(f"  mean of: {name}", f"{value:,.2f}")
    console.print(table)
