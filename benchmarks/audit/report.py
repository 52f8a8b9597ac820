"""Tables of what was measured, and the limits that must hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.limits import Limit, limits_table

# (part, keys, limit, whether that is the most)
_LIMITS: tuple[tuple[str, tuple[str, ...], float, bool], ...] = (
    ("sqlite", ("32", "of_fsync"), 0.7, False),
    ("sqlite", ("32", "per_second"), 5_000, False),
    ("sqlite", ("32", "p99_ms"), 20, True),
    ("slower", ("1 ms", "32", "of_fsync"), 0.7, False),
    ("postgresql", ("signed", "p99_ms"), 100, True),
    ("postgresql", ("times_chain",), 2.5, False),
    ("postgresql", ("signed", "per_second"), 2_500, False),
    ("question", ("audit_p50_ms",), 1, True),
    ("question", ("share",), 0.1, True),
    ("verify", ("verify_seconds",), 15, True),
    ("verify", ("subject_ms",), 500, True),
    ("search", ("p95_ms",), 200, True),
    ("kills", ("sqlite", "lost"), 0, True),
    ("kills", ("postgresql", "lost"), 0, True),
)


def limits(figures: Mapping[str, Any]) -> list[Limit]:
    """Each figure against its limit, as far as it was measured."""
    found = []
    for part, keys, limit, at_most in _LIMITS:
        value = figures.get(part)
        for key in keys:
            value = value[key] if value is not None else None
        if value is not None:
            found.append(Limit(part, " ".join(keys), value, limit, at_most))
    return found


def show(console: Console, figures: Mapping[str, Any], held: Sequence[Limit]) -> None:
    """Everything as tables."""
    table = Table(
        "", "a second", "p50 ms", "p99 ms", "the disk's flushes a second", title="Disclosed, placed, signed, proven"
    )
    for title, one in _rates(figures):
        table.add_row(title, f"{one['per_second']:,.0f}", f"{one['p50_ms']:.2f}", f"{one['p99_ms']:.2f}",
                      f"{one['fsync_per_second']:,.0f}")  # fmt: skip
    if table.row_count:
        console.print(table)
    besides = Table("part", "figure", "")
    for part in ("question", "verify", "search", "kills"):
        for name, value in figures.get(part, {}).items():
            besides.add_row(part, name, f"{value:,}" if isinstance(value, float | int) else str(value))
    if besides.row_count:
        console.print(besides)
    console.print(limits_table(held))


def _rates(figures: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for clients, one in figures.get("sqlite", {}).items():
        yield f"SQLite, {clients} at once", one
    for slow, several in figures.get("slower", {}).items():
        yield from ((f"SQLite, {clients} at once, each flush {slow} longer", one) for clients, one in several.items())
    found = figures.get("postgresql", {})
    titles = {"signed": "PostgreSQL, from the commit to the proof", "chain": "the same with a chain instead"}
    yield from ((f"{titles[how]}, {found['workers']} processes", found[how]) for how in titles if how in found)
