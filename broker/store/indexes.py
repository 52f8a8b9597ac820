"""The closed indexes of the audit log by whose records were looked at: the rows of each and the tree over them.

Everything here is made from the log and can be made again from it (`keep`), as after a restore.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias

from sqlalchemy import Connection, func, select

from broker.audit import tree
from broker.audit.subjects import CLOSED, Answer, Index, Looks, Reader, Row, build, covered_by
from broker.errors import Conflict, Untrusted
from broker.store import driver, inlist
from broker.store.audit_tables import (
    audit_entries,
    audit_indexes,
    audit_leaves,
    audit_pending,
)

LOOKED = ("disclose", "deny")
"""The types of leaves that have day tags."""
Place: TypeAlias = tuple[int, bytes]
"""Where a leaf is in the log, and its hash."""
_LOCK = "audit-index"
_PAGE = 5_000
_ROW = """
SELECT n, tag, next, digest, looks FROM audit_index_rows
WHERE first = {mark} AND tag <= {mark} ORDER BY tag DESC LIMIT 1
"""
_NODE = "SELECT level, n, hash FROM audit_index_nodes WHERE first = {mark} AND level = {mark} AND n = {mark}"


@dataclass(frozen=True)
class Kept:
    """A closed index: its range [first, last), the event of it, the days of its looks, and how many rows it has."""

    first: int
    last: int
    leaf: bytes
    days: tuple[dt.date, ...]
    size: int


def hold(connection: Connection) -> None:
    """Lets one transaction at a time add an index. Raises `Conflict` while an index event waits for its place.

    The order of indexes is that of the log; of two that wait, either might come first.
    """
    if connection.dialect.name == "postgresql":  # On SQLite there is one writer anyway.
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(_LOCK, 0))))
    waits = select(audit_pending.c.id).join(audit_entries, audit_entries.c.id == audit_pending.c.id)
    if connection.execute(waits.where(audit_entries.c.typ == "index").limit(1)).first() is not None:
        raise Conflict("index-waits", "an index of the log waits for its place", hint="publish the log first")


def all_kept(connection: Connection) -> list[Kept]:
    """The closed indexes, in the order of the log."""
    return [_kept(row.leaf) for row in connection.execute(select(audit_indexes.c.leaf).order_by(audit_indexes.c.first))]


def latest(connection: Connection) -> Kept | None:
    """The last of them."""
    found = connection.execute(select(audit_indexes.c.leaf).order_by(audit_indexes.c.first.desc()).limit(1)).scalar()
    return None if found is None else _kept(found)


def first_after(connection: Connection, place: int) -> str | None:
    """The UTC day of the leaf at `place`, as 2026-11-22; None when the log ends before it."""
    leaf = connection.execute(_leaves_from(place).limit(1)).first()
    return None if leaf is None else str(leaf.at[:10])


def end_of_day(connection: Connection, place: int, day: str) -> int | None:
    """The place of the first leaf from `place` on that is of a later UTC day than `day`; None when there is none."""
    later = (dt.date.fromisoformat(day) + dt.timedelta(days=1)).isoformat()
    found = connection.execute(_leaves_from(place).where(audit_entries.c.t >= later).limit(1)).first()
    return None if found is None else int(found.idx)


def looks_in(connection: Connection, first: int, last: int) -> Looks:
    """The looks of the leaves [first, last)."""
    reader = Reader()
    for start in range(first, last, _PAGE):
        end = min(last, start + _PAGE)
        query = _leaves_from(start).where(audit_leaves.c.idx < end, audit_entries.c.typ.in_(LOOKED))
        for row in connection.execute(query):
            reader.read(row.idx, bytes(row.leaf))
    return reader.looks(first, last)


def keep(connection: Connection, leaf: bytes, made: tuple[Index, Looks]) -> None:
    """Keeps a closed index, whose event is `leaf`, with the looks that it was made from."""
    covered, (index, looks) = covered_by(json.loads(leaf)), made
    first = covered.first
    driver.insert(connection, "audit_indexes", ("first", "last", "leaf"), [(first, covered.last, leaf)])
    rows = [
        (first, row.tag, n, row.next, row.digest, _packed(looks.by_tag.get(row.tag, ())))
        for n, row in enumerate(index.rows)
    ]
    driver.insert(connection, "audit_index_rows", ("first", "tag", "n", "next", "digest", "looks"), rows)
    nodes = [(first, level, n, node) for level, some in enumerate(index.levels) for n, node in enumerate(some)]
    driver.insert(connection, "audit_index_nodes", ("first", "level", "n", "hash"), nodes)


def keep_again(connection: Connection, leaves: Sequence[bytes]) -> None:
    """Makes and keeps the indexes again whose events are among `leaves`, which have their places.

    Raises `Untrusted` when the log gives another one.
    """
    for leaf in leaves:
        event = json.loads(leaf)
        if (event["typ"], event.get("act")) == ("index", CLOSED):
            covered = covered_by(event)
            looks = looks_in(connection, covered.first, covered.last)
            index = build(looks)
            if index.root != covered.root:
                raise Untrusted("index-root", "an index of the log is not what the leaves that it covers give")
            keep(connection, leaf, (index, looks))


def answer(connection: Connection, kept: Kept, tag: bytes) -> tuple[Answer, list[Place]]:
    """What an index says of a tag, and the places of its looks in the log."""
    text = _ROW.format(mark=inlist.mark(connection))
    [(n, found, after, digest, packed)] = driver.rows(connection, text, (kept.first, tag))
    row = Row(bytes(found), bytes(after), bytes(digest))
    path = tree.inclusion_proof(n, kept.size, nodes=_nodes(connection, kept, n))
    places = _unpacked(bytes(packed)) if row.tag == tag else []
    return Answer(row, n, tuple(path), tuple(leaf_hash for _, leaf_hash in places)), places


def entries_at(connection: Connection, places: Sequence[int]) -> dict[int, tuple[bytes, bytes]]:
    """(id, leaf) of the entries at these places, as far as the log still has them."""
    found: dict[int, tuple[bytes, bytes]] = {}
    for start in range(0, len(places), 900):
        query = select(audit_leaves.c.idx, audit_entries.c.id, audit_entries.c.leaf)
        query = query.join(audit_entries, audit_entries.c.id == audit_leaves.c.id)
        for row in connection.execute(query.where(audit_leaves.c.idx.in_(places[start : start + 900]))):
            found[row.idx] = (bytes(row.id), bytes(row.leaf))
    return found


def _leaves_from(place: int):  # type: ignore[no-untyped-def]
    query = select(audit_leaves.c.idx, audit_entries.c.t.label("at"), audit_entries.c.leaf)
    query = query.join(audit_entries, audit_entries.c.id == audit_leaves.c.id)
    return query.where(audit_leaves.c.idx >= place).order_by(audit_leaves.c.idx)


def _nodes(connection: Connection, kept: Kept, n: int) -> tree.Nodes:
    """The nodes that the proof of row `n` needs, read together."""
    wanted: list[tuple[int, int]] = []

    def note(level: int, at: int) -> bytes:
        wanted.append((level, at))
        return tree.EMPTY_ROOT

    tree.inclusion_proof(n, kept.size, nodes=note)
    if not wanted:
        return tree.reader({})
    text = " UNION ALL ".join([_NODE.format(mark=inlist.mark(connection))] * len(wanted))
    values = tuple(chain.from_iterable((kept.first, level, at) for level, at in wanted))
    return tree.reader({(row[0], row[1]): bytes(row[2]) for row in driver.rows(connection, text, values)})


def _kept(leaf: bytes) -> Kept:
    covered = covered_by(json.loads(bytes(leaf)))
    days = tuple(map(dt.date.fromisoformat, covered.days))
    return Kept(covered.first, covered.last, bytes(leaf), days, covered.size)


def _packed(places: Sequence[Place]) -> bytes:
    # With the leaf hashes, which answer for looks whose leaves are pruned.
    return b"".join(place.to_bytes(8, "big") + leaf_hash for place, leaf_hash in places)


def _unpacked(packed: bytes) -> list[Place]:
    step = 8 + tree.HASH_BYTES
    return [
        (int.from_bytes(packed[at : at + 8], "big"), packed[at + 8 : at + step]) for at in range(0, len(packed), step)
    ]
