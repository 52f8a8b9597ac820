"""`make bench-question`: how long a question takes, and how fast agencies can post.

    python -m benchmarks.question                       a million made-up records, 2,000 people, 200 questions
    python -m benchmarks.question --quick               all of it small, in a minute
    python -m benchmarks.question --records 100000      fewer records to resolve among
    python -m benchmarks.question --only resolve        one part: resolve, question (with posting)

The last line is one JSON object. Timings mean something on a machine that does nothing else; ratios stand longer.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.bars import bars
from benchmarks.machine import machine
from benchmarks.question import load, primitives, report, resolve, stand, whole
from benchmarks.question.made_up import MadeUp
from broker.errors import BrokerError
from broker.synthetic.sources import SHAPES

STORES = {"sqlite": load.on_sqlite, "postgresql": load.on_postgresql}
QUICK = {"records": 20_000, "people": 300, "questions": 30, "resolved": 100}


def main() -> int:
    options = _options()
    console = Console(width=None if sys.stdout.isatty() else 110)
    figures: dict[str, Any] = {}
    try:
        if options.only in (None, "resolve"):
            figures["resolve"] = _resolve(console, options)
        if options.only in (None, "question"):
            figures |= _question(console, options)
    except BrokerError as error:
        Console(stderr=True).print(f"bench-question stopped: {error} [{error.code}]", markup=False)
        return 2
    finally:
        shutil.rmtree(options.folder, ignore_errors=True)
    held = report.limits(figures)
    report.show(console, figures, held)
    holds = all(limit.holds for limit in held)
    settings = {name: getattr(options, name) for name in ("records", "people", "questions", "resolved", "quick")}
    last = {"benchmark": "question", "settings": settings, "figures": figures,
            "limits": [limit.figures() for limit in held], "holds": holds, "machine": machine()}  # fmt: skip
    print(json.dumps(last))
    return 0 if holds or options.quick else 1


def _resolve(console: Console, options: argparse.Namespace) -> dict[str, Any]:
    made_up = MadeUp(options.records)
    asked = resolve.questions(made_up, options.resolved)
    found = {}
    for name, opened in STORES.items():
        with (
            bars(console) as bar,
            opened(made_up, options.folder / "made-up", bar(f"loading into {name}", options.records)) as store,
        ):
            times = resolve.measure(store, made_up, asked, bar("resolving", len(asked) + resolve.WARM_UP))
        found[name] = times.figures()
    return found


def _question(console: Console, options: argparse.Namespace) -> dict[str, Any]:
    with stand.stand(options.folder / "place", options.people) as place, bars(console) as bar:
        before = primitives.timed(options.folder)
        tell = bar("posting", 0)
        posted = stand.post(place, tell)
        asked = whole.ask(place, options.questions, bar("asking", options.questions + whole.WARM_UP))
        after = primitives.timed(options.folder)
        labels = _rows(place.parties.home("broker") / "broker.db")
        opened = _opened(place.parties.home("linkunit") / "linkunit.db")
    each = {name: (one + after[name]) / 2 for name, one in before.items()}
    of_question = primitives.of_question(asked.tokens, len(SHAPES), opened=opened)
    of_record = primitives.of_record(labels / posted.records)
    bare, bound = primitives.total(of_question, each), 1000 / primitives.total(of_record, each)
    rate, times = posted.records / posted.seconds, asked.mean / bare
    return {
        "question": {**asked.figures(), "primitives_ms": round(bare, 2), "times_primitives": round(times, 2)},
        "posting": {
            "records": posted.records, "seconds": round(posted.seconds, 1), "records_per_second": round(rate, 1),
            "bound_per_second": round(bound, 1), "share_of_bound": round(rate / bound, 3),
            "labels_per_record": round(labels / posted.records, 1),
        },
        "primitives_ms": {name: round(one, 5) for name, one in each.items()},
        "counts": {"question": of_question, "record": of_record},
    }  # fmt: skip


def _rows(database: Path) -> int:
    """Label rows of records, the register's left out."""
    connection = sqlite3.connect(database)
    query = "SELECT count(*) FROM labels WHERE source IN (SELECT DISTINCT source FROM records)"
    return int(connection.execute(query).fetchone()[0])


def _opened(ledger: Path) -> float:
    """Different envelopes of a question, as the count log has them: its own in both calls, and what they were compared
    with. Records that stand as pivots in the second call are counted nowhere, and not here either."""
    connection = sqlite3.connect(ledger)
    query = "SELECT sum(count) FILTER (WHERE use = 'different'), count(*) FILTER (WHERE use = 'compare1') FROM spent"
    different, questions = connection.execute(query).fetchone()
    return float(2 + (different or 0) / max(questions, 1))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.question", description="How long a question takes.")
    parser.add_argument("--only", choices=("resolve", "question"), help="one part")
    parser.add_argument("--records", type=int, default=1_000_000, help="made-up records to resolve among")
    parser.add_argument("--resolved", type=int, default=1_000, help="questions resolved among them")
    parser.add_argument("--people", type=int, default=2_000, help="people of the place that is posted")
    parser.add_argument("--questions", type=int, default=200, help="questions asked over HTTP")
    parser.add_argument("--quick", action="store_true", help="all of it small; limits are shown and not enforced")
    parser.add_argument("--folder", type=Path, default=Path(".bench/question"))
    options = parser.parse_args()
    if options.quick:
        for name, value in QUICK.items():
            setattr(options, name, value)
    return options


if __name__ == "__main__":
    sys.exit(main())
