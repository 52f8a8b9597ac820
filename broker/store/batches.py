"""What got its places in one commit, with every hash that proves it: who asks at once needs no database for it.

A batch is told of only after its commit, and each of its entries is taken once: whoever asks again, or late, reads the
log as it is stored. So nothing is remembered that a write that failed could have spoilt.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from threading import Lock

from broker.audit import tree
from broker.audit.proof import Proven, proven
from broker.audit.tree import Nodes
from broker.errors import Untrusted

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
    ready: dict[bytes, Proven] = field(default_factory=dict, repr=False)

    def holds(self, asked: Sequence[Sequence[bytes]]) -> bool:
        """Whether all these entries are among its own."""
        return all(entry in self.places for entries in asked for entry in entries)

    def proven(self, entries: Sequence[bytes]) -> list[Proven]:
        """The leaves of `entries` and their proofs. Raises `Untrusted` when one does not lead to the root."""
        if all(entry in self.ready for entry in entries):
            made = {entry: self.ready.pop(entry) for entry in set(entries)}
            return [made[entry] for entry in entries]
        places = [self.places[entry] for entry in entries]
        paths = tree.inclusion_proofs({index for index, _ in places}, self.size, nodes=self.nodes, root=self.root)
        return [proven(index, leaf, paths[index], note=self.note) for index, leaf in places]

    def prepare(self, entries: Sequence[bytes]) -> None:
        """Makes the proofs of `entries` at once, so that a thread that wakes up has only to take its own."""
        self.ready.update(zip(entries, self.proven(entries), strict=True))

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

    def prepare(self, entries: Sequence[bytes]) -> None:
        """Proves `entries` of a batch just added, for those who are about to take them."""
        with self._taking:
            batch = next((batch for batch, _ in reversed(self._lately) if batch.holds([entries])), None)
        if batch is not None:
            # Whoever takes them is told that the log is damaged.
            with suppress(Untrusted):
                batch.prepare(entries)

    def take(self, entries: Sequence[bytes]) -> Batch | None:
        """The batch of these entries, if it is one and was just signed; it is told of them once."""
        wanted = set(entries)
        with self._taking:
            for batch, untold in reversed(self._lately):
                if wanted and wanted <= untold:
                    untold -= wanted
                    return batch
        return None
