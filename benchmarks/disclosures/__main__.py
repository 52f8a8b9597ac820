"""A million made-up records, told by the broker's own code and held against the reference interpreter.

    python -m benchmarks.disclosures                        400,000 questions, in a quarter of an hour on two cores
    python -m benchmarks.disclosures --questions 20000      fewer; the limits are shown, and no result is kept

The last line is one JSON object; of the whole it is also left in `benchmarks/results/disclosures.json`. Exit code 0
means that nothing was told that must not be.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from benchmarks.disclosures.runs import BLOCK, Found, fuzz
from benchmarks.limits import Limit, limits_table
from benchmarks.machine import machine
from broker.server import read_policies

WHOLE = 400_000
"""Questions, with two and a half records each."""
AT_ONCE = 10
"""Blocks that a process takes at a time."""
POLICIES = Path(__file__).parents[2] / "policies"
RESULTS = Path(__file__).parents[1] / "results" / "disclosures.json"


def main() -> int:
    options = _options()
    console = Console(width=None if sys.stdout.isatty() else 110)
    began = time.monotonic()
    found = _all(-(-options.questions // BLOCK), options.processes, console)
    held = [
        Limit("disclosures", "told and must not be", found.disclosures, 0, True),
        Limit("disclosures", "silent records that leave a trace", found.traces, 0, True),
        Limit("disclosures", "questions", found.questions, options.questions, False),
    ]
    console.print(limits_table(held))
    if found.first:
        console.print(f"first: {found.first}", markup=False)
    last = {
        "benchmark": "disclosures", "figures": asdict(found) | {"seconds": round(time.monotonic() - began)},
        "limits": [one.figures() for one in held], "holds": all(one.holds for one in held), "machine": machine(),
        "policies": read_policies(POLICIES).digest,
    }  # fmt: skip
    if options.questions >= WHOLE:
        RESULTS.write_text(json.dumps(last, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(last))
    return 0 if last["holds"] else 1


def blocks(first: int, past: int) -> Found:
    """The blocks from `first` on and before `past`, in a process of their own."""
    return fuzz(read_policies(POLICIES), range(first, past))


def _all(count: int, processes: int, console: Console) -> Found:
    found = Found()
    columns = (TextColumn("questions"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bar, ProcessPoolExecutor(processes) as pool:
        task = bar.add_task("", total=count * BLOCK)
        some = [pool.submit(blocks, at, min(at + AT_ONCE, count)) for at in range(0, count, AT_ONCE)]
        for done in as_completed(some):
            found += done.result()
            bar.update(task, completed=found.questions)
    return found


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.disclosures", description="Made-up questions.")
    parser.add_argument("--questions", type=int, default=WHOLE, help="how many")
    parser.add_argument("--processes", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
