"""How the weight of one pair comes about: what each field adds to it, so that all of them together are the weight.

What a field adds depends on what is known already: after a surname that agrees, a forename that differs speaks for a
twin. So each field gets what it adds on average over all orders in which the fields may be looked at (Shapley 1953),
which depends on no order and sums up exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

import numpy as np

from broker.linkage.levels import FIELDS, Levels, conflicts, without_numbers_apart
from broker.linkage.model import Bits, Model


@dataclass(frozen=True)
class Waterfall:
    """Bits: what is known of two records before they are compared, and what each field adds, in the order of `FIELDS`.

    Their sum is the weight before it is rounded and kept in its bounds. What is not held adds nothing.
    """

    before: float
    added: tuple[float, ...]


def waterfall(model: Model, found: Levels) -> Waterfall:
    """Of one pair, a row of levels."""
    row = without_numbers_apart(found[np.newaxis], conflicts(found[np.newaxis]))[0]
    held = np.flatnonzero(row)
    some = np.arange(1 << len(held))[:, np.newaxis] >> np.arange(len(held)) & 1
    rows = np.zeros((len(some), len(FIELDS)), dtype=np.uint8)
    rows[:, held] = some * row[held]
    bits = model.slope * model.scores(rows)
    added = np.zeros(len(FIELDS))
    for at, column in enumerate(held):
        added[column] = _average(bits, some, at)
    return Waterfall(float(bits[0]), tuple(added.tolist()))


def _average(bits: Bits, some: np.ndarray[tuple[int, ...], np.dtype[np.int64]], at: int) -> float:
    """What the field at a place adds to the fields of every set without it, each order counting alike."""
    fields = some.shape[1]
    without = np.flatnonzero(some[:, at] == 0)
    share = np.array([1 / (fields * comb(fields - 1, size)) for size in range(fields)])
    gained = bits[without | 1 << at] - bits[without]
    return float((gained * share[some[without].sum(axis=1)]).sum())
