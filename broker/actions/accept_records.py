"""An agency's chunk of records is checked, sealed, kept and receipted: all good rows in one transaction with the event.

What is wrong with the chunk as a whole (signature, agency, source, scheme, evaluation, header) refuses all of it. What
is wrong with one row rejects that row, with its number, the field and the reason, and keeps the others. The same bytes
sent again get the same receipt and change nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from broker.actions import check_chunk
from broker.actions.check_chunk import Chunk
from broker.actions.protect import protect
from broker.actions.publish_checkpoint import prove
from broker.audit.events import Rows, Stamp, ingest_event
from broker.errors import Conflict
from broker.keys import context, signing
from broker.parts import Parts
from broker.store import auditlog, deliveries, labels, records
from broker.store.engine import Released, Tx
from broker.store.records import NewRecord
from broker.wire.delivery import ChunkReceipt, RowResult


def accept_records(parts: Parts, body: bytes, *, agency: str, batch: bytes, digest: str) -> Released[ChunkReceipt]:
    """Keeps a chunk that `agency` signed. Returns its receipt with the proof that the event is in the audit log.

    Raises `BadInput`, `NotAllowed`, `Untrusted` or `Conflict` when the whole chunk is refused, and `Unavailable` when
    the store or the log can't take it; then nothing of it is kept.
    """
    check_chunk.check_digest(body, digest)
    with parts.store.look() as connection:
        known = deliveries.chunk(connection, batch, bytes.fromhex(digest))
        owner = deliveries.batch(connection, batch)
    if known is not None and owner is not None and owner.agency == agency:
        return _again(parts, ChunkReceipt.model_validate_json(known.receipt), known.entry)

    chunk = check_chunk.check(parts, body, agency=agency, batch=batch)
    now = parts.now()
    with parts.store.begin() as tx:
        deliveries.open_batch(tx.connection, chunk.header)
        evaluation = chunk.header.evaluation
        if evaluation is not None:
            spend = (tx.connection, "evaluation", evaluation.nonce)
            deliveries.spend(*spend, expires=evaluation.expires, now=int(now.timestamp()))
        results = _keep(parts, tx, chunk)
        stamp = Stamp(parts.random(16).hex(), now, agency)
        count = _counts(results)
        header = chunk.header
        rows = Rows(count["kept"], count["retracted"], count["rejected"])
        event = ingest_event(stamp, header.source, batch=batch.hex(), number=header.number, chunk=digest, rows=rows)
        entry = auditlog.entry(event, parts.keyring, random=parts.random)
        tx.audit(entry)
        receipt = ChunkReceipt(
            v=1,
            agency=agency,
            source=header.source,
            batch=batch,
            number=header.number,
            digest=digest,
            accepted_at=int(now.timestamp()),
            kept=count["kept"],
            retracted=count["retracted"],
            rejected=count["rejected"],
            results=tuple(results),
            leaf=entry.leaf.decode(),
            signature=signing.UNSIGNED,
        )
        receipt = signing.sign(receipt, context.RECEIPT, signing_key=parts.keyring.receipt_key)
        deliveries.add_chunk(tx.connection, receipt, entry.id)
    return _again(parts, receipt, entry.id)


def _again(parts: Parts, receipt: ChunkReceipt, entry: bytes) -> Released[ChunkReceipt]:
    """A receipt with its proof. The signature does not cover the proof, which is remade as the log grows."""
    [proven] = prove(parts, [entry])
    return parts.store.recorded(receipt.model_copy(update={"proof": proven.proof}), entry)


def _counts(results: Sequence[RowResult]) -> dict[str, int]:
    return {name: sum(result.outcome == name for result in results) for name in ("kept", "retracted", "rejected")}


@dataclass
class _Writes:
    """What a chunk's good rows do to the tables."""

    new: list[dict[str, Any]]
    replaced: list[bytes]
    closed: dict[bytes, int]
    gone: list[tuple[str, bytes, labels.Points]]
    added: list[tuple[str, bytes, labels.Points]]


def _keep(parts: Parts, tx: Tx, chunk: Chunk) -> list[RowResult]:
    source, agency = chunk.header.source, chunk.header.agency
    held = records.by_refs(tx.connection, source, [good.row.ref for good in chunk.good])
    writes = _Writes([], [], {}, [], [])
    results = list(chunk.rejected)
    for good in chunk.good:
        row = held.get(good.row.ref)
        if row is not None and row.version >= good.row.version:
            hint = "send the current state with a later version"
            results.append(
                check_chunk.rejection(good.row.row, Conflict("version-stale", "a later version is held", hint=hint))
            )
            continue
        old = None if row is None or row.closed else records.opened(row, parts.keyring.key_encrypting_key(agency))
        if old is not None:
            writes.gone.append((source, old.id, old.points()))
        if good.payload is None:
            if row is not None:
                writes.closed[row.id] = good.row.version
            results.append(RowResult(row=good.row.row, outcome="retracted"))
            continue
        entries = protect(parts, tx, good, old=old, source=source, agency=agency)
        record_id = parts.random(16) if row is None else row.id
        new = NewRecord(
            source,
            good.row.ref,
            good.row.version,
            chunk.header.batch,
            good.points,
            good.evidence,
            good.payload,
            entries,
        )
        kek = parts.keyring.key_encrypting_key(agency)
        writes.new.append(records.sealed_row(new, record_id, key_encrypting_key=kek, random=parts.random))
        writes.replaced += [] if row is None else [row.id]
        writes.added.append((source, record_id, good.points))
        results.append(RowResult(row=good.row.row, outcome="kept"))
    labels.remove(tx.connection, parts.keyring, writes.gone)
    records.put(tx.connection, writes.new, replaced=writes.replaced)
    records.close(tx.connection, writes.closed, versions=writes.closed)
    labels.add(tx.connection, parts.keyring, writes.added, random=parts.random)
    payloads = [good.payload for good in chunk.good if good.payload is not None]
    deliveries.cover(tx.connection, source, payloads, complete=False)
    return sorted(results, key=lambda result: result.row)
