"""Pairs of records: precision, recall and F1, at one threshold and at the best one.

A pair is two record numbers, the smaller first, each pair once. `truth` gives the person of every record.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from benchmarks.linkage.dataset import Codes

Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Score:
    """How many were found, how many of those are right, how many there are to find."""

    found: int
    right: int
    all: int

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.all if self.all else 1.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def figures(self) -> dict[str, float]:
        """For the JSON of the last line."""
        return {name: round(getattr(self, name), 4) for name in ("precision", "recall", "f1")}


@dataclass(frozen=True)
class Pairs:
    """Candidate pairs with the bits that one side gives them, and those that are held back as conflicts."""

    one: Codes
    other: Codes
    bits: Floats
    conflict: Bools

    def where(self, chosen: Bools | Codes) -> Pairs:
        """The chosen pairs."""
        return Pairs(self.one[chosen], self.other[chosen], self.bits[chosen], self.conflict[chosen])

    def right(self, truth: Codes) -> Bools:
        """Whether both records are truly the same person's."""
        same: Bools = truth[self.one] == truth[self.other]
        return same


def true_pairs(truth: Codes) -> int:
    """How many pairs of records there are of the same person."""
    sizes = np.bincount(truth)
    return int((sizes * (sizes - 1) // 2).sum())


def at_threshold(pairs: Pairs, truth: Codes, least: float) -> Score:
    """The score of the pairs of `least` bits and more that are no conflicts."""
    chosen = (pairs.bits >= least) & ~pairs.conflict
    return Score(int(chosen.sum()), int(pairs.right(truth)[chosen].sum()), true_pairs(truth))


def best(pairs: Pairs, truth: Codes) -> tuple[Score, float]:
    """The score at the threshold that labels would choose, and that threshold in bits."""
    clean = pairs.where(~pairs.conflict)
    if not len(clean.bits):
        return Score(0, 0, true_pairs(truth)), 0.0
    order = np.argsort(-clean.bits, kind="stable")
    bits, right = clean.bits[order], np.cumsum(clean.right(truth)[order])
    found = np.arange(1, len(bits) + 1)
    # Pairs of equal bits stand or fall together.
    last = np.append(bits[1:] != bits[:-1], True)
    total = true_pairs(truth)
    f1 = np.where(last, 2 * right / (found + total), 0.0)
    at = int(np.argmax(f1))
    return Score(int(found[at]), int(right[at]), total), float(bits[at])


def bits_of(probability: float) -> float:
    """Log2 odds of a match probability."""
    return float(np.log2(probability / (1 - probability)))


def probability_of(bits: Floats) -> Floats:
    """The match probability that bits of log2 odds state."""
    stated: Floats = 1 / (1 + np.exp2(-np.clip(bits, -60, 60)))
    return stated
