"""Connected components: how Splink makes clusters, and the first cut of our groups."""

from __future__ import annotations

import numpy as np

from benchmarks.linkage.dataset import Codes
from benchmarks.linkage.groups import Grouping, measure
from benchmarks.linkage.pairs import Pairs


def components(one: Codes, other: Codes, *, records: int) -> Codes:
    """The smallest record of each record's component.

    Every record takes the least label of its neighbours, and labels jump to their label's label, until nothing changes.
    """
    labels = np.arange(records)
    while True:
        least = np.minimum(labels[one], labels[other])
        found = labels.copy()
        # The labels themselves are linked too, so that a whole tree follows its root.
        for ends in (labels[one], labels[other]):
            np.minimum.at(found, ends, least)
        while (found[found] != found).any():
            found = found[found]
        if (found == labels).all():
            return labels
        labels = found


def clusters(pairs: Pairs, least: float, *, records: int) -> Codes:
    """The components over pairs of `least` bits and more."""
    chosen = pairs.where(pairs.bits >= least)
    return components(chosen.one, chosen.other, records=records)


def best_clusters(pairs: Pairs, truth: Codes, thresholds: list[float]) -> tuple[Grouping, float]:
    """The clusters of the threshold (bits) that labels would choose, by F1 over pairs."""
    tried = [(measure(clusters(pairs, least, records=len(truth)), truth), least) for least in thresholds]
    return max(tried, key=lambda one: one[0].pairs.f1)
