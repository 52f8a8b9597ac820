"""Welch's t of two samples, as dudect takes it: past 4.5 the two are told apart by more than chance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

LIMIT = 4.5


def welch(one: Sequence[float], other: Sequence[float]) -> float:
    """The t statistic of two samples of unequal variance (Welch 1947); 0 when neither varies and both are equal."""
    means, spreads = [], []
    for sample in (one, other):
        mean = sum(sample) / len(sample)
        means.append(mean)
        spreads.append(sum((value - mean) ** 2 for value in sample) / (len(sample) - 1) / len(sample))
    spread = math.sqrt(sum(spreads))
    if spread == 0:
        return 0.0 if means[0] == means[1] else math.inf
    return (means[0] - means[1]) / spread


def apart(samples: dict[str, list[float]]) -> dict[str, float]:
    """The t of each pair of kinds."""
    return {
        f"{one} / {other}": round(welch(samples[one], samples[other]), 2) for one, other in combinations(samples, 2)
    }
