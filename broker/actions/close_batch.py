"""A delivery ends. A snapshot closes the records it no longer holds; a delta closes nothing.

A snapshot that would close more than half of a source's records is refused until it is confirmed: a file cut in the
middle must not wipe a service out.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row

from broker.actions.damaged import tell_damaged
from broker.actions.erase import note_erased
from broker.audit.act_events import close_event
from broker.errors import BadInput, Conflict, NotAllowed, NotFound
from broker.parts import Parts
from broker.store import deliveries, labels, records
from broker.store.engine import Released, Tx
from broker.wire.delivery import BatchStatus, CloseBatch


def close_batch(parts: Parts, closing: CloseBatch, *, agency: str, batch: bytes) -> Released[BatchStatus]:
    """Ends a delivery. Raises `BadInput` when chunks are missing, `Conflict` when too much would be closed."""
    if closing.agency != agency:
        raise NotAllowed("agency-differs", "the form names another agency than the one that signed it", field="agency")
    with parts.store.begin() as tx:
        row = deliveries.known_batch(tx.connection, batch)
        _check_own(row, agency)
        if closing.source != row.source:
            raise NotAllowed("batch-not-yours", "this batch is of another source")
        parts = parts.writing(tx.connection)
        deliveries.lock_source(tx.connection, closing.source)
        row = deliveries.known_batch(tx.connection, batch)
        receipts = deliveries.chunks_of(tx.connection, batch)
        missing = set(closing.chunks) - {receipt.digest for receipt in receipts}
        if missing:
            raise BadInput(
                "chunks-missing", f"{len(missing)} chunks have not arrived", hint="send them, then close again"
            )
        closed = (
            row.closed_records
            if row.closed
            else _close(parts, tx, closing, batch=batch, snapshot=row.delivery == "snapshot")
        )
        if not row.closed:
            deliveries.close_batch(tx.connection, batch, closed)
            deliveries.cover(tx.connection, closing.source, [], complete=True)
        stamp = parts.stamp(agency)
        event = close_event(stamp, closing.source, batch=batch.hex(), closed=closed, held=len(closing.held))
        tx.audit(parts.entry(event))
        held = tx.release(_status(tx.connection, deliveries.known_batch(tx.connection, batch)))
    return held.released()


def batch_status(parts: Parts, *, agency: str, batch: bytes) -> BatchStatus:
    """What has arrived of a batch. Raises `NotFound`, also for another agency's batch."""
    with parts.store.look() as connection:
        row = deliveries.known_batch(connection, batch)
        _check_own(row, agency)
        return _status(connection, row)


def _check_own(row: Row[Any], agency: str) -> None:
    """Another agency's batch is answered for as one that nobody knows."""
    if row.agency != agency:
        raise NotFound("batch-unknown", "no chunk of this batch was accepted")


def _status(connection: Connection, row: Row[Any]) -> BatchStatus:
    receipts = deliveries.chunks_of(connection, row.batch)
    return BatchStatus(
        v=1,
        batch=row.batch,
        source=row.source,
        chunks=tuple(receipt.digest for receipt in receipts),
        kept=sum(receipt.kept for receipt in receipts),
        rejected=sum(receipt.rejected for receipt in receipts),
        retracted=sum(receipt.retracted for receipt in receipts),
        closed=row.closed,
        closed_records=row.closed_records,
    )


def _close(parts: Parts, tx: Tx, closing: CloseBatch, *, batch: bytes, snapshot: bool) -> int:
    """Closes what a snapshot no longer holds. Returns how many records."""
    if not snapshot:
        return 0
    spared = set(closing.held)
    gone = [row for row in records.not_in_batch(tx.connection, closing.source, batch) if row.ref not in spared]
    kept = records.count_in_batch(tx.connection, closing.source, batch)
    share = 100 * len(gone) // max(1, len(gone) + kept)
    if gone and share > parts.settings.large_close_percent and not closing.confirm_large:
        raise Conflict(
            "close-too-large",
            f"this snapshot would close {share} % of the records of `{closing.source}`",
            hint="check that the file is whole; if it is, close again with confirmation",
        )
    agency = closing.agency
    opened, damaged = records.opened_or_not(gone, parts.keysets, agency)
    labels.remove(tx.connection, parts.keysets, [(record.source, record.id, record.points()) for record in opened])
    labels.remove_all(tx.connection, parts.keysets, closing.source, tell_damaged(damaged))
    records.close(tx.connection, [row.id for row in gone])
    note_erased(parts, tx, [bytes(row.id) for row in gone], source=closing.source, agency=agency)
    return len(gone)
