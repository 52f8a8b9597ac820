"""Asks about records one by one, with the very resolving that the broker runs (`broker.linkage.resolve.gather`).

The generator says what it wants looked up and compared; here it is fed from an index and a table in memory. Many
questions go side by side, so that the comparisons of all of them are one call of numpy; each is answered as if alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.linkage.index import Index
from benchmarks.linkage.weighing import Judge
from broker.actions.look_up import CANDIDATES
from broker.linkage.compare import Candidate, Points
from broker.linkage.resolve import Neighbourhood, Rules, gather
from broker.linkage.steps import QUESTION, Compare, Found, LookUp, Weight, pair

SIDE_BY_SIDE = 2000


@dataclass(frozen=True)
class Answer:
    """The records found for one question, by band."""

    certain: frozenset[int]
    probable: frozenset[int]


@dataclass(frozen=True, repr=False)
class Records:
    """The posted records and what resolving needs of them. Row `at` of the judge's table is record `at`."""

    candidates: Sequence[Candidate]
    index: Index
    judge: Judge
    rules: Rules


@dataclass
class _Asked:
    """One question under way: the row of its own evidence, its generator and what it wants next."""

    row: int
    going: Any = field(repr=False)
    wants: Any = None
    answer: Neighbourhood | None = None

    def send(self, value: Any) -> None:
        try:
            self.wants = self.going.send(value)
        except StopIteration as done:
            self.wants, self.answer = None, done.value


def candidates_of(points: Sequence[Points], sources: Sequence[str]) -> list[Candidate]:
    """The records as the broker knows them; an id is the record's number."""
    return [Candidate(at.to_bytes(8, "big"), sources[at], held) for at, held in enumerate(points)]


def ask_all(
    records: Records, questions: Sequence[tuple[int, Points]], *, step: Callable[[int], None] | None = None
) -> Iterator[Answer]:
    """The answer to each question, in order. A question is the row of its evidence in the judge's table and its points.

    `step` is told how many more have been answered.
    """
    for start in range(0, len(questions), SIDE_BY_SIDE):
        asked = [_Asked(row, gather(points, records.rules)) for row, points in questions[start : start + SIDE_BY_SIDE]]
        for one in asked:
            one.send(None)
        while any(one.wants is not None for one in asked):
            _feed(records, [one for one in asked if one.wants is not None])
        for one in asked:
            yield _answer(one.answer)
        if step is not None:
            step(len(asked))


def _feed(records: Records, waiting: Sequence[_Asked]) -> None:
    for one in waiting:
        if isinstance(one.wants, LookUp):
            near = records.index.near(one.wants.points, CANDIDATES)
            one.send(Found([records.candidates[at] for at in near], {}))
    comparing = [one for one in waiting if isinstance(one.wants, Compare)]
    wanted = [_pairs(one.wants) for one in comparing]
    rows = [[_row(one, name) for name in two] for one, some in zip(comparing, wanted, strict=True) for two in some]
    table = np.array(rows, dtype=np.int64).reshape(-1, 2)
    weighed = iter(zip(*(column.tolist() for column in records.judge.weigh_both(table[:, 0], table[:, 1])),
                       strict=True))  # fmt: skip
    for one, some in zip(comparing, wanted, strict=True):
        one.send({pair(*two): Weight(*next(weighed)) for two in some})


def _pairs(wanted: Compare) -> list[tuple[bytes, bytes]]:
    """Every pivot with every other envelope of the call, each pair once."""
    pivots = list(wanted.pivots)
    among = [(one, other) for at, one in enumerate(pivots) for other in pivots[at + 1 :]]
    return among + [(one, other) for one in pivots for other in wanted.others]


def _row(asked: _Asked, name: bytes) -> int:
    return asked.row if name == QUESTION else int.from_bytes(name, "big")


def _answer(found: Neighbourhood | None) -> Answer:
    assert found is not None
    bands: dict[str, set[int]] = {"certain": set(), "probable": set()}
    for candidate, band in found.person().members:
        bands[band].add(int.from_bytes(candidate.id, "big"))
    return Answer(frozenset(bands["certain"]), frozenset(bands["probable"]))
