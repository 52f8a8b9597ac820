"""`make bench-audit`: how fast the audit log is, beside the disk's own rate of flushes in the same run.

    python -m benchmarks.audit                         a million entries, 32 clients, 8 processes
    python -m benchmarks.audit --quick                 all of it small, in a minute
    python -m benchmarks.audit --only sqlite           one part: sqlite, slower, postgresql, question, ...
    python -m benchmarks.audit --only kills            a thousand kills on each database (not part of the rest)

The last line is one JSON object. Timings mean something on a machine that does nothing else; ratios stand longer.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rich.console import Console

from benchmarks.audit import clients, kills, question, report, search, slower, whole_log
from benchmarks.audit.disk import fsync_rate
from benchmarks.audit.workload import Log
from benchmarks.bars import Bar, bars
from benchmarks.machine import machine

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "tests"))

from pg import running

CLIENTS = (1, 8, 32)
PARTS = ("sqlite", "slower", "postgresql", "question", "verify", "search")
QUICK = {"entries": 20_000, "seconds": 1.0, "questions": 10, "workers": 2, "rounds": 10}


def main() -> int:
    options = _options()
    console = Console(width=None if sys.stdout.isatty() else 110)
    shutil.rmtree(options.folder, ignore_errors=True)
    figures: dict[str, Any] = {}
    try:
        with bars(console) as bar:
            for part in (options.only,) if options.only else PARTS:
                figures[part] = _MEASURES[part](options, bar)
    finally:
        shutil.rmtree(options.folder, ignore_errors=True)
    held = report.limits(figures)
    report.show(console, figures, held)
    holds = all(limit.holds for limit in held)
    settings = {name: getattr(options, name) for name in (*QUICK, "quick")}
    last = {"benchmark": "audit", "settings": settings, "figures": figures,
            "limits": [limit.figures() for limit in held], "holds": holds, "machine": machine()}  # fmt: skip
    print(json.dumps(last))
    return 0 if holds or options.quick else 1


def _sqlite(options: argparse.Namespace, bar: Bar) -> dict[str, Any]:
    tell, found = bar("SQLite", len(CLIENTS)), dict[str, Any]()
    for each in CLIENTS:
        folder = options.folder / f"sqlite-{each}"
        found[str(each)] = slower.disclosed(folder, each, options.seconds)
        tell(1)
    return found


def _slower(options: argparse.Namespace, bar: Bar) -> dict[str, Any]:
    tell = bar("slower disks", len(slower.FLUSH_MS) * len(slower.CLIENTS))
    return slower.measured(options.folder / "slower", options.seconds / 3, tell)


def _postgresql(options: argparse.Namespace, bar: Bar) -> dict[str, Any]:
    tell, key, found = bar("PostgreSQL", 2), Ed25519PrivateKey.generate(), dict[str, Any]()
    with running() as server:
        for how in ("signed", "chain"):
            with server.database("template1") as url:
                log = Log(url, key)
                log.prepare()
                clients.prepare_chain(log)
                log.close()
                before = fsync_rate(options.folder, options.seconds / 4)
                times = clients.processes(url, key, options.workers, seconds=options.seconds, how=how)
                found[how] = clients.beside(times.figures(), before, fsync_rate(options.folder, options.seconds / 4))
                tell(1)
    ours, chained = found["signed"]["per_second"], found["chain"]["per_second"]
    return {**found, "workers": options.workers, "times_chain": round(ours / chained, 2)}


def _question(options: argparse.Namespace, bar: Bar) -> dict[str, Any]:
    tell = bar("asking over HTTP", options.questions + 3)
    return question.added(options.folder / "question", options.questions, tell)


def _verify(options: argparse.Namespace, bar: Bar) -> dict[str, Any]:
    found = whole_log.verified(options.entries, bar("making entries", options.entries))
    return {**found, **whole_log.looked(options.entries)}


def _search(options: argparse.Namespace, bar: Bar) -> dict[str, Any]:
    log = search.prepared(options.folder / "search", lambda url: Log(url, Ed25519PrivateKey.generate()))
    found = search.searched(log, options.entries, bar("making marks", options.entries))
    log.close()
    return found


def _kills(options: argparse.Namespace, bar: Bar) -> dict[str, Any]:
    options.folder.mkdir(parents=True)
    tell, url = bar("kills, SQLite", options.rounds), f"sqlite:///{options.folder / 'kills.db'}"
    found = {"sqlite": kills.loop(url, rounds=options.rounds, seed=2026, tell=lambda: tell(1))}
    tell = bar("kills, PostgreSQL", options.rounds)
    with running() as server, server.database("template1") as url:

        def cut() -> None:
            server.stop()
            server.start()

        found["postgresql"] = kills.loop(url, rounds=options.rounds, seed=2026, kill_server=cut, tell=lambda: tell(1))
    return found


_MEASURES: dict[str, Callable[[argparse.Namespace, Bar], dict[str, Any]]] = {
    "sqlite": _sqlite, "slower": _slower, "postgresql": _postgresql, "question": _question, "verify": _verify,
    "search": _search, "kills": _kills,
}  # fmt: skip


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.audit", description="How fast the audit log is.")
    parser.add_argument("--only", choices=(*PARTS, "kills"), help="one part")
    parser.add_argument("--entries", type=int, default=1_000_000, help="entries of the log that is verified")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each rate is measured")
    parser.add_argument("--questions", type=int, default=100, help="questions asked over HTTP")
    parser.add_argument("--workers", type=int, default=8, help="processes on PostgreSQL")
    parser.add_argument("--rounds", type=int, default=1_000, help="kills on each database")
    parser.add_argument("--quick", action="store_true", help="all of it small; limits are shown and not enforced")
    parser.add_argument("--folder", type=Path, default=Path(".bench/audit"))
    options = parser.parse_args()
    options.folder = options.folder.absolute()
    if options.quick:
        for name, small in QUICK.items():
            setattr(options, name, small)
    return options


if __name__ == "__main__":
    sys.exit(main())
