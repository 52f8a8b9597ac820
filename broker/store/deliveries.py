"""Batches, chunks, the coverage of sources, what is spent, and the day's allowance."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from broker.errors import Conflict, NotFound, QuotaReached, Unavailable
from broker.store import driver
from broker.store.tables import batches, chunks, coverage, quotas
from broker.wire.delivery import ChunkHeader, ChunkReceipt, Payload

More: TypeAlias = Callable[[], int]
# What every question runs, in the driver's words (`store.driver`).
_IS_SPENT = "SELECT 1 FROM spent WHERE kind = ? AND id = ?"
_EXPIRED = "SELECT kind, id FROM spent WHERE expires < %s FOR UPDATE SKIP LOCKED"
_FORGET = {
    "sqlite": "DELETE FROM spent WHERE expires < ?",
    "postgresql": f"DELETE FROM spent WHERE (kind, id) IN ({_EXPIRED})",  # noqa: S608
}
_SPEND = "INSERT INTO spent (kind, id, expires) VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING id"
_ASKED = "SELECT questions FROM quotas WHERE agency = ? AND day = ?"
_COUNT = (
    "INSERT INTO quotas (agency, day, questions) VALUES (?, ?, ?)"
    " ON CONFLICT (agency, day) DO UPDATE SET questions = quotas.questions + excluded.questions"
    " RETURNING quotas.questions"
)


def lock_source(connection: Connection, source: str) -> None:
    """Lets one transaction at a time write records of `source`, so that none works on what another is replacing."""
    if connection.dialect.name == "postgresql":  # On SQLite there is one writer anyway.
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(source, 0))))


def batch(connection: Connection, batch_id: bytes) -> Row[Any] | None:
    return connection.execute(select(batches).where(batches.c.batch == batch_id)).one_or_none()


def known_batch(connection: Connection, batch_id: bytes) -> Row[Any]:
    """The batch. Raises `NotFound` when no chunk of it was accepted."""
    row = batch(connection, batch_id)
    if row is None:
        raise NotFound("batch-unknown", "no chunk of this batch was accepted")
    return row


def open_batch(connection: Connection, header: ChunkHeader) -> None:
    """Begins or continues the batch of a chunk. Raises `Conflict` when it is closed or belongs to somebody else."""
    row = batch(connection, header.batch)
    if row is None:
        values = {"batch": header.batch, "agency": header.agency, "source": header.source, "delivery": header.delivery}
        connection.execute(insert(batches), {**values, "closed": False, "closed_records": 0})
    elif (row.agency, row.source, row.delivery) != (header.agency, header.source, header.delivery):
        raise Conflict("batch-elsewhere", "this batch was begun for another source or kind of delivery")
    elif row.closed:
        raise Conflict("batch-closed", "this batch is closed", hint="begin a new delivery")


def close_batch(connection: Connection, batch_id: bytes, closed_records: int) -> None:
    connection.execute(
        update(batches).where(batches.c.batch == batch_id).values(closed=True, closed_records=closed_records)
    )


def chunk(connection: Connection, batch_id: bytes, digest: bytes) -> Row[Any] | None:
    query = select(chunks).where(chunks.c.batch == batch_id, chunks.c.digest == digest)
    return connection.execute(query).one_or_none()


def refuse_in_hand(connection: Connection, batch_id: bytes, digest: bytes) -> None:
    """Raises `Unavailable` when the same bytes were taken while these waited; asked again, they get their receipt."""
    if chunk(connection, batch_id, digest) is not None:
        raise Unavailable("chunk-in-hand", "this chunk has just been taken", hint="send it again, the same way")


def chunks_of(connection: Connection, batch_id: bytes) -> list[ChunkReceipt]:
    query = select(chunks.c.receipt).where(chunks.c.batch == batch_id).order_by(chunks.c.number)
    return [ChunkReceipt.model_validate_json(text) for text in connection.scalars(query)]


def add_chunk(connection: Connection, receipt: ChunkReceipt, entry: bytes) -> None:
    """Keeps the receipt of a chunk. Raises `Conflict` when another chunk has this number."""
    same = select(chunks.c.digest).where(chunks.c.batch == receipt.batch, chunks.c.number == receipt.number)
    if connection.execute(same).first() is not None:
        raise Conflict(
            "chunk-differs", "another chunk was accepted under this number", hint="send the same bytes again"
        )
    values = {"batch": receipt.batch, "digest": bytes.fromhex(receipt.digest), "number": receipt.number}
    connection.execute(
        insert(chunks), {**values, "entry": entry, "receipt": receipt.model_dump_json(exclude_none=True)}
    )


def cover(connection: Connection, source: str, payloads: list[Payload], *, complete: bool) -> None:
    """Notes how fresh a source is and what it covers, from what it said of its records."""
    row = connection.execute(select(coverage).where(coverage.c.source == source)).one_or_none()
    if not payloads:
        if row is not None and complete:
            connection.execute(update(coverage).where(coverage.c.source == source).values(complete=True))
        return
    latest = max(payloads, key=lambda payload: payload.as_of)
    values = {
        "as_of": latest.as_of,
        "coverage_from": min(payload.coverage_from for payload in payloads),
        "coverage_to": max(payload.coverage_to for payload in payloads),
        "coverage_area": latest.coverage_area,
        "complete": complete or (row is not None and row.complete),
    }
    # The latest delivery is believed, also where it takes back what an earlier one said.
    if row is None:
        connection.execute(insert(coverage), {"source": source, **values})
    else:
        connection.execute(update(coverage).where(coverage.c.source == source).values(**values))


def coverages(connection: Connection) -> dict[str, Row[Any]]:
    return {row.source: row for row in connection.execute(select(coverage))}


def spend(connection: Connection, kind: str, one: bytes, *, expires: int, now: int) -> None:
    """Marks a ticket, an evaluation or a request as used, with this transaction. Raises `Conflict` on a second use."""
    # What another transaction is forgetting now is left to it: waiting for it would put all questions in one line.
    driver.run(connection, _FORGET[connection.dialect.name], (now,))
    if not driver.marked(connection, _SPEND, (kind, one, expires)):
        raise _used(kind)


def refuse_spent(connection: Connection, kind: str, one: bytes) -> None:
    """Raises `Conflict` when it was used before. Reads only: `spend` decides."""
    if driver.marked(connection, _IS_SPENT, (kind, one)):
        raise _used(kind)


def refuse_used_up(connection: Connection, agency: str, day: dt.date, allowance: int, *, more: More) -> None:
    """Raises `QuotaReached` when the agency's day is used up. Reads only: `charge_question` decides."""
    found = driver.marked(connection, _ASKED, (agency, day.isoformat()))
    asked = found[0][0] if found else 0
    if asked >= allowance and asked >= allowance + more():
        raise _used_up()


