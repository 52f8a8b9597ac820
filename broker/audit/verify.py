"""The front door: does the audit log prove what it claims? Offline, from bytes and the log's public keys alone.

    verify_log(files, vkeys)                                     a whole exported log
    verify_receipt(receipt, vkeys)                               one event that somebody was given a receipt for
    verify_consistency_of(old, new, proof=hashes, vkeys=vkeys)   two checkpoints: was history only added to?

Each answers with what is proved or raises `Untrusted`; there is no yes or no that a caller could forget to look at.
The code says what is wrong and `row`, where it is set, the index of the entry. What none of them can see: a broker that
shows different logs to different parties, which is why agencies compare checkpoints; and an event never written.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from broker.audit import tree
from broker.audit.checkpoint import Checkpoint, open_note
from broker.audit.leaves import check_leaf
from broker.audit.receipt import Verified, verify_receipt
from broker.audit.shredded import Shredded, shredded_in
from broker.audit.subjects import check_indexes
from broker.audit.tiles import CHECKPOINT, WIDTH, Tile, hash_tile, layout, left_edge, parse_bundle
from broker.errors import Untrusted

__all__ = ["LogReport", "Verified", "entries_in", "verify_consistency_of", "verify_log", "verify_receipt"]


@dataclass(frozen=True)
class LogReport:
    """A log that holds together: `root` in hex, `counts` the number of leaves of each type, and which lost details."""

    origin: str
    size: int
    root: str
    counts: Mapping[str, int]
    shredded: tuple[Shredded, ...] = ()
    first: int = 0
    """What was before it is pruned, as an event of the log says."""


def verify_log(files: Mapping[str, bytes], vkeys: Sequence[str]) -> LogReport:
    """Check every byte of an exported log (path -> content, tlog-tiles layout). Raises `Untrusted`."""
    # 1. The checkpoint is signed by a known key of the log that it names: from here on its size and root are true.
    checkpoint = open_note(_file(files, CHECKPOINT), vkeys)
    # 2. The bundles hold exactly as many entries as it counts, each a canonical event, no event twice.
    first = first_entry(files, checkpoint.size)
    leaves = entries_in(files, checkpoint.size, first)
    counts, shredded = _check_events(leaves, first)
    # 3. The tree built anew from the bytes of the entries has the signed root. Stored hashes play no part in this, but
    #    for those of entries that are pruned, as the signed log itself says.
    pruned = _pruned(files, checkpoint.size, first, leaves)
    nodes = pruned | tree.append(first, map(tree.leaf_hash, leaves), nodes=tree.reader(pruned))
    if tree.root(checkpoint.size, tree.reader(nodes)) != checkpoint.root:
        raise Untrusted("log-root", "the entries do not lead to the root of the checkpoint: one was changed or moved")
    # 4. Every published hash tile is what the entries give, so that proofs made from tiles are right as well.
    _check_tiles(files, checkpoint.size, first, nodes=nodes)
    # 5. Every index by whose records were looked at is what the entries give, so that none hides a look.
    check_indexes(leaves, first)
    # 6. There is nothing else, which nobody would have checked.
    _check_names(files, checkpoint.size, first)
    return LogReport(checkpoint.origin, checkpoint.size, checkpoint.root.hex(), counts, shredded, first)


def verify_consistency_of(
    old: str | bytes, new: str | bytes, *, proof: Sequence[bytes], vkeys: Sequence[str]
) -> Checkpoint:
    """The newer checkpoint, once it is shown to continue the older one. Raises `Untrusted` when it does not."""
    # 1. Both are signed by the same log.
    before, after = open_note(old, vkeys), open_note(new, vkeys)
    if before.origin != after.origin:
        raise Untrusted("consistency-origin", "the two checkpoints are of different logs")
    # 2. Two roots of one size are a fork: the worst that a log can do, so it has a code of its own.
    if before.size == after.size and before.root != after.root:
        raise Untrusted("log-forked", "the log signed two histories of one length", hint="keep both checkpoints")
    # 3. The older tree is the beginning of the newer.
    tree.verify_consistency(before.size, before.root, new_size=after.size, new_root=after.root, proof=proof)
    return after


def first_entry(files: Mapping[str, bytes], size: int) -> int:
    """The place of the first entry that an exported log holds: 0, or where it was pruned."""
    return next((WIDTH * tile.n for tile in layout(size) if not tile.level and tile.entries_path in files), 0)


def entries_in(files: Mapping[str, bytes], size: int, first: int = 0) -> list[bytes]:
    """The leaves of an exported log of `size` from `first` on, in order. Raises `Untrusted` when some are missing."""
    leaves = list[bytes]()
    for tile in layout(size, first):
        if tile.level:
            break
        try:
            entries = parse_bundle(_file(files, tile.entries_path))
        except Untrusted as error:
            raise Untrusted(error.code, error.message, field=tile.entries_path) from None
        if len(entries) != tile.width:
            raise Untrusted("log-entries", "an entry bundle holds too few or too many entries", field=tile.entries_path)
        leaves += entries
    return leaves


def _pruned(files: Mapping[str, bytes], size: int, first: int, leaves: Sequence[bytes]) -> dict[tuple[int, int], bytes]:
    """The hashes of what was pruned, if an event of the log says that all before `first` was."""
    if not first:
        return {}
    there = {(tile.level, tile.n): tile for tile in layout(size, first)}

    def hashes(edge: Tile) -> bytes:
        tile = there[edge.level, edge.n]
        if len(data := _file(files, tile.path)) != tree.HASH_BYTES * tile.width:
            raise Untrusted("log-tile", "a hash tile is not what the entries give", field=tile.path)
        return data

    nodes = left_edge(first, hashes)
    said = {"first": first, "root": tree.root(first, tree.reader(nodes)).hex()}
    events = (json.loads(leaf) for leaf in leaves if b'"typ":"prune"' in leaf)
    if not any(said.items() <= event.items() for event in events):
        raise Untrusted("log-pruned", "the log begins later than it did, and no event of it says so")
    return nodes


def _check_events(leaves: Sequence[bytes], first: int) -> tuple[dict[str, int], tuple[Shredded, ...]]:
    counts, seen = Counter[str](), set[str]()

    def checked() -> Iterator[Mapping[str, Any]]:
        for index, leaf_bytes in enumerate(leaves, first):
            try:
                event = check_leaf(leaf_bytes)
            except Untrusted as error:
                raise Untrusted(error.code, error.message, hint=error.hint, field=error.field, row=index) from None
            if event["id"] in seen:
                raise Untrusted("log-repeated", "the entry repeats the id of an earlier one", row=index)
            seen.add(event["id"])
            counts[event["typ"]] += 1
            yield event

    shredded = shredded_in(checked(), first=first)
    return dict(counts), shredded


def _check_tiles(files: Mapping[str, bytes], size: int, first: int, *, nodes: Mapping[tuple[int, int], bytes]) -> None:
    for tile in layout(size, first):
        expected = hash_tile(tile.level, tile.n, width=tile.width, nodes=tree.reader(nodes))
        if _file(files, tile.path) != expected:
            raise Untrusted("log-tile", "a hash tile is not what the entries give", field=tile.path)


def _check_names(files: Mapping[str, bytes], size: int, first: int) -> None:
    known = {CHECKPOINT}
    for tile in layout(size, first):
        known |= {tile.path} if tile.level else {tile.path, tile.entries_path}
    if files.keys() - known:
        raise Untrusted("log-unknown-file", "the export holds a file that is no part of a log of this size")


def _file(files: Mapping[str, bytes], path: str) -> bytes:
    content = files.get(path)
    if content is None:
        raise Untrusted("log-missing-file", "the export lacks a file", field=path)
    return content
