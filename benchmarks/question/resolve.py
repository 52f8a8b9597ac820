"""Resolving one question among many records, without cryptography: the broker's own look-ups, resolving and weighing.

What runs is the product's: `LookUps` with its classes, the statements of `store.labels`, `store.records` and
`store.verdicts`, `linkage.resolve.gather` and the linkage unit's `Judge`. What stands open are labels, references,
records and evidence.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
from sqlalchemy import Connection

from benchmarks.question.made_up import MadeUp, points_in, points_of, source_code, vector_bytes
from broker.actions.gather_family import CLASSES
from broker.actions.look_up import LookUps
from broker.linkage.compare import Candidate, Points
from broker.linkage.model import parse_model
from broker.linkage.resolve import Neighbourhood, Rules, gather
from broker.linkage.steps import QUESTION, Compare, Found, Pair, Weight, pair
from broker.linkunit.compare import Judge
from broker.linkunit.envelopes import Statement
from broker.store import records, verdicts
from broker.store.engine import Store
from broker.tokens import load_scheme, packaged

WARM_UP = 50


@dataclass(frozen=True)
class Question:
    """A record's own details, asked about."""

    person: int
    points: Points
    vector: bytes


@dataclass
class Times:
    """Milliseconds of every question, and of each part, summed."""

    whole: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    """Of our own thread: what a busy machine does not change."""
    parts: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    found: int = 0
    held: int = 0

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.parts[name] += 1000 * (time.perf_counter() - began)

    def figures(self) -> dict[str, Any]:
        """p50, p95 and p99 in milliseconds, the mean of each part, and the share of people's records found."""
        spread = {f"p{at}": round(float(np.percentile(self.whole, at)), 3) for at in (50, 95, 99)}
        spread |= {f"cpu_p{at}": round(float(np.percentile(self.cpu, at)), 3) for at in (50, 95)}
        parts = {name: round(total / len(self.whole), 3) for name, total in self.parts.items()}
        return {**spread, "parts_ms": parts, "found": round(self.found / max(self.held, 1), 4)}


def questions(made_up: MadeUp, count: int) -> list[Question]:
    """Questions about people drawn from the records of two sources."""
    rng = np.random.default_rng(made_up.seed + 1)
    made = []
    for number in (0, 1):
        share = made_up.share(number)
        for at in rng.integers(0, len(share.ids), size=count // 2):
            made.append(Question(int(share.person[at]), points_of(share, at), share.vectors[at].tobytes()))
    return made


def measure(store: Store, made_up: MadeUp, asked: Sequence[Question], progress: Callable[[int], None]) -> Times:
    """Resolves every question, one after the other; the first `WARM_UP` are not counted."""
    scheme, model = load_scheme(), parse_model(packaged("uk-person-1.model.json"))
    rules = Rules(model.bounds, frozenset(one.number for one in scheme.match_keys if one.address))
    judge, times = Judge(scheme, model), Times()
    for at, question in enumerate([*asked[:WARM_UP], *asked]):
        if at == WARM_UP:
            times = Times()
        began, cpu = time.perf_counter(), time.thread_time()
        with store.look() as connection:
            near = _Resolving(connection, made_up.sources, judge, times, question).run(rules)
            person = near.person()
        times.whole.append(1000 * (time.perf_counter() - began))
        times.cpu.append(1000 * (time.thread_time() - cpu))
        times.found += len(person.certain)
        times.held += made_up.held_of(question.person)
        progress(1)
    return times


@dataclass
class _Resolving:
    """One question under way."""

    connection: Connection
    sources: tuple[str, ...]
    judge: Judge
    times: Times
    question: Question
    vectors: dict[bytes, bytes] = field(default_factory=dict)

    def run(self, rules: Rules) -> Neighbourhood:
        look_ups = LookUps(self.connection, self.sources, _labels, _record_id, os.urandom)
        classes, seen = iter(CLASSES), dict[bytes, Candidate]()
        resolving = gather(self.question.points, rules)
        try:
            wanted = next(resolving)
            while True:
                if isinstance(wanted, Compare):
                    with self.times.part("comparing"):
                        weighed = self._weigh(wanted)
                    wanted = resolving.send(weighed)
                    continue
                with self.times.part("labels"):
                    best = look_ups.best(wanted.points, least=next(classes))
                with self.times.part("records"):
                    for row in records.to_compare(self.connection, [one for one in best if one not in seen]):
                        seen[row.id] = self._candidate(row)
                    found = [seen[one] for one in sorted(best)]
                with self.times.part("verdicts"):
                    names = [one[:8] + other[:8] for one, other in combinations(sorted(seen), 2)]
                    list(verdicts.sealed_rows(self.connection, names))
                wanted = resolving.send(Found(found, {}))
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]

    def _candidate(self, row: Any) -> Candidate:
        self.vectors[row.id] = row.evidence[: vector_bytes()]
        return Candidate(row.id, row.source, points_in(row.tokens))

    def _weigh(self, wanted: Compare) -> dict[Pair, Weight]:
        """What the linkage unit does with opened envelopes."""
        names = [*wanted.pivots, *wanted.others]
        held = {QUESTION: self.question.vector, **self.vectors}
        opened = {name: Statement("post", "", name, 1, {1: held[name]}) for name in names}
        rows = self.judge.rows([opened[name] for name in wanted.pivots], list(opened.values()))
        return {
            pair(pivot, name): Weight(row.bits[at] / 2, row.placeless[at] / 2, band in "xd", band == "d")
            for pivot, row in zip(wanted.pivots, rows, strict=True)
            for at, (name, band) in enumerate(zip(names, row.bands, strict=True))
            if name != pivot
        }


def _labels(source: str, points: Sequence[tuple[int, bytes]]) -> list[tuple[bytes, ...]]:
    code = source_code(source)
    return [(point[:15] + code,) for _, point in points]


def _record_id(_source: str, _label: bytes, reference: bytes) -> bytes:
    return reference[:16]
