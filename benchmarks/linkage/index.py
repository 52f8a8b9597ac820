"""Who shares a point: the broker's label index, in memory.

Labels are made for each source, so a hub is a point that more than `hub` records of one source share: it says nothing
about a person, and those records are passed over, as the broker does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.linkage.dataset import Codes
from broker.linkage.compare import Points

Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True, repr=False)
class Index:
    """Records by point, hubs left out. `hubs` counts the labels that were."""

    holders: dict[tuple[int, bytes], list[int]]
    hubs: int

    def near(self, wanted: Sequence[Points], most: int) -> list[int]:
        """The records that share a point with any of `wanted`, those that share most first."""
        hits: Counter[int] = Counter()
        for point in frozenset().union(*wanted):
            hits.update(self.holders.get(point, ()))
        return sorted(hits, key=lambda record: (-hits[record], record))[:most]


def build(points: Sequence[Points], sources: Sequence[str], *, hub: int) -> Index:
    """The index of every record's points."""
    holders: dict[tuple[int, bytes], list[int]] = {}
    for record, held in enumerate(points):
        for point in held:
            holders.setdefault(point, []).append(record)
    hubs = 0
    for point, records in holders.items():
        if len(records) > hub:
            sizes = Counter(sources[record] for record in records)
            hubs += sum(size > hub for size in sizes.values())
            holders[point] = [record for record in records if sizes[sources[record]] <= hub]
    return Index(holders, hubs)


def candidate_pairs(points: Hashes, records: Codes, sources: Codes, *, hub: int) -> tuple[Codes, Codes]:
    """Every pair of records that shares a label, the smaller number first, each pair once.

    `points` and `records` are one entry for each point of each record; `sources` has a number for each record.
    """
    order = np.argsort(points)
    points, records = points[order], records[order]
    starts, sizes = _runs(points)
    if (sizes > hub).any():
        kept = _no_hubs(points, sources[records], large=np.repeat(sizes > hub, sizes), hub=hub)
        points, records = points[kept], records[kept]
        starts, sizes = _runs(points)
    blocks = [_pairs_of(records, starts[sizes == size], int(size)) for size in np.unique(sizes) if size > 1]
    # Sorted and compared: several times faster here than `np.unique`, which hashes.
    packed = np.sort(np.concatenate([*blocks, np.zeros(0, np.uint64)]))
    packed = packed[np.append(True, packed[1:] != packed[:-1])] if len(packed) else packed
    return (packed >> np.uint64(32)).astype(np.int64), (packed & np.uint64(0xFFFFFFFF)).astype(np.int64)


def _no_hubs(points: Hashes, sources: Codes, *, large: npt.NDArray[np.bool_], hub: int) -> npt.NDArray[np.bool_]:
    """Which entries are of no label that more than `hub` records of a source share; only `large` runs are looked at."""
    kept = ~large
    places = np.flatnonzero(large)
    places = places[np.lexsort((sources[places], points[places]))]
    label = np.stack([points[places], sources[places].astype(np.uint64)])
    change = np.append(True, (label[:, 1:] != label[:, :-1]).any(axis=0))
    sizes = np.diff(np.append(np.flatnonzero(change), len(places)))
    kept[places[np.repeat(sizes, sizes) <= hub]] = True
    return kept


def _runs(values: Hashes) -> tuple[Codes, Codes]:
    """Where each run of equal values starts, and how long it is."""
    if not len(values):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    starts = np.flatnonzero(np.append(True, values[1:] != values[:-1]))
    return starts, np.diff(np.append(starts, len(values)))


def _pairs_of(records: Codes, starts: Codes, size: int) -> Hashes:
    block = records[starts[:, None] + np.arange(size)]
    left, right = np.triu_indices(size, 1)
    one, other = block[:, left].ravel(), block[:, right].ravel()
    low, high = np.minimum(one, other).astype(np.uint64), np.maximum(one, other).astype(np.uint64)
    # A record may hold one point through two of its values.
    packed: Hashes = (low << np.uint64(32) | high)[low != high]
    return packed
