"""A log of a million entries, searched by its marks: the first page and the count, for agencies and for the operator.

A look-up is some ten entries, and each of its marks a row; this is about the rows. Opening the page's look-ups comes
on top, and is the same however long the log is.
"""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.audit.workload import Log
from broker.audit.events import instant
from broker.audit.matters import EVERY, Terms
from broker.audit.query import parse
from broker.store import auditmarks
from broker.store.auditmarks import Search
from broker.wire.audit_search import PAGE

EACH = 20
_AGENCIES = ("council", "nhs", "police", "homes", "school", "probation", "jobcentre", "gp", "voluntary", "fire")
_SEARCHES = (
    ("", None), ("", "council"), ("org:council", None), ("src:nhs is:emergency", "council"), ("is:unexplained", None),
    ("actor:s7", "council"), ("rule:A3.9", None), ("decision:withhold rule:P5 -is:emergency", "nhs"),
    ("purpose:p1 role:r2 after:2026-06-01 before:2026-06-08", None), ("actor:s1 actor:s2 is:denied", "nhs"),
    ("-org:council -src:nhs", None), ("actor:nobody", None),
)  # fmt: skip


def searched(log: Log, entries: int, progress: Callable[[int], None], *, times: int = 10) -> dict[str, Any]:
    """Milliseconds until the first page and the count are there."""
    rng, matters, rows = random.Random(2026), entries // EACH, 0
    for start in range(0, matters, 1000):
        with log.store.derive() as connection:
            for number in range(start, min(start + 1000, matters)):
                marks = auditmarks.marks_of(log.parts.keyring, Terms(frozenset(_terms(rng))), random=rng.randbytes)
                t = instant(dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=10 * number))
                auditmarks.put(connection, [((t, rng.randbytes(16)), marks)])
                rows += len(marks)
        progress(EACH * (min(start + 1000, matters) - start))
    each = sorted(1000 * _one(log, text, agency) for _ in range(times) for text, agency in _SEARCHES)
    return {
        "entries": entries,
        "look_ups": matters,
        "marks": rows,
        "p50_ms": round(each[len(each) // 2], 2),
        "p95_ms": round(each[int(len(each) * 0.95)], 2),
    }


def prepared(folder: Path, log: Callable[[str], Log]) -> Log:
    """An empty log in a file of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    made = log(f"sqlite:///{folder / 'search.db'}")
    made.prepare()
    return made


def _one(log: Log, text: str, agency: str | None) -> float:
    began, search = time.perf_counter(), Search(parse(text), agency)
    with log.store.look() as connection:
        auditmarks.found(connection, log.parts.keyring, search, most=PAGE + 1)
        auditmarks.count(connection, log.parts.keyring, search, most=10_000)
    return time.perf_counter() - began


def _terms(rng: random.Random) -> Iterator[tuple[str, str]]:
    """What a look-up is found by; some things are rare."""
    org, sources = rng.choice(_AGENCIES), rng.sample(_AGENCIES, 3)
    yield from (EVERY, ("typ", "answer"), ("org", org), ("actor", f"s{rng.randrange(400)}"), ("sees", org))
    yield from (("purpose", f"p{rng.randrange(7)}"), ("role", f"r{rng.randrange(16)}"))
    yield from ((name, source) for source in sources for name in ("src", "sees"))
    yield from (("rule", f"A{rng.randrange(5)}.{rng.randrange(10)}") for _ in range(6))
    yield from (("decision", level) for level in rng.sample(("share", "reduced", "signpost", "withhold"), 2))
    yield from (("rule", f"P{number}") for number in range(9) if rng.random() < 0.05)
    yield from (("is", name) for name, share in (("emergency", 0.01), ("unexplained", 0.01), ("denied", 0.1))
                if rng.random() < share)  # fmt: skip
