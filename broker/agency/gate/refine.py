"""Colour refinement (Weisfeiler and Leman) on the graph of records and the labels they share.

    record 1 -- label a (key 4) -- record 2          records 1 and 2 look alike: one colour
    record 3 -- label b (key 4) -- record 4 -- label c (key 7) -- record 5

Whoever holds the labels, knows which belong to one record and has a perfect copy of the people in the clear can at best
tell apart records of different colour. A record with a colour of its own is *structurally unique*: the share of these
bounds every attack that uses the structure alone (see `docs/linkage-gate.md`).

A record's first colour is how many labels it has of each key. In each round a label takes the colours of its records
and a record those of its labels, each together with the key's number, until no class splits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from broker.agency.gate.draws import Bools, Hashes, Ints, mix, stream


@dataclass(frozen=True)
class Edges:
    """The labels of one key: `records[i]` holds the label `values[i]`. A record may hold several, each once."""

    number: int
    records: Ints
    values: Ints


@dataclass(frozen=True)
class Shared:
    """The edges of one key to labels that two records or more hold, which are numbered from 0 and of these sizes."""

    records: Ints
    labels: Ints
    sizes: Ints

    @property
    def top(self) -> int:
        """How many records hold the label that most hold; 1 when none is shared."""
        return int(self.sizes.max()) if len(self.sizes) else 1


@dataclass(frozen=True)
class Graph:
    """One key: how many of its labels each record has (255 stands for more), and those that are shared."""

    number: int
    counts: NDArray[np.uint8]
    shared: Shared


def graph(edges: Edges, *, records: int) -> Graph:
    """The graph of `edges` over `records` records."""
    counts = np.minimum(np.bincount(edges.records, minlength=records), 255).astype(np.uint8)
    return Graph(edges.number, counts, _shared(edges))


def _shared(edges: Edges) -> Shared:
    order = np.argsort(edges.values, kind="stable")
    values, records = edges.values[order], edges.records[order]
    starts = np.flatnonzero(np.append(True, values[1:] != values[:-1])) if len(values) else np.zeros(0, np.int64)
    sizes = np.diff(np.append(starts, len(values)))
    kept = np.repeat(sizes > 1, sizes)
    sizes = sizes[sizes > 1]
    return Shared(records[kept], np.repeat(np.arange(len(sizes)), sizes), sizes)


def unique_records(graphs: Sequence[Graph], *, records: int) -> int:
    """How many of `records` records have a colour of their own. `graphs` has one entry for each key."""
    colour = np.zeros(records, dtype=np.uint64)
    connected = np.zeros(records, dtype=np.bool_)
    for one in graphs:
        colour += mix(one.counts.astype(np.uint64) ^ stream(f"held/{one.number}"))
        connected[one.shared.records] = True
    # Records that share nothing are refined by nothing: what they hold is all their colour will ever say.
    alone = np.count_nonzero(_sizes(colour[~connected]) == 1)
    return int(alone) + _unique_connected(mix(colour[connected]), graphs, connected=connected)


def _unique_connected(colour: Hashes, graphs: Sequence[Graph], *, connected: Bools) -> int:
    place = np.cumsum(connected) - 1
    joined = [(one.number, place[one.shared.records], one.shared) for one in graphs]
    classes = 0
    while (now := len(np.unique(colour))) > classes:
        classes = now
        colour = _refined(colour, joined)
    return int(np.count_nonzero(_sizes(colour) == 1))


def _refined(colour: Hashes, joined: Sequence[tuple[int, Ints, Shared]]) -> Hashes:
    # Sums modulo 2^64 of mixed colours stand for multisets: equal multisets always agree, others but for chance.
    gathered = mix(colour)
    for number, records, shared in joined:
        of_labels = np.zeros(len(shared.sizes), dtype=np.uint64)
        np.add.at(of_labels, shared.labels, mix(colour[records]))
        of_labels = mix(of_labels ^ stream(f"label/{number}"))
        np.add.at(gathered, records, of_labels[shared.labels])
    return gathered


def _sizes(colour: Hashes) -> Ints:
    return np.unique(colour, return_counts=True)[1].astype(np.int64)
