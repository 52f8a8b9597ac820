"""Who has looked at a record, complete by proof: an index of a range of the log whose root stands in the log itself.

    index events   closed 0..812       closed 812..1630        so_far 1630..1702       each covers a range of leaves
                   first 0             first 812               first 1630              and goes on where the last ended
                   root ●              root ●                  root ●
                        |  \\           before: leaf hash of the one to the left
                       /\\   \\
                      a  b  c     rows, sorted:  00..00 | 3f.. | -          the row before the first tag
                                                 3f..   | 9c.. | digest     tag, next tag, SHA-256 of the leaf hashes
                                                 9c..   | ff.. | digest     of its looks in the order of the log

A look is a leaf that has the record's tag of the day among `seen`. One row answers for any tag: it either is the tag's
own, or says that the next tag is beyond it, so that there was no look. The leaf hashes and not the leaves are under a
row's digest, so that a look whose leaf may not be shown yet is counted without being told.

A closed index is followed by the next one; one of what was so far is made for whoever asks, and its leaves are in the
next closed one again. Whoever holds all leaves makes every index again (`check_indexes`), which keeps the broker honest
about roots. The agency that holds a record checks that the chain of indexes has no gap and that each of them answers
for each of its days (`check_complete`).
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from broker.audit import tree
from broker.audit.leaves import check_leaf
from broker.errors import Untrusted

TAG_BYTES = 16
BEFORE, BEYOND = bytes(TAG_BYTES), b"\xff" * TAG_BYTES
"""The tags that no record has: of the first row, and after the last."""
CLOSED, SO_FAR = "closed", "so_far"
_ROW_BYTES = 2 * TAG_BYTES + tree.HASH_BYTES


@dataclass(frozen=True)
class Looks:
    """The looks in a range of the log, in its order: by tag the place and hash of each leaf; the UTC days of all."""

    by_tag: Mapping[bytes, Sequence[tuple[int, bytes]]]
    days: tuple[str, ...]

    def of(self, tag: bytes) -> tuple[bytes, ...]:
        """The leaf hashes of the looks under a tag."""
        return tuple(leaf_hash for _, leaf_hash in self.by_tag.get(tag, ()))


@dataclass(frozen=True)
class Row:
    """One row of an index: a tag, the next one, and the digest of the tag's looks."""

    tag: bytes
    next: bytes
    digest: bytes

    def as_bytes(self) -> bytes:
        """The 64 bytes that the tree has as a leaf."""
        return self.tag + self.next + self.digest


@dataclass(frozen=True)
class Answer:
    """What an index says of one tag: the row that answers for it, its place in the tree, and the tag's looks if any."""

    row: Row
    place: int
    path: tuple[bytes, ...]
    looks: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Index:
    """The rows of a range in their order, and the tree over them, level by level from the rows' own hashes."""

    rows: tuple[Row, ...]
    levels: tuple[Sequence[bytes], ...] = field(repr=False)

    @property
    def root(self) -> bytes:
        return tree.root(len(self.rows), self.nodes)

    def nodes(self, level: int, n: int) -> bytes:
        """The hash of a complete subtree, for `broker.audit.tree`."""
        return self.levels[level][n]

    def answer(self, looks: Looks, tag: bytes) -> Answer:
        """What this index says of `tag`; `looks` are what it was made from."""
        place = bisect_right(self.rows, tag, key=lambda row: row.tag) - 1
        path = tree.inclusion_proof(place, len(self.rows), nodes=self.nodes)
        return Answer(self.rows[place], place, tuple(path), looks.of(tag))


def build(looks: Looks) -> Index:
    """The index of these looks."""
    tags = sorted(looks.by_tag)
    ends = [BEFORE, *tags, BEYOND]
    rows = tuple(Row(tag, after, digest_of(looks.of(tag))) for tag, after in pairwise(ends))
    level = [tree.leaf_hash(row.as_bytes()) for row in rows]
    levels = [level]
    while len(level) > 1:
        level = [tree.node_hash(level[n], level[n + 1]) for n in range(0, len(level) - 1, 2)]
        levels.append(level)
    return Index(rows, tuple(levels))


def digest_of(looks: Iterable[bytes]) -> bytes:
    """SHA-256 of the leaf hashes of a tag's looks, one after the other."""
    return hashlib.sha256(b"".join(looks)).digest()


def parse_row(data: bytes) -> Row:
    """The row that 64 bytes spell. Raises `Untrusted` for others."""
    if len(data) != _ROW_BYTES:
        raise Untrusted("index-row", f"a row of an index is {_ROW_BYTES} bytes")
    return Row(data[:TAG_BYTES], data[TAG_BYTES : 2 * TAG_BYTES], data[2 * TAG_BYTES :])


def check_answer(tag: bytes, answer: Answer, *, root: bytes, size: int) -> None:
    """Checks that the looks given are all that the index with this root has of `tag`. Raises `Untrusted` if not."""
    row = answer.row
    node = tree.leaf_hash(row.as_bytes())
    tree.verify_inclusion(node, answer.place, size=size, proof=answer.path, root=root)
    if not row.tag <= tag < row.next:
        raise Untrusted("index-other", "the row of the index does not answer for this record and day")
    expected = row.digest if row.tag == tag else digest_of(())
    if digest_of(answer.looks) != expected:
        raise Untrusted("index-incomplete", "the looks given are not all that the index counts")


@dataclass(frozen=True)
class Covered:
    """What an index event says that it covers: the leaves [first, last), on which days there were looks."""

    act: str
    first: int
    last: int
    days: tuple[str, ...]
    size: int
    root: bytes
    before: str


