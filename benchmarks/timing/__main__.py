"""`make bench-timing`: the time an answer takes does not tell what was found.

    python -m benchmarks.timing                    10,000 questions at three agencies, about a quarter of an hour
    python -m benchmarks.timing --quick            300, in a minute: shows that it runs, and little else

Every kind of answer against every other, for each agency and all together: |t| < 4.5 (Welch). The last line is one JSON
object.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from benchmarks.machine import machine
from benchmarks.timing.ask import Asked, Samples, ask_all
from benchmarks.timing.town import ASKERS, KINDS, town
from benchmarks.timing.welch import LIMIT, apart


def main() -> int:
    options = _options()
    console = Console(width=None if sys.stdout.isatty() else 110)
    each = -(-options.questions // len(ASKERS))
    try:
        with town(options.folder, step_ms=options.step_ms) as made, _bar() as bar:
            task = bar.add_task("questions", total=each * len(ASKERS))
            asked = ask_all(made, each, lambda count: bar.advance(task, count))
    finally:
        shutil.rmtree(options.folder, ignore_errors=True)
    figures = figures_of(asked)
    show(console, figures)
    holds = all(abs(t) < LIMIT for one in figures.values() for t in one["t"].values())
    settings = {"questions": each * len(ASKERS), "step_ms": options.step_ms, "quick": options.quick}
    print(json.dumps({"benchmark": "timing", "settings": settings, "figures": figures, "limit": LIMIT,
                      "holds": holds, "machine": machine()}))  # fmt: skip
    return 0 if holds or options.quick else 1


def figures_of(asked: dict[str, Asked]) -> dict[str, Any]:
    """For each agency and for all: the spread of each kind in milliseconds, the t of each pair, the answers' sizes."""
    together: Samples = {kind: [ms for one in asked.values() for ms in one.ms[kind]] for kind in KINDS}
    samples = {**{name: one.ms for name, one in asked.items()}, "all": together}
    sizes = {name: one.bytes for name, one in asked.items()}
    return {
        name: {
            "ms": {kind: _spread(values) for kind, values in ms.items()},
            "t": apart(ms),
            **({"bytes": {kind: sorted(sizes[name][kind]) for kind in KINDS}} if name in sizes else {}),
        }
        for name, ms in samples.items()
    }


def show(console: Console, figures: dict[str, Any]) -> None:
    """A table of the pairs, and one of the times."""
    table = Table(
        "who asked", *next(iter(figures.values()))["t"], title=f"Welch's t of each pair; past {LIMIT} it tells"
    )
    times = Table("who asked", *KINDS, title="milliseconds: median (95 in 100)")
    for name, one in figures.items():
        table.add_row(name, *(f"[{'green' if abs(t) < LIMIT else 'red'}]{t:+.2f}" for t in one["t"].values()))
        times.add_row(name, *(f"{one['ms'][kind]['p50']:.1f} ({one['ms'][kind]['p95']:.1f})" for kind in KINDS))
    console.print(times)
    console.print(table)


def _spread(values: list[float]) -> dict[str, float]:
    spread = {f"p{at}": round(float(np.percentile(values, at)), 2) for at in (50, 95, 99)}
    return {"count": len(values), "mean": round(sum(values) / len(values), 3), **spread}


def _bar() -> Progress:
    return Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.timing", description=__doc__)
    parser.add_argument("--questions", type=int, default=10_000)
    parser.add_argument("--step-ms", type=int, default=250, help="as BROKER_ANSWER_STEP_MS")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--folder", type=Path, default=Path(".bench/timing"))
    options = parser.parse_args()
    if options.quick:
        options.questions = min(options.questions, 300)
    return options


if __name__ == "__main__":
    sys.exit(main())
