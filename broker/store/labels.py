"""Label rows: found by label, deleted with their record, never listed by record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias, TypeVar

from sqlalchemy import Connection, delete, tuple_

from broker.keys.keyring import Keyring
from broker.keys.labels import NONCE_BYTES, labels_at, open_reference, seal_reference
from broker.store import driver, inlist
from broker.store.tables import labels

T = TypeVar("T")
Points: TypeAlias = frozenset[tuple[int, bytes]]
"""The unmasked points of one record or question, with their match-key numbers."""

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


def labels_of(keyring: Keyring, source: str, points: Points) -> list[bytes]:
    """The labels that `points` have at `source`, by match-key number, then point."""
    return labels_at(keyring.label_key, source, sorted(points))


def add(
    connection: Connection,
    keyring: Keyring,
    rows: Iterable[tuple[str, bytes, Points]],
    *,
    random: Callable[[int], bytes],
) -> None:
    """Adds the label rows of (source, record id, points), in the order of the labels, which is the order of nothing."""
    new = []
    for source, record_id, points in rows:
        for row_label in labels_of(keyring, source, points):
            sealed = seal_reference(
                keyring.reference_key, record_id, source=source, row_label=row_label, nonce=random(NONCE_BYTES)
            )
            new.append((source, row_label, sealed))
    if new:
        rows_by_label = sorted(new, key=lambda row: row[1:])
        driver.insert(connection, "labels", ("source", "label", "reference"), rows_by_label)


def remove(connection: Connection, keyring: Keyring, rows: Iterable[tuple[str, bytes, Points]]) -> None:
    """Deletes exactly the label rows of (source, record id, points)."""
    wanted: dict[tuple[str, bytes], set[bytes]] = {}
    for source, record_id, points in rows:
        for row_label in labels_of(keyring, source, points):
            wanted.setdefault((source, row_label), set()).add(record_id)
    doomed = [
        (source, row_label, sealed)
        for source, row_label, sealed, record_id in _open_rows(connection, keyring, list(wanted))
        if record_id in wanted[(source, row_label)]
    ]
    for some in _in_parts(doomed):
        connection.execute(delete(labels).where(tuple_(labels.c.source, labels.c.label, labels.c.reference).in_(some)))


def find(
    connection: Connection, keyring: Keyring, wanted: Sequence[tuple[str, bytes]]
) -> dict[tuple[str, bytes], list[bytes]]:
    """The record ids behind each wanted (source, label)."""
    found: dict[tuple[str, bytes], list[bytes]] = {}
    for source, row_label, _, record_id in _open_rows(connection, keyring, wanted):
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
    connection: Connection, keyring: Keyring, wanted: Sequence[tuple[str, bytes]]
) -> Iterable[tuple[str, bytes, bytes, bytes]]:
    by_source: dict[str, list[bytes]] = {}
    for source, row_label in wanted:
        by_source.setdefault(source, []).append(row_label)
    for source, row_label, sealed in sealed_rows(connection, by_source):
        record_id = open_reference(keyring.reference_key, sealed, source=source, row_label=row_label)
        yield source, row_label, sealed, record_id


def _in_parts(items: Sequence[T]) -> Iterable[Sequence[T]]:
    for start in range(0, len(items), _AT_ONCE):
        yield items[start : start + _AT_ONCE]