def header_of(covered: Covered) -> dict[str, Any]:
    """The header of the event that says so; the first index of a log has none before it."""
    header = {"act": covered.act, "first": covered.first, "last": covered.last, "days": list(covered.days)}
    header |= {"size": covered.size, "root": covered.root.hex()}
    return header | ({"before": covered.before} if covered.before else {})


def covered_by(event: Mapping[str, Any]) -> Covered:
    """What an index event says, as `check_leaf` gave it. Raises `Untrusted` when it is none or malformed."""
    try:
        if event["typ"] != "index" or event["act"] not in (CLOSED, SO_FAR):
            raise ValueError
        root, days = bytes.fromhex(event["root"]), tuple(map(str, event["days"]))
        first, last, size = (_count(event[name]) for name in ("first", "last", "size"))
        if len(root) != tree.HASH_BYTES or not first <= last or not size or list(days) != sorted(set(days)):
            raise ValueError
        return Covered(event["act"], first, last, days, size, root, str(event.get("before", "")))
    except (KeyError, TypeError, ValueError):
        raise Untrusted("index-malformed", "an index of the log does not say what it covers") from None


def check_complete(
    indexes: Sequence[tuple[bytes, Sequence[Answer]]], *, tag_of: Callable[[str], bytes]
) -> tuple[list[bytes], Covered]:
    """The leaf hashes of all looks at one record, in the order of the log, and the latest range that was answered for.

    Each index is its leaf and one answer for each of its days; `tag_of` gives the record's tag of a day. Whoever calls
    has checked that the last leaf is in the signed log: the others are bound to it. Raises `Untrusted` when there is a
    gap, or an answer is missing or wrong.
    """
    found, end, before = list[bytes](), 0, ""
    covered = None
    for leaf_bytes, answers in indexes:
        if covered is not None and covered.act != CLOSED:
            raise Untrusted("index-chain", "an index of what was so far is followed by another")
        covered = covered_by(check_leaf(leaf_bytes))
        if covered.first != end or covered.before != before:
            raise Untrusted("index-chain", "an index of the log is missing: the list of looks may not be whole")
        if len(answers) != len(covered.days):
            raise Untrusted("index-incomplete", "an index does not answer for each of its days")
        for day, answer in zip(covered.days, answers, strict=True):
            check_answer(tag_of(day), answer, root=covered.root, size=covered.size)
            found += answer.looks
        end, before = covered.last, tree.leaf_hash(leaf_bytes).hex()
    if covered is None:
        raise Untrusted("index-missing", "there is no index of the log")
    return found, covered


@dataclass
class Reader:
    """Reads leaves in the order of the log and keeps the looks that the next indexes are made from."""

    waiting: list[tuple[int, str, list[str], bytes]] = field(default_factory=list)
    ends: tuple[tuple[int, str], ...] = ((0, ""),)
    """Where the last closed index ended and its leaf hash; and, last but one, the same of the one before."""

    def read(self, place: int, leaf_bytes: bytes) -> None:
        """Takes in the next leaf. Raises `Untrusted` when it is an index that the leaves before it do not give."""
        # Only these two are of interest, and text of a header can't hold a quotation mark.
        if b'"seen":[' in leaf_bytes:
            event = json.loads(leaf_bytes)
            self.waiting.append((place, event["t"][:10], event["seen"], tree.leaf_hash(leaf_bytes)))
        elif b'"typ":"index"' in leaf_bytes:
            self._check(place, leaf_bytes, covered_by(json.loads(leaf_bytes)))

    def pass_by(self, leaf_bytes: bytes, covered: Covered) -> None:
        """Takes in an index whose leaves are not all there any more."""
        if covered.act == CLOSED:
            self.ends = (self.ends[-1], (covered.last, tree.leaf_hash(leaf_bytes).hex()))

    def looks(self, first: int, last: int) -> Looks:
        """The looks of the leaves [first, last), which were read."""
        by_tag: dict[bytes, list[tuple[int, bytes]]] = {}
        days = set[str]()
        for place, day, tags, leaf_hash in self.waiting:
            if first <= place < last:
                days.add(day)
                for tag in tags:
                    by_tag.setdefault(bytes.fromhex(tag), []).append((place, leaf_hash))
        return Looks(by_tag, tuple(sorted(days)))

    def _check(self, place: int, leaf_bytes: bytes, covered: Covered) -> None:
        # What was so far may have been on its way into the log together with the index of the day.
        ends = self.ends[-1:] if covered.act == CLOSED else self.ends
        if (covered.first, covered.before) not in ends or covered.last > place:
            raise Untrusted("index-chain", "an index of the log does not go on where the one before it ended")
        looks = self.looks(covered.first, covered.last)
        made = build(looks)
        if (made.root, len(made.rows), looks.days) != (covered.root, covered.size, covered.days):
            raise Untrusted("index-root", "an index of the log is not what the leaves that it covers give")
        if covered.act == CLOSED:
            self.ends = (self.ends[-1], (covered.last, tree.leaf_hash(leaf_bytes).hex()))
            self.waiting = [one for one in self.waiting if one[0] >= covered.first]


def check_indexes(leaves: Iterable[bytes], begin: int = 0) -> None:
    """Makes every index of a log again from its leaves, which are events. Raises `Untrusted` with the row of a wrong
    one. Of a log that was pruned before `begin`, the indexes of what is gone are taken as they are."""
    reader = Reader()
    for place, leaf_bytes in enumerate(leaves, begin):
        try:
            if begin and b'"typ":"index"' in leaf_bytes and (old := covered_by(json.loads(leaf_bytes))).first < begin:
                reader.pass_by(leaf_bytes, old)
                continue
            reader.read(place, leaf_bytes)
        except Untrusted as error:
            raise Untrusted(error.code, error.message, row=place) from None


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError
    return value
