"""Sending a delivery: every chunk once, a verified receipt for each, then the close. Safe to run again at any point.

The order is the argument; whatever happens between two steps, running again goes on where it stopped:

    1. the chunk is on disk               2. the broker has it             3. its receipt is verified and on disk
    4. after the last: the close is sent  5. the broker's answer is on disk

A chunk that the broker has already is answered with the same receipt, so a power cut between 2 and 3 costs nothing.
While one chunk is on its way the next is made: the two wait for different services.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from broker.agency.client import Connection
from broker.agency.delivery import Closed, Delivery, RejectedRow, digest
from broker.agency.receipts import Expected, check_chunk_receipt
from broker.errors import BadInput, Untrusted
from broker.keys.trust import Trust
from broker.wire.delivery import BatchStatus, ChunkReceipt, CloseBatch, Row
from broker.wire.fields import AnyWire, parse

CHUNK_TYPE = "application/jsonl"
_TOO_OLD = {"evaluation-expired", "epoch-unknown", "evidence-seal-unknown"}
"""Refusals of a chunk that was kept too long: its evaluation has expired, or its keys are those of before."""


@dataclass(frozen=True)
class Upload:
    """One delivery on its way. `encode` makes a chunk by its number; `progress` is told of every finished one."""

    delivery: Delivery
    broker: Connection
    trust: Trust
    encode: Callable[[int], bytes]
    progress: Callable[[ChunkReceipt], None]

    def run(self, *, now: Callable[[], int], confirm_large: bool = False) -> Closed:
        """Finishes the delivery. Raises what `client.Connection.send` and the encoding raise; nothing is lost then."""
        done = self.delivery.closed()
        if done is not None:
            return done
        numbers = range(1, self.delivery.manifest.chunks + 1)
        for number in numbers:
            # All of them are looked at first: of a damaged delivery nothing is sent.
            self.delivery.chunk(number)
        with ThreadPoolExecutor(max_workers=1) as maker:
            for number in numbers:
                receipt = self.delivery.receipt(number)
                if receipt is not None:
                    self.progress(receipt)
                    continue
                self.chunk(number)
                following = maker.submit(self.chunk, number + 1) if number + 1 in numbers else None
                self.progress(self._send_chunk(number))
                if following is not None:
                    following.result()
        status = self._close(confirm_large=confirm_large)
        closed = Closed(at=now(), status=status)
        self.delivery.keep_closed(closed)
        return closed

    def chunk(self, number: int) -> bytes:
        """The bytes of a chunk: those on disk, or made and stored now."""
        return self.delivery.chunk(number) or self.delivery.keep_chunk(number, self.encode(number))

    def _send_chunk(self, number: int) -> ChunkReceipt:
        kept = self.delivery.chunk(number)
        body = kept or self.chunk(number)
        try:
            receipt = self._put(body, number)
        except BadInput as error:
            # The broker looks whether it has these bytes before it looks at their age, so it has not got them.
            if error.code not in _TOO_OLD or kept is None:
                raise
            receipt = self._put(self.delivery.keep_chunk(number, self.encode(number)), number)
        self.delivery.keep_receipt(receipt)
        return receipt

    def _put(self, body: bytes, number: int) -> ChunkReceipt:
        manifest, name = self.delivery.manifest, digest(body)
        path = f"/v1/batches/{manifest.batch.hex()}/chunks/{name}"
        receipt = _answer(ChunkReceipt, self.broker.send("PUT", path, body=body, content_type=CHUNK_TYPE))
        rows = body.rstrip(b"\n").count(b"\n")
        expected = Expected(manifest.agency, manifest.source, manifest.batch, number, name, rows)
        check_chunk_receipt(receipt, expected, trust=self.trust)
        return receipt

    def _close(self, *, confirm_large: bool) -> BatchStatus:
        manifest, receipts = self.delivery.manifest, self.delivery.receipts()
        held = set(manifest.held) | rejected_refs(self.delivery, receipts)
        close = CloseBatch(
            v=1,
            agency=manifest.agency,
            source=manifest.source,
            chunks=tuple(receipt.digest for receipt in receipts),
            held=tuple(sorted(held)),
            confirm_large=confirm_large,
        )
        path = f"/v1/batches/{manifest.batch.hex()}/close"
        status = _answer(BatchStatus, self.broker.send("POST", path, body=close.model_dump_json().encode()))
        if (status.batch, status.source, status.closed) != (manifest.batch, manifest.source, True):
            raise Untrusted("close-other", "the broker's answer is not that this delivery is complete")
        return status


def read_status(broker: Connection, batch: bytes) -> BatchStatus:
    """What the broker holds of a batch."""
    return _answer(BatchStatus, broker.send("GET", f"/v1/batches/{batch.hex()}"))


def rejected_refs(delivery: Delivery, receipts: list[ChunkReceipt]) -> set[bytes]:
    """The references of rows that the broker refused: it must not take their absence for their end."""
    found: set[bytes] = set()
    for receipt in receipts:
        refused = {result.row for result in receipt.results if result.outcome == "rejected"}
        if refused:
            rows = [parse(Row, line) for line in (delivery.chunk(receipt.number) or b"").splitlines()[1:]]
            found |= {row.ref for row in rows if row.row in refused}
    return found


def rejected_rows(receipts: list[ChunkReceipt]) -> list[RejectedRow]:
    """The rows that the broker refused, in plain words."""
    return [
        RejectedRow(
            row=result.row,
            field=result.field or "",
            reason=result.message or result.code or "refused",
            code=result.code or "",
        )
        for receipt in receipts
        for result in receipt.results
        if result.outcome == "rejected"
    ]


def _answer(kind: type[AnyWire], body: bytes) -> AnyWire:
    try:
        return parse(kind, body)
    except BadInput:
        hint = "check that agency.toml names the broker, and upgrade this client"
        raise Untrusted("answer-malformed", "the broker's answer is not of the agreed form", hint=hint) from None
