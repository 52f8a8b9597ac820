"""`make bench-attacks`: runs the attacks, prints a table and one JSON object, writes the page and the figures."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from benchmarks.attacks import active_broker, dump_and_agency, graph_matching, report, structure, walker
from benchmarks.machine import machine
from broker.errors import BrokerError

ROOT = Path(__file__).parent.parent.parent
RESULTS, PAGE = ROOT / "benchmarks" / "results" / "attacks.json", ROOT / "docs" / "attacks.md"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Sizes:
    """How large a run is."""

    matched: int
    towns: tuple[int, ...]
    refined: int
    dumped: int
    abused: int
    times: int
    walked: int


WHOLE = Sizes(1000, (1000, 5000), 1_000_000, 10_000, 60, 10, 200)
QUICK = Sizes(200, (200,), 5000, 60, 30, 1, 20)


def attacks(sizes: Sizes, seed: int) -> dict[str, Callable[[Say], dict[str, Any]]]:
    """Every attack by its name."""
    return {
        "graph matching": lambda say: graph_matching.run(sizes.matched, sizes.towns, seed=seed, progress=say),
        "colour refinement": lambda say: structure.run(sizes.refined, progress=say),
        "dump and an agency": lambda say: dump_and_agency.run(sizes.dumped, seed=seed, progress=say),
        "active broker": lambda say: active_broker.run(sizes.abused, times=sizes.times, seed=seed, progress=say),
        "caseworker": lambda say: walker.run(sizes.walked, progress=say),
    }


def run(sizes: Sizes, *, seed: int, only: str, console: Console) -> dict[str, Any]:
    """All attacks, or the one called `only`."""
    chosen = {name: attack for name, attack in attacks(sizes, seed).items() if only in ("", name)}
    columns = (TextColumn("{task.description:<60}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    found: dict[str, Any] = {}
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=len(chosen))
        for name, attack in chosen.items():
            began = time.monotonic()

            def say(step: str, name: str = name) -> None:
                bar.update(task, description=f"{name}: {step}"[:60])

            found[name] = attack(say) | {"seconds": 0}
            found[name]["seconds"] = round(time.monotonic() - began, 1)
            bar.advance(task)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attacks", description="What attackers get, measured.")
    parser.add_argument("--quick", action="store_true", help="small shares of everything; writes no files")
    parser.add_argument("--only", default="", choices=["", *attacks(QUICK, 0)], help="one attack; writes no files")
    parser.add_argument("--seed", type=int, default=2026)
    options = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 150)
    sizes = QUICK if options.quick else WHOLE
    try:
        found = run(sizes, seed=options.seed, only=options.only, console=console)
    except BrokerError as error:
        Console(stderr=True).print(f"bench-attacks stopped: {error} [{error.code}]", markup=False)
        return 1
    table = Table("attack", "what was measured", "target", "result", "")
    for row in report.headlines(found):
        table.add_row(*row)
    console.print(table)
    figures = {
        "benchmark": "attacks",
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "settings": {**vars(sizes), "seed": options.seed},
        "machine": machine(),
        "attacks": found,
        "valid": all(one.get("valid", True) for one in found.values()),
        "holds": all(one["holds"] for one in found.values()),
    }
    if not (options.quick or options.only):
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        PAGE.write_text(report.page(figures), encoding="utf-8")
    print(json.dumps(figures))
    return 0 if figures["holds"] and figures["valid"] else 1


if __name__ == "__main__":
    sys.exit(main())
