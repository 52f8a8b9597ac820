"""The Merkle tree of RFC 6962 section 2.1, over stored complete subtrees.

    level 2                 (2,0)                       node (level, n) covers the leaves
    level 1         (1,0)           (1,1)               n * 2^level up to (n + 1) * 2^level;
    level 0     (0,0)   (0,1)   (0,2)   (0,3)   (0,4)   a node exists once all its leaves do, and never changes

Leaves and inner nodes are hashed with different first bytes, so that no inner node can pass for a leaf.
A reader of nodes is any function (level, n) -> 32 bytes; only nodes that exist at the size in question are asked for.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TypeAlias

from broker.errors import BadInput, Untrusted

Nodes: TypeAlias = Callable[[int, int], bytes]

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """SHA-256 of 0x00 and the leaf's bytes (RFC 6962 section 2.1)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 of 0x01 and the two children (RFC 6962 section 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def reader(stored: Mapping[tuple[int, int], bytes]) -> Nodes:
    """The nodes of a tree that is held in memory, as `append` returns them."""
    return lambda level, n: stored[level, n]


def over(new: Mapping[tuple[int, int], bytes], nodes: Nodes) -> Nodes:
    """The nodes of a tree that has grown by `new`."""
    return lambda level, n: new[level, n] if (level, n) in new else nodes(level, n)


def append(size: int, leaf_hashes: Iterable[bytes], *, nodes: Nodes) -> dict[tuple[int, int], bytes]:
    """Every node that becomes complete when `leaf_hashes` follow the first `size` leaves, the leaves included."""
    new: dict[tuple[int, int], bytes] = {}
    level, first, row = 0, size, list(leaf_hashes)
    while row:
        new.update(zip(((level, n) for n in range(first, first + len(row))), row, strict=True))
        if first % 2:
            # The left child of the first parent was there before.
            row.insert(0, nodes(level, first - 1))
        level, first, row = level + 1, first // 2, [*map(node_hash, row[::2], row[1::2])]
    return new


def root(size: int, nodes: Nodes) -> bytes:
    """The root of the first `size` leaves; of none, SHA-256 of nothing."""
    return _hash_of(0, size, nodes=nodes) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, *, nodes: Nodes) -> list[bytes]:
    """The sibling hashes from leaf `index` up to the root of `size` leaves (RFC 6962 section 2.1.1).

    Raises `BadInput` when the tree of that size has no such leaf.
    """
    if not 0 <= index < size:
        raise BadInput("proof-out-of-range", "no such leaf in a tree of this size")
    start, end, path = 0, size, list[bytes]()
    while end - start > 1:
        level = (end - start - 1).bit_length() - 1
        middle = start + (1 << level)
        if index < middle:
            path.append(_hash_of(middle, end, nodes=nodes))
            end = middle
        else:
            # What is left of a split is complete.
            path.append(nodes(level, start >> level))
            start = middle
    return path[::-1]


def inclusion_proofs(
    indices: Collection[int], size: int, *, nodes: Nodes, root: bytes | None
) -> dict[int, tuple[bytes, Sequence[bytes]]]:
    """For each of `indices` the hash of its leaf and its `inclusion_proof`, checked to lead to `root`.

    What several share is hashed once: from the root down, every pair of nodes must make the one above it. Without a
    root nothing is checked, for whoever wants to know which nodes are asked for.

    Raises `BadInput` when the tree has no such leaf, and `Untrusted` when a pair does not.
    """
    if not all(0 <= index < size for index in indices):
        raise BadInput("proof-out-of-range", "no such leaf in a tree of this size")
    found: dict[int, tuple[bytes, Sequence[bytes]]] = {}

    def down(start: int, end: int, wanted: Sequence[int], *, node: bytes, above: tuple[bytes, ...]) -> None:
        if end - start == 1:
            found[start] = node, above
            return
        middle = start + _split(end - start)
        left, right = _hash_of(start, middle, nodes=nodes), _hash_of(middle, end, nodes=nodes)
        if root is not None and node_hash(left, right) != node:
            raise Untrusted("inclusion-proof", "a hash of the tree is not made of the two below it")
        at = bisect_left(wanted, middle)
        if at:
            down(start, middle, wanted[:at], node=left, above=(right, *above))
        if at < len(wanted):
            down(middle, end, wanted[at:], node=right, above=(left, *above))

    if indices:
        down(0, size, sorted(indices), node=root or _hash_of(0, size, nodes=nodes), above=())
    return found


