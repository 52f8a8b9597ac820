"""Two tables of evidence vectors -> which types of atom agree between the same row of both.

Every comparison of two slots of one type is made at once, on tables turned so that a slot is a row: a question weighs a
few hundred pairs, and there the number of steps is what costs. Long tables are taken in pieces that fit the processor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
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
        self._one, self._other = np.ascontiguousarray(one.T), np.ascontiguousarray(other.T)
        self._agree = _in_pieces(self._plan, self._one, self._other)
        self._none = np.zeros(len(one), dtype=np.bool_)

    def both_hold(self, kind: str) -> Answer:
        """Whether both sides hold a value of the type."""
        return self._holds(self._one, kind) & self._holds(self._other, kind)

    def either_holds(self, kind: str) -> Answer:
        """Whether one of the two sides does."""
        return self._holds(self._one, kind) | self._holds(self._other, kind)

    def agree(self, *kinds: str) -> Answer:
        """Whether any value of one of the `kinds` is held by both. Not to be changed in place."""
        known = [self._agree[at] for kind in kinds if (at := self._plan.kinds.get(kind)) is not None]
        if not known:
            return self._none
        found: Answer = known[0] if len(known) == 1 else np.logical_or.reduce(known)
        return found

    def _holds(self, table: Vectors, kind: str) -> Answer:
        slots = self._plan.slots.get(kind)
        if slots is None:
            return self._none
        held: Answer = table[slots[0]] != 0 if len(slots) == 1 else (table[list(slots)] != 0).any(axis=0)
        return held


@dataclass(frozen=True)
class _Plan:
    """Which slots are compared: those of types with one slot first, then type by type all with all.

    `kinds` is the position of each type's answer, `ends` where each further type begins and ends among the comparisons.
    """

    slots: Mapping[str, tuple[int, ...]]
    kinds: Mapping[str, int]
    mine: npt.NDArray[np.intp]
    theirs: npt.NDArray[np.intp]
    ends: tuple[tuple[int, int], ...]


@lru_cache(maxsize=8)
def _plan(atoms: tuple[str, ...]) -> _Plan:
    slots: dict[str, tuple[int, ...]] = {}
    for at, atom in enumerate(atoms):
        slots[atom_type(atom)] = (*slots.get(atom_type(atom), ()), at)
    kinds = sorted(slots, key=lambda kind: len(slots[kind]) > 1)
    both = [(mine, theirs) for kind in kinds for mine in slots[kind] for theirs in slots[kind]]
    sizes = [len(slots[kind]) ** 2 for kind in kinds]
    ends = [(sum(sizes[:at]), sum(sizes[: at + 1])) for at, size in enumerate(sizes) if size > 1]
    mine, theirs = (np.array([two[side] for two in both], dtype=np.intp) for side in (0, 1))
    return _Plan(slots, {kind: at for at, kind in enumerate(kinds)}, mine, theirs, tuple(ends))


def _in_pieces(plan: _Plan, one: Vectors, other: Vectors) -> Answer:
    rows = one.shape[1]
    if rows <= _AT_ONCE:
        return _agreeing(plan, one, other)
    pieces = [slice(start, start + _AT_ONCE) for start in range(0, rows, _AT_ONCE)]
    return np.concatenate([_agreeing(plan, one[:, piece], other[:, piece]) for piece in pieces], axis=1)


def _agreeing(plan: _Plan, one: Vectors, other: Vectors) -> Answer:
    """For every type (a row) whether any of its slots agree, in the order of `plan.kinds`."""
    mine = one[plan.mine]
    same = mine == other[plan.theirs]
    same &= mine != 0
    singles = len(plan.kinds) - len(plan.ends)
    found = np.empty((len(plan.kinds), one.shape[1]), dtype=np.bool_)
    found[:singles] = same[:singles]
    for at, (start, end) in enumerate(plan.ends, start=singles):
        same[start:end].any(axis=0, out=found[at])
    return found