def charge_question(connection: Connection, agency: str, day: dt.date, allowance: int, *, more: More) -> int:
    """Counts one question against the agency's day; how many it has now. Raises `QuotaReached`, uncounted.

    `more` says what two people allow beyond the allowance; it is asked when that alone is not enough.
    """
    asked = _count_questions(connection, agency, day, many=1)
    if asked > allowance and asked > allowance + more():
        raise _used_up()
    return asked


def charge_questions(connection: Connection, agency: str, day: dt.date, allowance: int, *, many: int) -> None:
    """Counts what is worth so `many` questions. Raises `QuotaReached`, and then none is counted."""
    if _count_questions(connection, agency, day, many=many) > allowance:
        raise _used_up()


def _count_questions(connection: Connection, agency: str, day: dt.date, *, many: int) -> int:
    return int(driver.marked(connection, _COUNT, (agency, day.isoformat(), many))[0][0])


def refuse_reviewed(connection: Connection, agency: str, day: dt.date, allowance: int) -> None:
    """Raises `QuotaReached` when the agency's reviewers have had their day's allowance. `charge_review` decides."""
    query = select(quotas.c.reviews).where(quotas.c.agency == agency, quotas.c.day == day)
    if (connection.execute(query).scalar() or 0) >= allowance:
        raise _reviewed()


def charge_review(connection: Connection, agency: str, day: dt.date, allowance: int) -> None:
    """Counts one explained pair against the agency's day. Raises `QuotaReached`, and then it is not counted."""
    counted = _dialect(connection).insert(quotas).values(agency=agency, day=day, questions=0, reviews=1)
    more = counted.on_conflict_do_update(
        index_elements=[quotas.c.agency, quotas.c.day], set_={"reviews": quotas.c.reviews + 1}
    )
    if connection.execute(more.returning(quotas.c.reviews)).scalar_one() > allowance:
        raise _reviewed()


def _used(kind: str) -> Conflict:
    return Conflict(f"{kind}-used", f"this {kind} was used before", hint="make a new one; it can be used once")


def _used_up() -> QuotaReached:
    return QuotaReached(
        "questions-used-up",
        "your agency has used its allowance of look-ups for today",
        hint="it starts again at midnight UTC",
    )


def _reviewed() -> QuotaReached:
    return QuotaReached(
        "reviews-used-up",
        "your agency has used its allowance of reviews for today",
        hint="it starts again at midnight UTC",
    )


def _dialect(connection: Connection) -> Any:
    return sqlite if connection.dialect.name == "sqlite" else postgresql
