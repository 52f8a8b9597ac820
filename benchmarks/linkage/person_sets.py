"""What questions found, record by record, against the truth; and whether some groups of people are found less."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.linkage.dataset import Codes, DataSet, codes
from benchmarks.linkage.pairs import Score
from benchmarks.linkage.questions import Answer

LEAST_IN_GROUP = 1000
"""A group of records with fewer true pairs says nothing about fairness."""


@dataclass(frozen=True)
class Sets:
    """The person sets of all questions: with what is certain, and with what is probable too."""

    certain: Score
    shown: Score
    wrong: int
    asked: int

    @property
    def wrong_percent(self) -> float:
        return 100 * self.wrong / self.asked if self.asked else 0.0


def person_sets(answers: Sequence[Answer], truth: Codes) -> Sets:
    """Over all questions: how many records were found, right, and there to be found; the asker's own left out."""
    sizes = np.bincount(truth)
    counts = dict.fromkeys(("certain", "right", "shown", "shown_right", "wrong"), 0)
    people = truth.tolist()
    for record, answer in enumerate(answers):
        certain = answer.certain - {record}
        right = sum(people[one] == people[record] for one in certain)
        probable = answer.probable - {record}
        counts["certain"] += len(certain)
        counts["right"] += right
        counts["wrong"] += right < len(certain)
        counts["shown"] += len(certain | probable)
        counts["shown_right"] += sum(people[one] == people[record] for one in certain | probable)
    total = int((sizes * (sizes - 1)).sum())
    return Sets(
        Score(counts["certain"], counts["right"], total),
        Score(counts["shown"], counts["shown_right"], total),
        counts["wrong"],
        len(answers),
    )


def recall_by_group(data: DataSet, answers: Sequence[Answer]) -> dict[str, dict[str, float]]:
    """The recall of person sets by each grouping of the set's records, where there is enough to measure."""
    truth = data.truth()
    people, sizes = truth.tolist(), np.bincount(truth)
    right = np.array([sum(people[one] == people[at] for one in answer.certain - {at})
                      for at, answer in enumerate(answers)])  # fmt: skip
    total = sizes[truth] - 1
    found: dict[str, dict[str, float]] = {}
    for grouping, names in data.about.items():
        numbers, labels = codes(names), list(dict.fromkeys(names))
        rights, totals = np.bincount(numbers, right), np.bincount(numbers, total)
        found[grouping] = {
            label: round(float(rights[at] / totals[at]), 4)
            for at, label in enumerate(labels)
            if totals[at] >= LEAST_IN_GROUP
        }
    return found


def gap(recall: Mapping[str, float]) -> float:
    """The distance between the best and the worst group, in points."""
    return round(100 * (max(recall.values()) - min(recall.values())), 2) if recall else 0.0
