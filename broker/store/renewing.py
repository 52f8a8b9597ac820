"""Records on their way from one generation of keys to another: read in pages, changed where nobody else changed them.

A record keeps its data key, version and everything that is sealed under it; its wrapped key, its points, and its
generation change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from broker.keys.envelope import NONCE_BYTES, wrap_each
from broker.keys.keysets import Keyset
from broker.store import driver
from broker.store.records import Random, Record
from broker.store.tables import records

_NAMES = (records.c.id, records.c.source, records.c.ref, records.c.version, records.c.generation, records.c.closed)
_AT_ONCE = 900


def page(connection: Connection, generation: int, *, after: bytes, most: int, around: bool = True) -> list[Any]:
    """At most `most` rows of a generation of keys after an id; `around`: when none is after it, from the first on."""
    query = select(*_NAMES, records.c.wrapped_key, records.c.tokens).where(records.c.generation == generation)
    query = query.order_by(records.c.id).limit(most)
    found = [*connection.execute(query.where(records.c.id > after))]
    return found or ([*connection.execute(query)] if around else [])


def rewrapped(some: Sequence[Record], keyset: Keyset, agency: str, *, random: Random) -> dict[bytes, dict[str, Any]]:
    """By record id, the columns that bring records of one agency to the generation of `keyset`."""
    kept = [(record.name, record.data_key) for record in some]
    wrapped = wrap_each(keyset.key_encrypting_key(agency), kept, nonces=[random(NONCE_BYTES) for _ in kept])
    return {
        record.id: {"wrapped_key": own, "tokens": record.sealed["tokens"], "generation": keyset.number}
        for record, own in zip(some, wrapped, strict=True)
    }


def unchanged(connection: Connection, generation: int, versions: Mapping[bytes, tuple[int, bytes]]) -> list[bytes]:
    """The ids of the rows that still have these versions and wrapped keys, are of this generation, and that nobody is
    changing now.

    They are held until the transaction ends. What somebody else is changing is left to them.
    """
    found: list[bytes] = []
    ids = sorted(versions)
    for start in range(0, len(ids), _AT_ONCE):
        query = select(records.c.id, records.c.version, records.c.wrapped_key).where(
            records.c.id.in_(ids[start : start + _AT_ONCE]), records.c.generation == generation
        )
        rows = connection.execute(query.order_by(records.c.id).with_for_update(skip_locked=True))
        found += [bytes(row.id) for row in rows if versions[bytes(row.id)] == (row.version, row.wrapped_key)]
    return found


def change(connection: Connection, changes: Mapping[bytes, Mapping[str, Any]]) -> None:
    """Sets columns of rows, by their ids; all changes name the same columns."""
    if changes:
        columns = sorted(next(iter(changes.values())))
        rows = [(*(changes[one][column] for column in columns), one) for one in sorted(changes)]
        driver.update(connection, "records", columns, rows)
