"""Opened evidence and the match model -> weights and bands. Pure; what it is given lives for one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from broker.linkage.levels import FIELDS, Vectors, levels, vectors_of
from broker.linkage.model import Model
from broker.linkage.strangers import tell
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
        """Every pivot with each of the others, all at once; None is an unusable one."""
        theirs = self._vectors([one for one in others if one is not None])
        mine = self._vectors(pivots)
        count = len(theirs)
        one, other = np.repeat(mine, count, axis=0), np.tile(theirs, (len(mine), 1))
        told = tell(self.scheme, self.model, one=one, other=other)
        bands = [
            (SLIP if slip else CONFLICT) if apart else _LETTERS[self.model.band(weight)]
            for weight, apart, slip in zip(told.bits.tolist(), told.conflict.tolist(), told.slip.tolist(), strict=True)
        ]
        halves = ((2 * weights).astype(int).tolist() for weights in (told.bits, told.placeless))
        cells = list(zip(*halves, bands, told.stranger.tolist(), strict=True))
        return [_spread(cells[at * count : (at + 1) * count], others) for at in range(len(mine))]

    def letters(self, pivot: Statement, others: Sequence[Statement]) -> list[str]:
        """How far each field of `pivot` agrees with each of the others: a letter a field, `a` for level 0."""
        mine = np.repeat(self._vectors([pivot]), len(others), axis=0)
        found = levels(self.scheme, mine, self._vectors(others))
        return ["".join(chr(97 + level) for level in row) for row in found.tolist()]

    def fields(self, one: Statement, other: Statement) -> dict[str, str]:
        """How far each field of one pair agrees, in the model's words."""
        [row] = levels(self.scheme, self._vectors([one]), self._vectors([other]))
        return {name: words[level] for (name, words), level in zip(FIELDS.items(), row.tolist(), strict=True)}

    def _vectors(self, statements: Sequence[Statement]) -> Vectors:
        return vectors_of([one.vector for one in statements], len(self.scheme.atoms))


def _spread(cells: Sequence[tuple[int, int, str, bool]], others: Sequence[Statement | None]) -> Rows:
    """The cells of the usable others, in the places of all."""
    usable = iter(cells)
    spread = [(0, 0, UNUSABLE, False) if other is None else next(usable) for other in others]
    return Rows(
        bits=tuple(cell[0] for cell in spread),
        placeless=tuple(cell[1] for cell in spread),
        bands="".join(cell[2] for cell in spread),
        strangers=tuple(cell[3] for cell in spread),
    )
