"""A whole population in one pass: labels -> pairs -> weights -> groups, in arrays, for measuring and programme counts.

    pairs      records that share a label, hubs passed over
    weights    of those pairs, and of every other pair of a cluster that links hold together
    groups     mean-link (`meanlink`), which most clusters need not be asked about one merge at a time

A cluster in which no pair is a conflict and none is below `mean` is one group whatever the order of merging; only the
others are worked through one by one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from broker.linkage.levels import Answer
from broker.linkage.meanlink import MOST, mean_link
from broker.linkage.model import Bits, Bounds
from broker.linkage.steps import Pair, Weight

Numbers: TypeAlias = npt.NDArray[np.int64]
Weigher: TypeAlias = Callable[[Numbers], tuple[Bits, Answer]]
"""Pairs (n, 2) of record positions -> their bits, and whether each is a conflict."""

HUB = 50
LARGEST = 64
"""Clusters of more records are not completed: what is missing then counts neither way."""


def candidate_pairs(labels: npt.NDArray[np.uint64], records: Numbers, *, hub: int = HUB) -> Numbers:
    """The pairs (n, 2), smaller position first, of records that share a label with at most `hub` others."""
    order = np.lexsort((records, labels))
    labels, records = labels[order], records[order]
    starts = np.flatnonzero(np.r_[True, labels[1:] != labels[:-1]])
    sizes = np.diff(np.r_[starts, len(labels)])
    size_of, place = np.repeat(sizes, sizes), np.arange(len(labels)) - np.repeat(starts, sizes)
    usable = size_of <= hub
    found = []
    for step in range(1, int(sizes[sizes <= hub].max(initial=1))):
        first = np.flatnonzero(usable & (place + step < size_of))
        found.append(np.stack((records[first], records[first + step]), axis=1))
    return unique_pairs(np.concatenate(found)) if found else np.zeros((0, 2), dtype=np.int64)


def unique_pairs(pairs: Numbers) -> Numbers:
    """Each pair once, smaller position first, sorted; no pair of a record with itself."""
    low, high = pairs.min(axis=1), pairs.max(axis=1)
    width = int(high.max(initial=0)) + 1
    codes = np.unique(low[low != high] * width + high[low != high])
    return np.stack((codes // width, codes % width), axis=1)


def partition(count: int, pairs: Numbers, weigh: Weigher, *, bounds: Bounds) -> Numbers:
    """The group of each of `count` records: the position of its first member."""
    bits, conflict = weigh(pairs)
    clusters = _clusters(count, pairs[(bits >= bounds.certain) & ~conflict])
    missing = _missing(clusters, pairs)
    more, apart = weigh(missing)
    pairs, bits = np.concatenate((pairs, missing)), np.concatenate((bits, more))
    conflict = np.concatenate((conflict, apart))
    inside = clusters[pairs[:, 0]] == clusters[pairs[:, 1]]
    pairs, bits, conflict = pairs[inside], bits[inside], conflict[inside]
    doubtful = np.unique(clusters[pairs[:, 0]][conflict | (bits < bounds.mean)])
    return _worked_through(clusters, doubtful, pairs, (bits, conflict), bounds)


def _clusters(count: int, links: Numbers) -> Numbers:
    """The least record that links lead to from each record."""
    home = np.arange(count, dtype=np.int64)
    while True:
        before = home.copy()
        least = np.minimum(home[links[:, 0]], home[links[:, 1]])
        np.minimum.at(home, links[:, 0], least)
        np.minimum.at(home, links[:, 1], least)
        np.minimum.at(home, before[links[:, 0]], least)
        np.minimum.at(home, before[links[:, 1]], least)
        home = home[home]
        if np.array_equal(home, before):
            return home


def _missing(clusters: Numbers, pairs: Numbers) -> Numbers:
    """The pairs of each cluster of 3 to `LARGEST` records that are not among `pairs`."""
    order = np.argsort(clusters, kind="stable")
    _, starts, sizes = np.unique(clusters[order], return_index=True, return_counts=True)
    found = [np.zeros((0, 2), dtype=np.int64)]
    for size in np.unique(sizes[(sizes > 2) & (sizes <= LARGEST)]):
        first, second = np.triu_indices(int(size), k=1)
        begin = starts[sizes == size]
        members = order[begin[:, None] + np.arange(size)]
        found.append(np.stack((members[:, first].ravel(), members[:, second].ravel()), axis=1))
    every = np.concatenate(found)
    if not len(every):
        return every
    every = unique_pairs(every)
    width = len(clusters)
    return every[~np.isin(every[:, 0] * width + every[:, 1], pairs[:, 0] * width + pairs[:, 1])]


def _worked_through(
    clusters: Numbers, doubtful: Numbers, pairs: Numbers, weighed: tuple[Bits, Answer], bounds: Bounds
) -> Numbers:
    """The clusters, those that are `doubtful` taken apart by mean-link."""
    bits, conflict = weighed
    groups = clusters.copy()
    of = np.isin(clusters[pairs[:, 0]], doubtful)
    weights: dict[int, dict[Pair, Weight]] = defaultdict(dict)
    for (one, other), worth, apart in zip(pairs[of].tolist(), bits[of].tolist(), conflict[of].tolist(), strict=True):
        two = frozenset((_name(one), _name(other)))
        weights[int(clusters[one])][two] = Weight(min(max(worth, -MOST), MOST), 0.0, apart)
    for cluster, inside in weights.items():
        nodes = sorted({node for two in inside for node in two} | {_name(cluster)})
        for group in mean_link(nodes, inside, link=bounds.certain, mean=bounds.mean):
            groups[[int.from_bytes(node, "big") for node in group]] = int.from_bytes(group[0], "big")
    return groups


def _name(record: int) -> bytes:
    return record.to_bytes(8, "big")
