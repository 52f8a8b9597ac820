"""What got its places in one commit, with every hash that proves it: who asks at once needs no database for it.

A batch is told of only after its commit, and each of its entries is taken once: whoever asks again, or late, reads the
log as it is stored. So nothing is remembered that a write that failed could have spoilt.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock

from broker.audit import tree
from broker.audit.tree import Nodes

_KEPT = 16
"""Batches that are kept for those who are about to ask."""


@dataclass(frozen=True, eq=False)
class Batch:
    """The leaves from `first` up to `size`, by the ids of their entries: (index, leaf).

    `nodes` are the new ones and those on the right edge of the tree before; `note` is the signed checkpoint.
    """

    first: int
    size: int
    places: Mapping[bytes, tuple[int, bytes]] = field(repr=False)
    nodes: Nodes = field(repr=False)
    root: bytes = b""
    note: str = ""

    def holds(self, asked: Sequence[Sequence[bytes]]) -> bool:
        """Whether all these entries are among its own."""
        return all(entry in self.places for entries in asked for entry in entries)

    def signed(self, root: bytes, note: str) -> Batch:
        """The same under a signed checkpoint."""
        return replace(self, root=root, note=note)


def grown(size: int, waiting: Sequence[tuple[bytes, bytes]], edge: Nodes) -> tuple[Batch, dict[tuple[int, int], bytes]]:
    """The batch that (id, leaf) make at the end of a tree of `size`, whose right edge is `edge`; and its new nodes."""
    # Of the bytes as they are stored: a bit that flipped on their way can't part a leaf from its hash.
    nodes = tree.append(size, [tree.leaf_hash(leaf) for _, leaf in waiting], nodes=edge)
    places = {entry_id: (index, leaf) for index, (entry_id, leaf) in enumerate(waiting, size)}
    return Batch(size, size + len(waiting), places, tree.over(nodes, edge)), nodes


class Batches:
    """The last batches of a process that were signed."""

    def __init__(self) -> None:
        self._lately: deque[tuple[Batch, set[bytes]]] = deque(maxlen=_KEPT)
        self._taking = Lock()

    def add(self, batch: Batch) -> None:
        """Keeps a batch whose commit is durable."""
        if batch.note:
            with self._taking:
                self._lately.append((batch, set(batch.places)))

    def take(self, entries: Sequence[bytes]) -> Batch | None:
        """The batch of these entries, if it is one and was just signed; it is told of them once."""
        wanted = set(entries)
        with self._taking:
            for batch, untold in reversed(self._lately):
                if wanted and wanted <= untold:
                    untold -= wanted
                    return batch
        return None
