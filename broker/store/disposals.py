"""How far disposal has come, and a record without the values that have to go."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, text, update

from broker.store import driver, records
from broker.store.engine import Store
from broker.store.records import NewRecord, Random, Record
from broker.store.retention_tables import disposals
from broker.store.tables import records as table
from broker.wire.delivery import ItemValue


@dataclass(frozen=True)
class Round:
    """What a round of a day did to one source: records looked at; records that lost so many values, or that are held
    back from losing them. `after` is how far it came; `ended` that it came to the end."""

    source: str
    day: dt.date
    after: bytes = b"\0" * 16
    ended: bool = False
    looked_at: int = 0
    records: int = 0
    destroyed: int = 0
    held: int = 0


def count(connection: Connection, sources: Collection[str]) -> int:
    """How many open records these sources have."""
    query = (
        select(func.count()).select_from(table).where(table.c.source.in_(sorted(sources)), table.c.closed.is_(False))
    )
    return int(connection.execute(query).scalar_one())


def page(connection: Connection, sources: Collection[str], *, after: bytes, most: int) -> list[Row[Any]]:
    """At most `most` open rows of these sources after an id, in the order of the ids."""
    query = select(table).where(table.c.source.in_(sorted(sources)), table.c.closed.is_(False), table.c.id > after)
    return list(connection.execute(query.order_by(table.c.id).limit(most)))


def again(connection: Connection, ids: Iterable[bytes]) -> list[Row[Any]]:
    """Those of the rows that are still open, which nobody else changes until the transaction ends."""
    query = select(table).where(table.c.id.in_(sorted(ids)), table.c.closed.is_(False)).order_by(table.c.id)
    return list(connection.execute(query.with_for_update()))


def without(record: Record, gone: Collection[int], agency: str, *, random: Random) -> dict[str, Any]:
    """The row of `record` without the values at these places, all the rest sealed under a fresh data key.

    The key it had is in no row any more: what it had sealed opens with nothing, wherever its bytes still lie.
    """
    content = record.content()
    values = tuple(value for at, value in enumerate(values_of(record)) if at not in gone)
    new = NewRecord(
        source=record.source,
        ref=record.ref,
        version=record.name.version,
        batch=b"",
        points=frozenset(record.stored_points()),
        evidence=record.evidence(),
        payload=content.payload.model_copy(update={"items": values}),
        protections=content.protections,
        seen_key=record.seen_key(),
    )
    [row] = records.sealed_rows([(record.id, new)], record.keyset, agency, random=random)
    return {name: row[name] for name in ("wrapped_key", "tokens", "evidence", "content", "items")}


def values_of(record: Record, codes: Collection[str] | None = None) -> list[ItemValue | None]:
    """The values of a record's items in their places; with `codes`, of those items only, and None for the others."""
    named = record.content().items
    some = {code: iter(record.items(code)) for code in set(named) if codes is None or code in codes}
    return [next(some[code]) if code in some else None for code in named]


def replace_each(connection: Connection, changed: Mapping[bytes, Mapping[str, Any]]) -> None:
    """Puts what `without` made in the place of the rows."""
    for record_id in sorted(changed):
        connection.execute(update(table).where(table.c.id == record_id).values(**changed[record_id]))


def rounds(connection: Connection) -> list[Round]:
    """The last round of each source."""
    return [Round(**row._mapping) for row in connection.execute(select(disposals).order_by(disposals.c.source))]


def keep(connection: Connection, some: Sequence[Round]) -> None:
    """Writes how far a round has come, in place of what was known of these sources."""
    if some:
        connection.execute(delete(disposals).where(disposals.c.source.in_([one.source for one in some])))
        connection.execute(insert(disposals), [asdict(one) for one in some])


def scrub(store: Store, *tables: str) -> None:
    """Takes what was deleted from `tables` out of the files of the database as far as the database can.

    SQLite overwrites what it deletes; its write-ahead log is emptied. PostgreSQL keeps what was there until a table is
    written anew, which locks it; names of tables are the caller's own.
    """
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.dialect.name == "sqlite":
            driver.say(connection, "PRAGMA wal_checkpoint(TRUNCATE)")
            return
        for name in tables:
            connection.execute(text(f"VACUUM (FULL) {name}"))
