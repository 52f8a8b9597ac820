"""`make bench-rotation`: a live rotation of the linkage key, in times of its primitives, and what a question notices.

    python -m benchmarks.rotation                       a million tokens, and a place of 300 people among them
    python -m benchmarks.rotation --records 100000      fewer tokens
    python -m benchmarks.rotation --quick               20,000 tokens, in a minute

The last line is one JSON object. The bound is what every rotation can't leave out, on one core and in the same run: for
each token a multiplication, two HMACs, a reference opened and one sealed; for each record its data key and its points
opened and sealed. Questions are asked all the time; not one may fail.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.bars import Bar, bars
from benchmarks.limits import Limit, limits_table
from benchmarks.machine import machine
from benchmarks.question import primitives, stand
from benchmarks.rotation import fill, live
from broker.server import put_together

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "tests"))

from rotating import Rotation

TIMES, ADDED_MS = 1.5, 5.0
RAISED = ("epoch", "labels", "keks")


def main() -> int:
    options, console = _options(), Console(width=None if sys.stdout.isatty() else 110)
    try:
        figures = _measured(console, options)
    finally:
        shutil.rmtree(options.folder, ignore_errors=True)
    held = [
        Limit("rotation", "times_primitives", figures["times_primitives"], TIMES, True),
        Limit("questions", "failed", figures["failed"], 0, True),
        Limit("questions", "added_p95_ms", figures["added_p95_ms"], ADDED_MS, True),
    ]
    _show(console, figures)
    console.print(limits_table(held))
    holds = all(limit.holds for limit in held)
    settings = {name: getattr(options, name) for name in ("records", "people", "questions", "quick")}
    last = {"benchmark": "rotation", "settings": settings, "figures": figures,
            "limits": [limit.figures() for limit in held], "holds": holds, "machine": machine()}  # fmt: skip
    print(json.dumps(last))
    return 0 if holds or options.quick else 1


def _measured(console: Console, options: argparse.Namespace) -> dict[str, Any]:
    with stand.stand(options.folder / "place", options.people) as place, bars(console, width=32) as bar:
        stand.post(place, bar("posting a small place", 0))
        running = live.Running(place)
        parts = put_together(running.settings)
        fill.fill(parts, options.records, bar("filling up", options.records))
        tokens, records = fill.tokens(parts), fill.held(parts)
        parts.store.engine.dispose()
        never, advance = threading.Event(), bar("asking, one generation open", options.questions)
        live.ask(place, 10, until=never)
        before = live.ask(place, options.questions, until=never, told=lambda: advance(1))
        rotation = Rotation(running, RAISED)
        rotation.prepares()
        rotation.opens()
        advance = bar("asking, two generations open", options.questions)
        both = live.ask(place, options.questions, until=never, told=lambda: advance(1))
        each = primitives.timed(options.folder)
        seconds, during = _renewed(place, running, bar)
        each = {name: (one + again) / 2 for (name, one), again in
                zip(each.items(), primitives.timed(options.folder).values(), strict=True)}  # fmt: skip
        rotation.closes()
        after = live.ask(place, options.questions // 4, until=never)
    bound = primitives.total(counts(tokens, records), each) / 1000
    p95 = {name: _p95(one.milliseconds) for name, one in (("one", before), ("two", both), ("during", during))}
    failed = [code for one in (before, both, during, after) for code in one.failed]
    return {
        "tokens": tokens, "records": records, "seconds": round(seconds, 1), "bound_seconds": round(bound, 1),
        "tokens_per_second": round(tokens / seconds), "times_primitives": round(seconds / bound, 2),
        "asked_during": len(during.milliseconds), "failed": len(failed), "failures": sorted(set(failed)),
        "p95_ms": p95, "added_p95_ms": round(p95["two"] - p95["one"], 2),
        "primitives_ms": {name: round(each[name], 5) for name in counts(1, 1)},
    }  # fmt: skip


def counts(tokens: int, records: int) -> dict[str, float]:
    """How often a rotation of everything needs each primitive."""
    return {
        "oprf multiply": tokens,
        "hmac": 2 * tokens,
        "aes-gcm open": tokens + 2 * records,
        "aes-gcm seal": tokens + 2 * records,
    }


def _renewed(place: stand.Stand, running: live.Running, bar: Bar) -> tuple[float, live.Asked]:
    """Renews everything while questions are asked."""
    over, found = threading.Event(), list[live.Asked]()
    asking = threading.Thread(target=lambda: found.append(live.ask(place, None, until=over)))
    asking.start()
    advance, known = bar("renewing, and asking meanwhile", 0), [0]

    def told(done: int, _total: int) -> None:
        advance(max(0, done - known[0]))
        known[0] = max(done, known[0])

    try:
        seconds = live.renewed(running.environment, told)
    finally:
        over.set()
        asking.join()
    return seconds, found[0]


def _p95(values: Sequence[float]) -> float:
    return round(float(np.percentile(values, 95)), 2) if values else 0.0


def _show(console: Console, figures: dict[str, Any]) -> None:
    table = Table("", "", title="A live rotation of k, labels and key-encrypting keys")
    table.add_row("tokens, in records", f"{figures['tokens']:,} in {figures['records']:,}")
    table.add_row("took", f"{figures['seconds']:,.1f} s, {figures['tokens_per_second']:,} tokens a second")
    table.add_row("the primitives alone, one core", f"{figures['bound_seconds']:,.1f} s")
    table.add_row("questions answered meanwhile", f"{figures['asked_during']:,}, {figures['failed']} failed")
    for name, what in (("one", "one generation open"), ("two", "two open"), ("during", "while it ran")):
        table.add_row(f"p95 of a question, {what}", f"{figures['p95_ms'][name]:,.1f} ms")
    console.print(table)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rotation", description="How long a rotation takes.")
    parser.add_argument("--records", type=int, default=1_000_000, help="tokens that are rotated")
    parser.add_argument("--people", type=int, default=300, help="people of the place that is asked about")
    parser.add_argument("--questions", type=int, default=200, help="questions before, and again with two generations")
    parser.add_argument("--quick", action="store_true", help="all of it small; limits are shown and not enforced")
    parser.add_argument("--folder", type=Path, default=Path(".bench/rotation"))
    options = parser.parse_args()
    if options.quick:
        options.records, options.people, options.questions = 20_000, 200, 40
    return options


if __name__ == "__main__":
    sys.exit(main())
