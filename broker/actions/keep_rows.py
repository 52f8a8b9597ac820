"""A chunk's good rows become records, label rows and entries of the register, in one transaction.

What is gone is removed before what is new is added, so that a record's label rows are never those of two versions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqlalchemy import Row as TableRow

from broker.actions.check_chunk import Chunk, Good, rejection
from broker.actions.damaged import tell_damaged
from broker.actions.dispose import without_what_is_over
from broker.actions.erase import note_erased
from broker.actions.protect import protect
from broker.errors import Conflict, NotFound
from broker.parts import Parts
from broker.store import deliveries, labels, marks, records
from broker.store.engine import Tx
from broker.store.records import NewRecord, Record
from broker.wire.delivery import RowResult

_Held: TypeAlias = "tuple[TableRow[Any] | None, Record | None]"
"""A row held under a name, and its record if it is open and whole."""


@dataclass
class _Writes:
    """What a chunk's good rows do to the tables."""

    new: list[tuple[bytes, NewRecord]] = field(default_factory=list)
    replaced: list[bytes] = field(default_factory=list)
    closed: dict[bytes, int] = field(default_factory=dict)
    gone: list[tuple[str, bytes, labels.Points]] = field(default_factory=list)
    damaged: set[bytes] = field(default_factory=set)
    """Of what is gone, the records whose points nobody knows any more."""
    added: list[tuple[str, bytes, labels.Points]] = field(default_factory=list)
    erased: frozenset[bytes] = frozenset()
    """The closed records that were erased at a person's request, and do not come back under the same reference."""


def keep_rows(parts: Parts, tx: Tx, chunk: Chunk) -> tuple[list[RowResult], int]:
    """Writes the good rows of `chunk`. Returns what became of every row, in their order, and how many were replaced.

    `parts` hold the open generations of keys open (`Parts.writing`).
    """
    source, agency = chunk.header.source, chunk.header.agency
    held = records.by_refs(tx.connection, source, [good.row.ref for good in chunk.good], held=True)
    kept = [row for row in held.values() if not row.closed]
    whole, damaged = records.opened_or_not(kept, parts.keysets, agency)
    tell_damaged(damaged)
    opened = {record.id: record for record in whole}
    marked = marks.of(tx.connection, parts.keyring, [bytes(row.id) for row in held.values() if row.closed])
    erased = frozenset(one for one, mark in marked.items() if mark == "erased")
    writes, results = _Writes(erased=erased), list(chunk.rejected)
    for good in chunk.good:
        row = held.get(good.row.ref)
        old = None if row is None else opened.get(row.id)
        results.append(_keep(parts, tx, chunk, good=good, held=(row, old), writes=writes))
    labels.remove(tx.connection, parts.keysets, writes.gone)
    labels.remove_all(tx.connection, parts.keysets, source, writes.damaged)
    rows = records.sealed_rows(writes.new, parts.keysets.newest, agency, random=parts.random)
    records.put(tx.connection, rows, replaced=writes.replaced)
    records.close(tx.connection, writes.closed, versions=writes.closed)
    note_erased(parts, tx, sorted(writes.closed), source=source, agency=agency)
    labels.add(tx.connection, parts.keysets, writes.added, random=parts.random)
    payloads = [good.payload for good in chunk.good if good.payload is not None]
    deliveries.cover(tx.connection, source, payloads, complete=False)
    return sorted(results, key=lambda result: result.row), len(writes.replaced)


def _keep(parts: Parts, tx: Tx, chunk: Chunk, *, good: Good, held: _Held, writes: _Writes) -> RowResult:
    """One row, against the record that is held under its name."""
    number, (source, agency), (row, old) = good.row.row, (chunk.header.source, chunk.header.agency), held
    if row is not None and row.version >= good.row.version:
        hint = "send the current state with a later version"
        return rejection(number, Conflict("version-stale", "a later version is held", hint=hint))
    if old is not None:
        writes.gone.append((source, old.id, old.points()))
    elif row is not None and not row.closed:
        writes.damaged.add(bytes(row.id))
    if good.payload is None:
        if row is None or row.closed:
            hint = "check the reference"
            return rejection(
                number, NotFound("not-held", "no record is held under this reference", hint=hint, field="ref")
            )
        writes.closed[row.id] = good.row.version
        return RowResult(row=number, outcome="retracted")
    if row is not None and row.closed and row.id in writes.erased:
        hint = "leave it out; a person who is known anew gets a new reference"
        return rejection(number, Conflict("record-erased", "this record was erased at the person's request", hint=hint))
    record_id = parts.random(16) if row is None else row.id
    new = NewRecord(
        source=source,
        ref=good.row.ref,
        version=good.row.version,
        batch=chunk.header.batch,
        points=good.points,
        evidence=good.evidence,
        payload=without_what_is_over(parts, good.payload),
        protections=protect(parts, tx, good, old=old, source=source, agency=agency),
        evidence_epoch=chunk.header.evidence_epochs[-1],
        evidence_seal=chunk.header.evidence_seal,
        seen_key=b"" if old is None else old.seen_key(),
    )
    writes.new.append((record_id, new))
    writes.replaced += [] if row is None else [row.id]
    writes.added.append((source, record_id, good.points))
    return RowResult(row=number, outcome="kept")