def consistency_proof(old: int, new: int, *, nodes: Nodes) -> list[bytes]:
    """The hashes that show the first `old` of `new` leaves unchanged (RFC 6962 section 2.1.2); none when `old` is 0.

    Raises `BadInput` when `old` is larger than `new` or negative.
    """
    if not 0 <= old <= new:
        raise BadInput("proof-out-of-range", "the older tree can't be the larger one")
    start, end, path = 0, new, list[bytes]()
    while 0 < old < end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_hash_of(middle, end, nodes=nodes))
            end = middle
        else:
            path.append(_hash_of(start, middle, nodes=nodes))
            start = middle
    # The verifier knows the older root; a part of it that is not the whole must be told.
    if start:
        path.append(_hash_of(start, end, nodes=nodes))
    return path[::-1]


def verify_inclusion(leaf_hash: bytes, index: int, *, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that the leaf is at `index` of the tree (RFC 9162 section 2.1.3.2). Raises `Untrusted` when it is not."""
    if not 0 <= index < size:
        raise Untrusted("inclusion-index", "the proof is for a leaf that the tree is too small to hold")
    _check_hashes([*proof, leaf_hash, root], "inclusion-proof")
    position, last, node = index, size - 1, leaf_hash
    for sibling in proof:
        if not last:
            raise Untrusted("inclusion-proof", "the inclusion proof is longer than the tree is high")
        if position % 2 or position == last:
            node = node_hash(sibling, node)
            # On the right edge levels without a sibling are skipped; `position` is not 0 here, as `last` is not.
            while not position % 2:
                position, last = position // 2, last // 2
        else:
            node = node_hash(node, sibling)
        position, last = position // 2, last // 2
    if last or node != root:
        raise Untrusted("inclusion-proof", "the inclusion proof does not lead to the root of the checkpoint")


def verify_consistency(
    old_size: int, old_root: bytes, *, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that the older tree is a prefix of the newer (RFC 9162 section 2.1.4.2). Raises `Untrusted` if not."""
    if not 0 <= old_size <= new_size:
        raise Untrusted("consistency-size", "the newer tree is smaller: leaves were removed")
    _check_hashes([*proof, old_root, new_root], "consistency-proof")
    if old_size in (0, new_size):
        expected = EMPTY_ROOT if not old_size else new_root
        if proof or old_root != expected or (not new_size and new_root != EMPTY_ROOT):
            raise Untrusted("consistency-proof", "two trees of one size have different roots, or a needless proof")
        return
    # A complete older tree is its own first hash; the proof leaves it out.
    path = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    if not path or _fold(old_size, new_size, path=path) != (old_root, new_root):
        raise Untrusted("consistency-proof", "the newer tree does not continue the older one: history was changed")


def _fold(old_size: int, new_size: int, *, path: list[bytes]) -> tuple[bytes, bytes] | None:
    position, last = old_size - 1, new_size - 1
    while position % 2:
        position, last = position // 2, last // 2
    old = new = path[0]
    for sibling in path[1:]:
        if not last:
            return None
        if position % 2 or position == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not position % 2:
                position, last = position // 2, last // 2
        else:
            new = node_hash(new, sibling)
        position, last = position // 2, last // 2
    return None if last else (old, new)


def _hash_of(start: int, end: int, *, nodes: Nodes) -> bytes:
    # `start` is a multiple of a power of two that is no smaller than `end - start`, as in every split of RFC 6962.
    level = (end - start).bit_length() - 1
    if end - start == 1 << level:
        return nodes(level, start >> level)
    pieces = []
    while start < end:
        level = (end - start).bit_length() - 1
        pieces.append(nodes(level, start >> level))
        start += 1 << level
    node = pieces.pop()
    while pieces:
        node = node_hash(pieces.pop(), node)
    return node


def _split(width: int) -> int:
    return 1 << ((width - 1).bit_length() - 1)


def _check_hashes(nodes: Sequence[bytes], code: str) -> None:
    if set(map(len, nodes)) != {HASH_BYTES}:
        raise Untrusted(code, "the proof holds something that is not a SHA-256 hash")
