"""A chunk's good rows become records, label rows and entries of the register, in one transaction.

What is gone is removed before what is new is added, so that a record's label rows are never those of two versions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row as TableRow

from broker.actions.check_chunk import Chunk, Good, rejection
from broker.actions.protect import protect
from broker.errors import Conflict, NotFound
from broker.parts import Parts
from broker.store import deliveries, labels, records
from broker.store.engine import Tx
from broker.store.records import NewRecord
from broker.wire.delivery import RowResult


@dataclass
class _Writes:
    """What a chunk's good rows do to the tables."""

    new: list[dict[str, Any]] = field(default_factory=list)
    replaced: list[bytes] = field(default_factory=list)
    closed: dict[bytes, int] = field(default_factory=dict)
    gone: list[tuple[str, bytes, labels.Points]] = field(default_factory=list)
    added: list[tuple[str, bytes, labels.Points]] = field(default_factory=list)


def keep_rows(parts: Parts, tx: Tx, chunk: Chunk) -> tuple[list[RowResult], int]:
    """Writes the good rows of `chunk`. Returns what became of every row, in their order, and how many were replaced."""
    source = chunk.header.source
    held = records.by_refs(tx.connection, source, [good.row.ref for good in chunk.good])
    writes, results = _Writes(), list(chunk.rejected)
    for good in chunk.good:
        results.append(_keep(parts, tx, chunk, good=good, row=held.get(good.row.ref), writes=writes))
    labels.remove(tx.connection, parts.keyring, writes.gone)
    records.put(tx.connection, writes.new, replaced=writes.replaced)
    records.close(tx.connection, writes.closed, versions=writes.closed)
    labels.add(tx.connection, parts.keyring, writes.added, random=parts.random)
    payloads = [good.payload for good in chunk.good if good.payload is not None]
    deliveries.cover(tx.connection, source, payloads, complete=False)
    return sorted(results, key=lambda result: result.row), len(writes.replaced)


def _keep(parts: Parts, tx: Tx, chunk: Chunk, *, good: Good, row: TableRow[Any] | None, writes: _Writes) -> RowResult:
    """One row, against the record that is held under its name."""
    number, (source, agency) = good.row.row, (chunk.header.source, chunk.header.agency)
    if row is not None and row.version >= good.row.version:
        hint = "send the current state with a later version"
        return rejection(number, Conflict("version-stale", "a later version is held", hint=hint))
    key_encrypting_key = parts.keyring.key_encrypting_key(agency)
    old = None if row is None or row.closed else records.opened(row, key_encrypting_key)
    if old is not None:
        writes.gone.append((source, old.id, old.points()))
    if good.payload is None:
        if row is None or old is None:
            hint = "check the reference"
            return rejection(
                number, NotFound("not-held", "no record is held under this reference", hint=hint, field="ref")
            )
        writes.closed[row.id] = good.row.version
        return RowResult(row=number, outcome="retracted")
    record_id = parts.random(16) if row is None else row.id
    new = NewRecord(
        source=source,
        ref=good.row.ref,
        version=good.row.version,
        batch=chunk.header.batch,
        points=good.points,
        evidence=good.evidence,
        payload=good.payload,
        protections=protect(parts, tx, good, old=old, source=source, agency=agency),
    )
    writes.new.append(records.sealed_row(new, record_id, key_encrypting_key=key_encrypting_key, random=parts.random))
    writes.replaced += [] if row is None else [row.id]
    writes.added.append((source, record_id, good.points))
    return RowResult(row=number, outcome="kept")
