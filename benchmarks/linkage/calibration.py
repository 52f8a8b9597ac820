"""Whether what is stated comes true: of the pairs said to be 80 % sure, 80 % should be right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.linkage.pairs import Bools, Floats

BINS = 10


@dataclass(frozen=True)
class Calibration:
    """`error` is the mean distance of stated and true share, weighted by pairs; `sure_right` of those 99 % sure.

    `curve` has for each bin that holds pairs: the mean stated probability, the share that is right, how many.
    """

    error: float
    sure: int
    sure_right: float
    curve: tuple[tuple[float, float, int], ...]

    def figures(self) -> dict[str, object]:
        """For the JSON of the last line."""
        return {
            "error": round(self.error, 4),
            "sure_pairs": self.sure,
            "sure_right": round(self.sure_right, 4),
            "curve": [(round(stated, 4), round(right, 4), pairs) for stated, right, pairs in self.curve],
        }


def measure(stated: Floats, right: Bools) -> Calibration:
    """The calibration of the `stated` probabilities of pairs, in ten bins of equal width (Guo et al. 2017)."""
    bins = np.minimum((stated * BINS).astype(np.int64), BINS - 1)
    counts = np.bincount(bins, minlength=BINS)
    sums, rights = np.bincount(bins, stated, BINS), np.bincount(bins, right.astype(np.float64), BINS)
    held = counts > 0
    curve = tuple(
        (float(sums[at] / counts[at]), float(rights[at] / counts[at]), int(counts[at])) for at in np.flatnonzero(held)
    )
    error = float(np.abs(sums - rights).sum() / len(stated)) if len(stated) else 0.0
    sure = stated >= 0.99
    return Calibration(error, int(sure.sum()), float(right[sure].mean()) if sure.any() else 1.0, curve)
