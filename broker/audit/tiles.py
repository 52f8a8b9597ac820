"""The whole log as static files that any tool for transparency logs reads (C2SP tlog-tiles, SHA-256, 256 wide).

    checkpoint                      the signed root
    tile/entries/x001/x234/067      256 leaves, each behind its length in two bytes
    tile/0/x001/x234/067            their 256 hashes
    tile/1/004.p/17                 17 hashes, each the root of a full tile below; `.p/17` as the tile is not full yet

Full tiles never change, so they can be cached and copied for ever; partial ones belong to one size of the log.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from broker.audit.tree import Nodes, node_hash
from broker.errors import BadInput, Untrusted

CHECKPOINT = "checkpoint"
WIDTH = 256
MAX_ENTRY_BYTES = 2**16 - 1
_PATH = re.compile(r"tile/([0-9])/((?:x[0-9]{3}/){0,4}[0-9]{3})(?:\.p/[0-9]{1,3})?", re.ASCII)


@dataclass(frozen=True)
class Tile:
    """The `n`-th tile of a level: `width` hashes, of leaves on level 0, of full tiles below on any other."""

    level: int
    n: int
    width: int

    @property
    def path(self) -> str:
        """Where the hashes are, relative to the log's prefix."""
        return f"tile/{self.level}/{_numbered(self.n, self.width)}"

    @property
    def entries_path(self) -> str:
        """Where the leaves under a tile of level 0 are."""
        return f"tile/entries/{_numbered(self.n, self.width)}"


def layout(size: int, first: int = 0) -> Iterator[Tile]:
    """Every tile of a log of `size` leaves, level by level from the leaves, the partial one of a level last.

    Of a log that is pruned before `first`, a whole number of tiles, those that what is left is proven by.
    """
    level, width, start = 0, size, first
    while width:
        start //= WIDTH
        yield from (Tile(level, n, WIDTH) for n in range(start, width // WIDTH))
        if width % WIDTH:
            yield Tile(level, width // WIDTH, width % WIDTH)
        level, width = level + 1, width // WIDTH


def tile_at(path: str, size: int) -> Tile | None:
    """The tile of `layout(size)` with this path, without going through all of them; None when there is none."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    level, n = int(found[1]), int(found[2].replace("x", "").replace("/", ""))
    there = size >> 8 * level
    one = Tile(level, n, min(WIDTH, there - n * WIDTH))
    return one if one.width > 0 and one.path == path else None


def left_edge(first: int, hashes: Callable[[Tile], bytes]) -> dict[tuple[int, int], bytes]:
    """The nodes that the tiles of a log pruned before `first` hold of what is gone: all that later proofs need of it.

    `hashes` gives the bytes of a tile, of which the beginning is used.
    """
    known: dict[tuple[int, int], bytes] = {}
    level, end = 1, first // WIDTH
    while end:
        start = end // WIDTH * WIDTH
        data = hashes(Tile(level, end // WIDTH, WIDTH)) if end > start else b""
        for at in range(end - start):
            known[8 * level, start + at] = data[32 * at : 32 * at + 32]
        for height in range(8 * level, 8 * level + 7):
            for (_, n), node in [(place, node) for place, node in known.items() if place[0] == height and place[1] % 2]:
                known[height + 1, n // 2] = node_hash(known[height, n - 1], node)
        level, end = level + 1, end // WIDTH
    return known


def is_left(level: int, first: int) -> int:
    """The number of the first node of a level that a log pruned before `first` keeps."""
    return (first >> 8 * (level // 8 + 1)) << (8 - level % 8)


def hash_tile(level: int, n: int, *, width: int, nodes: Nodes) -> bytes:
    """The bytes of one hash tile: `width` hashes of 32 bytes. Its level is 8 levels of the tree."""
    return b"".join(nodes(8 * level, n * WIDTH + i) for i in range(width))


def bundle(entries: Iterable[bytes]) -> bytes:
    """The bytes of an entry bundle. Raises `BadInput` for an entry that two bytes can't count."""
    framed = []
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise BadInput("entry-too-large", f"an entry of the log is longer than {MAX_ENTRY_BYTES} bytes")
        framed.append(len(entry).to_bytes(2, "big") + entry)
    return b"".join(framed)


def parse_bundle(data: bytes) -> list[bytes]:
    """The entries of a bundle. Raises `Untrusted` when the last one is cut off."""
    entries, at = [], 0
    while at < len(data):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if start > len(data) or at > len(data):
            raise Untrusted("bundle-truncated", "an entry bundle ends within an entry")
        entries.append(data[start:at])
    return entries


def export(size: int, leaves: Iterable[bytes], *, nodes: Nodes, note: str, first: int = 0) -> dict[str, bytes]:
    """Every file of the log at `size`, by path. Raises `BadInput` when `leaves` are not all from `first` on."""
    files = {CHECKPOINT: note.encode()}
    remaining = iter(leaves)
    for tile in layout(size, first):
        files[tile.path] = hash_tile(tile.level, tile.n, width=tile.width, nodes=nodes)
        if tile.level == 0:
            entries: Sequence[bytes] = list(islice(remaining, tile.width))
            if len(entries) != tile.width:
                raise BadInput("export-incomplete", "there are fewer leaves than the checkpoint counts")
            files[tile.entries_path] = bundle(entries)
    if next(remaining, None) is not None:
        raise BadInput("export-incomplete", "there are more leaves than the checkpoint counts")
    return files


def _numbered(n: int, width: int) -> str:
    digits = str(n)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    path = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    return path if width == WIDTH else f"{path}.p/{width}"
