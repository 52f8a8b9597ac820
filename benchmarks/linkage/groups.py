"""Groups of records: pairs inside them, B-cubed, and groups that mix people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.linkage.dataset import Codes
from benchmarks.linkage.pairs import Score, true_pairs


@dataclass(frozen=True)
class Grouping:
    """How well a division into groups fits the people."""

    pairs: Score
    bcubed_precision: float
    bcubed_recall: float
    mixed: int
    people: int
    whole: int

    @property
    def bcubed(self) -> float:
        both = self.bcubed_precision + self.bcubed_recall
        return 2 * self.bcubed_precision * self.bcubed_recall / both if both else 0.0

    @property
    def mixed_per_thousand(self) -> float:
        return 1000 * self.mixed / self.people if self.people else 0.0

    def figures(self) -> dict[str, float]:
        """For the JSON of the last line."""
        return {
            **self.pairs.figures(),
            "bcubed_f1": round(self.bcubed, 4),
            "mixed_groups_per_1000_people": round(self.mixed_per_thousand, 2),
            "whole_people": round(self.whole / self.people, 4) if self.people else 1.0,
        }


def measure(groups: Codes, truth: Codes) -> Grouping:
    """The fit of `groups` (a number for each record) to `truth`.

    A group is mixed when it has records of more than one person; a person is whole when their records are one group
    and nobody else's. B-cubed: Bagga and Baldwin 1998, the mean over records.
    """
    groups = np.unique(groups, return_inverse=True)[1]
    cells, counts = np.unique(np.stack([groups, truth]), axis=1, return_counts=True)
    group_sizes, person_sizes = np.bincount(groups), np.bincount(truth)
    right = int((counts * (counts - 1) // 2).sum())
    found = int((group_sizes * (group_sizes - 1) // 2).sum())
    squares = counts.astype(np.float64) ** 2
    people_in = np.bincount(cells[0], minlength=len(group_sizes))
    whole = (counts == group_sizes[cells[0]]) & (counts == person_sizes[cells[1]])
    return Grouping(
        pairs=Score(found, right, true_pairs(truth)),
        bcubed_precision=float((squares / group_sizes[cells[0]]).sum() / len(groups)),
        bcubed_recall=float((squares / person_sizes[cells[1]]).sum() / len(groups)),
        mixed=int((people_in > 1).sum()),
        people=int((person_sizes > 0).sum()),
        whole=int(whole.sum()),
    )
