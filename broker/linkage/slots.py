"""Two tables of evidence vectors -> which types of atom agree between the same row of both.

Tables are turned, so that a slot is a row, and slots of one type stand together: a type is compared in one step. Of a
question's few hundred pairs the number of steps is what costs; long tables are taken in pieces.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from broker.tokens import atom_type

Vectors: TypeAlias = npt.NDArray[np.uint64]
Answer: TypeAlias = npt.NDArray[np.bool_]

_AT_ONCE = 1_024
"""Rows of one piece."""


class Pairs:
    """Questions to two tables of vectors, by atom type. Nothing is held of a type that has no slot."""

    def __init__(self, atoms: tuple[str, ...], one: Vectors, other: Vectors) -> None:
        self._plan = _plan(atoms)
        pieces = [slice(start, start + _AT_ONCE) for start in range(0, max(len(one), 1), _AT_ONCE)]
        compared = [_compared(self._plan, one[piece], other[piece]) for piece in pieces]
        self._agree, self._mine, self._theirs = (np.concatenate(some, axis=1) for some in zip(*compared, strict=True))
        self._none = np.zeros(len(one), dtype=np.bool_)

    def both_hold(self, kind: str) -> Answer:
        """Whether both sides hold a value of the type."""
        return self._holds(self._mine, kind) & self._holds(self._theirs, kind)

    def either_holds(self, kind: str) -> Answer:
        """Whether one of the two sides does."""
        return self._holds(self._mine, kind) | self._holds(self._theirs, kind)

    def agree(self, *kinds: str) -> Answer:
        """Whether any value of one of the `kinds` is held by both. Not to be changed in place."""
        known = [self._agree[at] for kind in kinds if (at := self._plan.kinds.get(kind)) is not None]
        if not known:
            return self._none
        found: Answer = known[0] if len(known) == 1 else np.logical_or.reduce(known)
        return found

    def _holds(self, held: Answer, kind: str) -> Answer:
        at = self._plan.kinds.get(kind)
        if at is None:
            return self._none
        start, end = self._plan.spans[at]
        answer: Answer = held[start] if end - start == 1 else np.logical_or.reduce(held[start:end])
        return answer


@dataclass(frozen=True)
class _Plan:
    """How slots are ordered: types with a single slot first. `kinds` numbers the types, `spans` says where each is."""

    order: npt.NDArray[np.intp]
    kinds: Mapping[str, int]
    spans: tuple[tuple[int, int], ...]
    singles: int


@lru_cache(maxsize=8)
def _plan(atoms: tuple[str, ...]) -> _Plan:
    slots: dict[str, list[int]] = {}
    for at, atom in enumerate(atoms):
        slots.setdefault(atom_type(atom), []).append(at)
    kinds = sorted(slots, key=lambda kind: len(slots[kind]) > 1)
    ends = np.cumsum([0, *(len(slots[kind]) for kind in kinds)]).tolist()
    return _Plan(
        order=np.array([at for kind in kinds for at in slots[kind]], dtype=np.intp),
        kinds={kind: at for at, kind in enumerate(kinds)},
        spans=tuple(pairwise(ends)),
        singles=sum(len(some) == 1 for some in slots.values()),
    )


def _compared(plan: _Plan, one: Vectors, other: Vectors) -> tuple[Answer, Answer, Answer]:
    """For every type (a row) whether any of its slots agree; for every slot (a row) whether each side holds it."""
    mine, theirs = one.T[plan.order], other.T[plan.order]
    held = mine != 0
    found = np.empty((len(plan.kinds), len(one)), dtype=np.bool_)
    found[: plan.singles] = (mine[: plan.singles] == theirs[: plan.singles]) & held[: plan.singles]
    for at, (start, end) in enumerate(plan.spans[plan.singles :], start=plan.singles):
        same = mine[start:end, None] == theirs[None, start:end]
        same &= held[start:end, None]
        found[at] = same.any(axis=(0, 1))
    return found, held, theirs != 0
