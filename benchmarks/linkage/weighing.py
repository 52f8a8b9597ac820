"""The match model over many pairs of stand-in vectors, in pieces that fit the processor's cache."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from benchmarks.linkage.dataset import Codes
from benchmarks.linkage.encode import Vectors
from benchmarks.linkage.pairs import Bools, Floats
from broker.linkage.levels import Levels, levels
from broker.linkage.model import Model
from broker.linkage.strangers import tell
from broker.tokens import Scheme

_PIECE = 1 << 14


@dataclass(frozen=True)
class Judge:
    """Weighs pairs of rows of one table of vectors."""

    scheme: Scheme
    model: Model
    vectors: Vectors = field(repr=False)

    def weigh(self, one: Codes, other: Codes) -> tuple[Floats, Bools]:
        """The bits of each pair of rows, and whether it is a conflict; every core takes pieces."""
        bits, conflict = np.zeros(len(one)), np.zeros(len(one), dtype=np.bool_)

        def weigh_piece(start: int) -> None:
            piece = slice(start, start + _PIECE)
            bits[piece], conflict[piece] = self.model.weigh(self._levels(one[piece], other[piece]))

        with ThreadPoolExecutor(os.cpu_count()) as threads:
            list(threads.map(weigh_piece, range(0, len(one), _PIECE)))
        return bits, conflict

    def weigh_both(self, one: Codes, other: Codes) -> tuple[Floats, Floats, Bools, Bools]:
        """The bits with addresses, as if nobody had one, the conflicts, and those of birthdays alone, of not too many
        pairs, as the unit says."""
        told = tell(self.scheme, self.model, one=self.vectors[one], other=self.vectors[other])
        return told.bits, told.placeless, told.conflict, told.slip

    def _levels(self, one: Codes, other: Codes) -> Levels:
        # Column by column in memory: every level looks at a slot of all pairs.
        return levels(self.scheme, np.asfortranarray(self.vectors[one]), np.asfortranarray(self.vectors[other]))
