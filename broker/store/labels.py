"""Label rows: found by label, deleted with their record, never listed by record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from sqlalchemy import Connection, delete, select, tuple_

from broker.keys.keyring import Keyring
from broker.keys.labels import NONCE_BYTES, label, open_reference, seal_reference
from broker.store.tables import labels

T = TypeVar("T")
Points = Mapping[int, bytes]
"""The unmasked points of one record or question, by match-key number."""

REGISTER = "_protections"
"""Stands in the place of a source for the register of protections: no agency may be called so."""

_AT_ONCE = 900


def labels_of(keyring: Keyring, source: str, points: Points) -> list[bytes]:
    """The labels that `points` have at `source`, in the order of their match-key numbers."""
    return [label(keyring.label_key, source, number=number, point=points[number]) for number in sorted(points)]


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
            new.append({"source": source, "label": row_label, "reference": sealed})
    if new:
        connection.execute(labels.insert(), sorted(new, key=lambda row: (row["label"], row["reference"])))


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


def _open_rows(
    connection: Connection, keyring: Keyring, wanted: Sequence[tuple[str, bytes]]
) -> Iterable[tuple[str, bytes, bytes, bytes]]:
    by_source: dict[str, list[bytes]] = {}
    for source, row_label in wanted:
        by_source.setdefault(source, []).append(row_label)
    for source, wanted_labels in by_source.items():
        for some in _in_parts(wanted_labels):
            query = select(labels.c.label, labels.c.reference).where(
                labels.c.source == source, labels.c.label.in_(some)
            )
            for row_label, sealed in connection.execute(query).all():
                record_id = open_reference(keyring.reference_key, sealed, source=source, row_label=row_label)
                yield source, row_label, sealed, record_id


def _in_parts(items: Sequence[T]) -> Iterable[Sequence[T]]:
    for start in range(0, len(items), _AT_ONCE):
        yield items[start : start + _AT_ONCE]
