"""An agency's chunk of records is checked, sealed, kept and receipted: all good rows in one transaction with the event.

What is wrong with the chunk as a whole (signature, agency, source, scheme, evaluation, header) refuses all of it. What
is wrong with one row rejects that row, with its number, the field and the reason, and keeps the others. The same bytes
sent again get the same receipt and change nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from broker.actions import check_chunk
from broker.actions.keep_rows import keep_rows
from broker.actions.publish_checkpoint import prove
from broker.audit.act_events import Posted, Rows, ingest_event
from broker.errors import Unavailable
from broker.keys import context, signing
from broker.parts import Parts
from broker.store import deliveries
from broker.store.engine import Entry, Released
from broker.wire.delivery import ChunkHeader, ChunkReceipt, RowResult


def accept_records(parts: Parts, body: bytes, *, key_id: str, batch: bytes, digest: str) -> Released[ChunkReceipt]:
    """Keeps a chunk that an agency signed with the delivery key `key_id`. Returns its receipt with its proof.

    Raises `BadInput`, `NotAllowed`, `Untrusted` or `Conflict` when the whole chunk is refused, and `Unavailable` when
    the store or the log can't take it; then nothing of it is kept.
    """
    agency = key_id.partition("/")[0]
    check_chunk.check_digest(body, digest)
    with parts.store.look() as connection:
        parts = parts.at(connection)
        known = deliveries.chunk(connection, batch, bytes.fromhex(digest))
        owner = deliveries.batch(connection, batch)
    if known is not None and owner is not None and owner.agency == agency:
        return _proven(parts, ChunkReceipt.model_validate_json(known.receipt), known.entry)

    chunk = check_chunk.check(parts, body, agency=agency, batch=batch)
    header, now = chunk.header, parts.now()
    with parts.store.begin(lengthy=True) as tx:
        parts, before = parts.writing(tx.connection), parts
        if parts.keysets.newest.generation.epoch != before.keysets.newest.generation.epoch:
            raise Unavailable("keys-changed", "the linkage key changed while the chunk was read", hint="send it again")
        deliveries.lock_source(tx.connection, header.source)
        deliveries.refuse_in_hand(tx.connection, batch, bytes.fromhex(digest))
        deliveries.open_batch(tx.connection, header)
        if header.evaluation is not None:
            expires, at = header.evaluation.expires, int(now.timestamp())
            deliveries.spend(tx.connection, "evaluation", header.evaluation.nonce, expires=expires, now=at)
        results, replaced = keep_rows(parts, tx, chunk)
        rows = Rows(_count(results, "kept"), replaced, _count(results, "retracted"), _count(results, "rejected"))
        posted = Posted(batch.hex(), header.number, digest, key_id)
        stamp = parts.stamp(agency, at=now)
        event = ingest_event(stamp, header.source, posted=posted, rows=rows)
        entry = parts.entry(event)
        tx.audit(entry)
        receipt = _receipt(parts, header, results, digest=digest, entry=entry)
        deliveries.add_chunk(tx.connection, receipt, entry.id)
    return _proven(parts, receipt, entry.id)


def _receipt(
    parts: Parts, header: ChunkHeader, results: Sequence[RowResult], *, digest: str, entry: Entry
) -> ChunkReceipt:
    receipt = ChunkReceipt(
        v=1,
        agency=header.agency,
        source=header.source,
        batch=header.batch,
        number=header.number,
        digest=digest,
        accepted_at=int(parts.now().timestamp()),
        kept=_count(results, "kept"),
        retracted=_count(results, "retracted"),
        rejected=_count(results, "rejected"),
        results=tuple(results),
        leaf=entry.leaf.decode(),
        signature=signing.UNSIGNED,
    )
    return signing.sign(receipt, context.RECEIPT, signing_key=parts.keyring.receipt_key)


def _proven(parts: Parts, receipt: ChunkReceipt, entry: bytes) -> Released[ChunkReceipt]:
    """A receipt with its proof. The signature does not cover the proof, which is remade as the log grows."""
    [proven] = prove(parts, [entry])
    return parts.store.recorded(receipt.model_copy(update={"proof": proven.proof}), entry)


def _count(results: Sequence[RowResult], outcome: str) -> int:
    return sum(result.outcome == outcome for result in results)
