"""`make bench-linkage`: match quality beside Splink in the clear, on the same records in one run.

    python -m benchmarks.linkage                                       all sets
    python -m benchmarks.linkage --only febrl3 --only brackwater       some of them
    python -m benchmarks.linkage --data people.parquet --mapping people.toml
    python -m benchmarks.linkage --quick                               small samples of every set, in two minutes
    python -m benchmarks.linkage --scale 1000000                       batch speed on stand-ins

The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.limits import Limit, limits_table
from benchmarks.linkage import plot, runs
from benchmarks.machine import machine
from broker.errors import BrokerError


def main() -> int:
    options = _options()
    console = Console(width=None if sys.stdout.isatty() else 110)
    bench = runs.Bench(console, options.folder, options.quick, splink=not options.no_splink, people=options.people)
    try:
        figures, held = _run(bench, options)
    except BrokerError as error:
        Console(stderr=True).print(f"bench-linkage stopped: {error} [{error.code}]", markup=False)
        return 2
    if held:
        console.print(limits_table(held))
    holds = all(limit.holds for limit in held)
    last = {
        "benchmark": "linkage",
        "settings": bench.settings(),
        "figures": figures,
        "limits": [limit.figures() for limit in held],
        "holds": holds,
        "machine": machine(),
    }
    line = json.dumps(last)
    (options.folder / "linkage.json").write_text(line + "\n", encoding="utf-8")
    print(line)
    return 0 if holds else 1


def _run(bench: runs.Bench, options: argparse.Namespace) -> tuple[dict[str, Any], list[Limit]]:
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.scale:
        return bench.scale(options.scale)
    if options.data:
        figures, held = bench.given(options.data, options.mapping)
    else:
        figures, held = bench.sets(options.only or list(runs.SETS))
    drawn = {name: one for name, one in figures.items() if "calibration" in one.get("ours", {})}
    if drawn:
        plot.draw(drawn, options.folder / "linkage.png")
        bench.console.print(f"curves in {options.folder / 'linkage.png'}")
    return figures, held


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.linkage", description="Match quality beside Splink.")
    parser.add_argument("--only", action="append", choices=list(runs.SETS), help="one set; may be repeated")
    parser.add_argument("--data", type=Path, help="a labelled parquet or CSV file, or a folder of them")
    parser.add_argument("--mapping", type=Path, help="the TOML file that says which column is what")
    parser.add_argument("--quick", action="store_true", help="small samples")
    parser.add_argument("--people", type=int, default=50_000, help="people of Brackwater")
    parser.add_argument("--no-splink", action="store_true", help="our side only")
    parser.add_argument("--scale", type=int, default=0, help="batch speed with so many made-up records")
    parser.add_argument("--folder", type=Path, default=Path(".bench/linkage"))
    options = parser.parse_args()
    if options.data and not options.mapping:
        parser.error("--data needs --mapping: docs/benchmarks.md shows one")
    return options


if __name__ == "__main__":
    sys.exit(main())
