"""The front door: does the audit log prove what it claims? Offline, from bytes and the log's public keys alone.

    verify_log(files, vkeys)                                     a whole exported log
    verify_receipt(receipt, vkeys)                               one event that somebody was given a receipt for
    verify_consistency_of(old, new, proof=hashes, vkeys=vkeys)   two checkpoints: was history only added to?

Each answers with what is proved or raises `Untrusted`; there is no yes or no that a caller could forget to look at.
The code says what is wrong and `row`, where it is set, the index of the entry. What none of them can see: a broker that
shows different logs to different parties, which is why agencies compare checkpoints; and an event never written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from broker.audit import tree
from broker.audit.checkpoint import Checkpoint, open_note
from broker.audit.leaves import check_leaf
from broker.audit.receipt import Verified, verify_receipt
from broker.audit.tiles import CHECKPOINT, hash_tile, layout, parse_bundle
from broker.errors import Untrusted

__all__ = ["LogReport", "Verified", "entries_in", "verify_consistency_of", "verify_log", "verify_receipt"]


@dataclass(frozen=True)
class LogReport:
    """A log that holds together: `root` in hex, `counts` the number of leaves of each type."""

    origin: str
    size: int
    root: str
    counts: Mapping[str, int]


def verify_log(files: Mapping[str, bytes], vkeys: Sequence[str]) -> LogReport:
    """Check every byte of an exported log (path -> content, tlog-tiles layout). Raises `Untrusted`."""
    # 1. The checkpoint is signed by a known key of the log that it names: from here on its size and root are true.
    checkpoint = open_note(_file(files, CHECKPOINT), vkeys)
    # 2. The bundles hold exactly as many entries as it counts, each a canonical event, no event twice.
    leaves = entries_in(files, checkpoint.size)
    counts = _check_events(leaves)
    # 3. The tree built anew from the bytes of the entries has the signed root. Stored hashes play no part in this.
    nodes = tree.append(0, map(tree.leaf_hash, leaves), nodes=tree.reader({}))
    if tree.root(checkpoint.size, tree.reader(nodes)) != checkpoint.root:
        raise Untrusted("log-root", "the entries do not lead to the root of the checkpoint: one was changed or moved")
    # 4. Every published hash tile is what the entries give, so that proofs made from tiles are right as well.
    _check_tiles(files, checkpoint.size, nodes=nodes)
    # 5. There is nothing else, which nobody would have checked.
    _check_names(files, checkpoint.size)
    return LogReport(checkpoint.origin, checkpoint.size, checkpoint.root.hex(), counts)


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


def entries_in(files: Mapping[str, bytes], size: int) -> list[bytes]:
    """The leaves of an exported log of `size`, in their order. Raises `Untrusted` when some are missing."""
    leaves = list[bytes]()
    for tile in layout(size):
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


def _check_events(leaves: Sequence[bytes]) -> dict[str, int]:
    counts, seen = Counter[str](), set[str]()
    for index, leaf_bytes in enumerate(leaves):
        try:
            event = check_leaf(leaf_bytes)
        except Untrusted as error:
            raise Untrusted(error.code, error.message, hint=error.hint, field=error.field, row=index) from None
        if event["id"] in seen:
            raise Untrusted("log-repeated", "the entry repeats the id of an earlier one", row=index)
        seen.add(event["id"])
        counts[event["typ"]] += 1
    return dict(counts)


def _check_tiles(files: Mapping[str, bytes], size: int, *, nodes: Mapping[tuple[int, int], bytes]) -> None:
    for tile in layout(size):
        expected = hash_tile(tile.level, tile.n, width=tile.width, nodes=tree.reader(nodes))
        if _file(files, tile.path) != expected:
            raise Untrusted("log-tile", "a hash tile is not what the entries give", field=tile.path)


def _check_names(files: Mapping[str, bytes], size: int) -> None:
    known = {CHECKPOINT}
    for tile in layout(size):
        known |= {tile.path} if tile.level else {tile.path, tile.entries_path}
    if files.keys() - known:
        raise Untrusted("log-unknown-file", "the export holds a file that is no part of a log of this size")


def _file(files: Mapping[str, bytes], path: str) -> bytes:
    content = files.get(path)
    if content is None:
        raise Untrusted("log-missing-file", "the export lacks a file", field=path)
    return content
