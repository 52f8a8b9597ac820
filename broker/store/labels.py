"""Label rows: found by label, deleted with their record, never listed by record.

Points are handed in as those of the newest epoch. Rows are written under the newest generation of keys, found and
deleted under every open one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TypeAlias, TypeVar

from sqlalchemy import Connection

from broker.errors import Untrusted
from broker.keys.keysets import Keyset, Keysets
from broker.keys.labels import NONCE_BYTES, row_name
from broker.store import driver, inlist

T = TypeVar("T")
Points: TypeAlias = frozenset[tuple[int, bytes]]
"""The unmasked points of one record or question, with their match-key numbers."""
Row: TypeAlias = tuple[str, bytes, bytes]
"""Source, label and sealed reference."""

REGISTER = "_protections"
"""Stands in the place of a source for the register of protections: no agency may be called so."""

_AT_ONCE = inlist.LONGEST
_LISTS = 30
_ON_SQLITE = "SELECT source, label, reference FROM labels WHERE source = ? AND label {among}"
# One list for each source as one string of bytes: making arrays of many small ones costs more than looking them up.
_ON_POSTGRESQL = """
SELECT found.source, found.label, found.reference FROM unnest(%b::varchar[], %b::bytea[]) AS asked (source, joined)
CROSS JOIN LATERAL (
  SELECT source, label, reference FROM labels WHERE labels.source = asked.source AND labels.label = ANY (ARRAY(
    SELECT substring(asked.joined FROM 16 * n + 1 FOR 16)
    FROM generate_series(0, length(asked.joined) / 16 - 1) AS n))) AS found
"""


def labels_of(keysets: Keysets, source: str, points: Points) -> list[bytes]:
    """The newest labels that `points` have at `source`, by match-key number, then point."""
    return keysets.newest.labels_at(source, sorted(points))


def sealed(keyset: Keyset, rows: Iterable[tuple[str, bytes, Points]], *, random: Callable[[int], bytes]) -> list[Row]:
    """The label rows of (source, record id, points), in the order of the labels, which is the order of nothing."""
    new = []
    for source, record_id, points in rows:
        for row_label in keyset.labels_at(source, sorted(points)):
            reference = keyset.references.seal(record_id, row_name(source, row_label), nonce=random(NONCE_BYTES))
            new.append((source, row_label, reference))
    return sorted(new, key=lambda row: row[1:])


def add(
    connection: Connection,
    keysets: Keysets,
    rows: Iterable[tuple[str, bytes, Points]],
    *,
    random: Callable[[int], bytes],
) -> None:
    """Adds the label rows of (source, record id, points)."""
    insert(connection, sealed(keysets.newest, rows, random=random))


def insert(connection: Connection, rows: Sequence[Row]) -> None:
    """Adds label rows, in the order they are in."""
    if rows:
        driver.insert(connection, "labels", ("source", "label", "reference"), rows)


def remove(connection: Connection, keysets: Keysets, rows: Iterable[tuple[str, bytes, Points]]) -> None:
    """Deletes exactly the label rows of (source, record id, points)."""
    delete(connection, [row for some in held(connection, keysets, rows).values() for row in some])


def held(connection: Connection, keysets: Keysets, rows: Iterable[tuple[str, bytes, Points]]) -> dict[bytes, list[Row]]:
    """The label rows that (source, record id, points) have, under any of `keysets`, by record id."""
    wanted: dict[tuple[str, bytes], set[bytes]] = {}
    for source, record_id, points in rows:
        for some in keysets.labels_at(source, sorted(points)):
            for row_label in some:
                wanted.setdefault((source, row_label), set()).add(record_id)
    found: dict[bytes, list[Row]] = {}
    for source, row_label, reference, record_id in _open_rows(connection, keysets, list(wanted)):
        if record_id in wanted[(source, row_label)]:
            found.setdefault(record_id, []).append((source, row_label, reference))
    return found


def remove_all(connection: Connection, keysets: Keysets, source: str, ids: Collection[bytes]) -> None:
    """Deletes every label row of these records of `source`, whose points nobody knows: reads all rows of the source."""
    found = []
    query = f"SELECT label, reference FROM labels WHERE source = {inlist.mark(connection)}"  # noqa: S608
    for row_label, reference in driver.rows(connection, query, (source,)) if ids else ():
        # A row of the index that is damaged as well leads nowhere, and stays.
        with suppress(Untrusted):
            if keysets.record_of(source, row_label, reference) in ids:
                found.append((source, row_label, reference))
    delete(connection, found)


def delete(connection: Connection, rows: Sequence[Row]) -> None:
    """Deletes label rows."""
    if rows:
        driver.delete(connection, "labels", ("source", "label", "reference"), rows)


def find(
    connection: Connection, keysets: Keysets, wanted: Sequence[tuple[str, bytes]]
) -> dict[tuple[str, bytes], list[bytes]]:
    """The record ids behind each wanted (source, label)."""
    found: dict[tuple[str, bytes], list[bytes]] = {}
    for source, row_label, _, record_id in _open_rows(connection, keysets, wanted):
        found.setdefault((source, row_label), []).append(record_id)
    return found


def sealed_rows(connection: Connection, wanted: Mapping[str, Sequence[bytes]]) -> Iterator[tuple[str, bytes, bytes]]:
    """The rows (source, label, sealed reference) of the labels wanted of each source, all sources in one statement."""
    lists = [(source, some) for source, mine in sorted(wanted.items()) for some in _in_parts(sorted(mine))]
    for start in range(0, len(lists), _LISTS):
        yield from _rows(connection, lists[start : start + _LISTS])


def _rows(connection: Connection, lists: Sequence[tuple[str, Sequence[bytes]]]) -> list[tuple[str, bytes, bytes]]:
    if connection.dialect.name == "postgresql":
        joined = ([source for source, _ in lists], [b"".join(some) for _, some in lists])
        return driver.rows(connection, _ON_POSTGRESQL, joined)
    texts: list[str] = []
    values: list[object] = []
    for source, some in lists:
        text, parameters = inlist.among(connection, some)
        texts.append(_ON_SQLITE.format(among=text))
        values += [source, *parameters]
    return driver.rows(connection, " UNION ALL ".join(texts), values)


def _open_rows(
    connection: Connection, keysets: Keysets, wanted: Sequence[tuple[str, bytes]]
) -> Iterable[tuple[str, bytes, bytes, bytes]]:
    by_source: dict[str, list[bytes]] = {}
    for source, row_label in wanted:
        by_source.setdefault(source, []).append(row_label)
    for source, row_label, reference in sealed_rows(connection, by_source):
        yield source, row_label, reference, keysets.record_of(source, row_label, reference)


def _in_parts(items: Sequence[T]) -> Iterable[Sequence[T]]:
    for start in range(0, len(items), _AT_ONCE):
        yield items[start : start + _AT_ONCE]
