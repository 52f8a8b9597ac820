"""Opened evidence and the match model -> weights and bands. Pure; what it is given lives for one call.

A pair is compared under the newest epoch of the evidence key that both sides hold. Of a pair that holds none in common
nothing is known: it is unusable, like an envelope that can't be opened, and never a disagreement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from broker.linkage.levels import FIELDS, SLOT_BYTES, Answer, Levels, Vectors, levels, vectors_of
from broker.linkage.model import Model
from broker.linkage.strangers import tell
from broker.linkage.waterfall import Waterfall, waterfall
from broker.linkunit.envelopes import Statement
from broker.tokens import Scheme

UNUSABLE = "u"
CONFLICT = "x"
SLIP = "d"
_LETTERS = {"certain": "c", "probable": "p", "below": "b"}


@dataclass(frozen=True)
class Rows:
    """One pivot against each of the others: weights in half bits, with and without the address, bands, and whether they
    are strangers (`linkage.strangers`)."""

    bits: tuple[int, ...]
    placeless: tuple[int, ...]
    bands: str
    strangers: tuple[bool, ...]


@dataclass(frozen=True)
class Judge:
    """Compares evidence of one scheme under one model."""

    scheme: Scheme
    model: Model

    def rows(self, pivots: Sequence[Statement], others: Sequence[Statement | None]) -> list[Rows]:
        """Every pivot with each of the others, all at once; None is an unusable one.

        What stands in several places, as what fills a call up does, is weighed once.
        """
        usable = {id(one): one for one in others if one is not None}
        count = len(usable)
        one, other, common = self._crossed(pivots, list(usable.values()))
        told = tell(self.scheme, self.model, one=one, other=other)
        bands = [
            (SLIP if slip else CONFLICT) if apart else _LETTERS[self.model.band(weight)]
            for weight, apart, slip in zip(told.bits.tolist(), told.conflict.tolist(), told.slip.tolist(), strict=True)
        ]
        halves = ((2 * weights).astype(int).tolist() for weights in (told.bits, told.placeless))
        made = zip(*halves, bands, told.stranger.tolist(), strict=True)
        cells = [cell if both else _NOTHING for cell, both in zip(made, common.tolist(), strict=True)]
        of_pivots = [dict(zip(usable, cells[at * count :], strict=False)) for at in range(len(pivots))]
        return [_spread(of_pivot, others) for of_pivot in of_pivots]

    def letters(self, pivot: Statement, others: Sequence[Statement]) -> list[str]:
        """How far each field of `pivot` agrees with each of the others: a letter a field, `a` for level 0."""
        one, other, _ = self._crossed([pivot], others)
        found = levels(self.scheme, one, other)
        return ["".join(chr(97 + level) for level in row) for row in found.tolist()]

    def fields(self, one: Statement, other: Statement) -> dict[str, str]:
        """How far each field of one pair agrees, in the model's words."""
        row = self._levels(one, other).tolist()
        return {name: words[level] for (name, words), level in zip(FIELDS.items(), row, strict=True)}

    def waterfall(self, one: Statement, other: Statement) -> Waterfall:
        """What each field of one pair adds to its weight."""
        return waterfall(self.model, self._levels(one, other))

    def _levels(self, one: Statement, other: Statement) -> Levels:
        mine, theirs, _ = self._crossed([one], [other])
        found: Levels = levels(self.scheme, mine, theirs)[0]
        return found

    def _crossed(self, mine: Sequence[Statement], theirs: Sequence[Statement]) -> tuple[Vectors, Vectors, Answer]:
        """The vectors of each of `mine` with each of `theirs`, and whether both hold one under the same epoch.

        Where they do not, slots are empty; where they hold two, the newest counts.
        """
        pairs, slots = len(mine) * len(theirs), len(self.scheme.atoms)
        one, other = np.zeros((pairs, slots), dtype=np.uint64), np.zeros((pairs, slots), dtype=np.uint64)
        common = np.zeros(pairs, dtype=np.bool_)
        for epoch in sorted({epoch for side in (mine, theirs) for statement in side for epoch in statement.vectors}):
            (left, held), (right, held_too) = self._under(epoch, mine), self._under(epoch, theirs)
            both = np.repeat(held, len(theirs)) & np.tile(held_too, len(mine))
            one[both] = np.repeat(left, len(theirs), axis=0)[both]
            other[both] = np.tile(right, (len(mine), 1))[both]
            common |= both
        return one, other, common

    def _under(self, epoch: int, some: Sequence[Statement]) -> tuple[Vectors, Answer]:
        """The vectors of one epoch, empty slots where it is not held, and where it is."""
        empty = bytes(SLOT_BYTES * len(self.scheme.atoms))
        vectors = vectors_of([one.vectors.get(epoch, empty) for one in some], len(self.scheme.atoms))
        return vectors, np.array([epoch in one.vectors for one in some], dtype=np.bool_)


_NOTHING = (0, 0, UNUSABLE, False)


def _spread(cells: Mapping[int, tuple[int, int, str, bool]], others: Sequence[Statement | None]) -> Rows:
    """The cells of the usable others, by which object each is, in the places of all."""
    spread = [_NOTHING if other is None else cells[id(other)] for other in others]
    return Rows(
        bits=tuple(cell[0] for cell in spread),
        placeless=tuple(cell[1] for cell in spread),
        bands="".join(cell[2] for cell in spread),
        strangers=tuple(cell[3] for cell in spread),
    )
