"""A posted protection enters the register of protections, with its own audit event, in the row's transaction.

The register is apart from the records: an entry outlives the version that brought it, and a later version that does not
mention it lifts nothing, because only two people can. The same kind posted again for the record renews the entry.
"""

from __future__ import annotations

from broker.actions.check_chunk import Good
from broker.audit.act_events import protect_event
from broker.audit.events import Stamp
from broker.parts import Parts
from broker.store import auditlog, protections
from broker.store.engine import Tx
from broker.store.records import Record


def protect(parts: Parts, tx: Tx, good: Good, *, old: Record | None, source: str, agency: str) -> tuple[bytes, ...]:
    """The ids of the register's entries for this record after the row: what it had, and what it brings."""
    had = () if old is None else old.content().protections
    notices = good.payload.protections if good.payload is not None else ()
    if not notices:
        return had
    known = {entry.kind: entry.id for entry in protections.read(tx.connection, parts.keysets, had)}
    entries = []
    for notice in notices:
        entry_id = known.get(notice.kind) or parts.random(16)
        entries.append(protections.Entry(entry_id, notice.kind, source, notice.made_by, notice.review_by, good.points))
        act = "renewed" if notice.kind in known else "set"
        stamp = Stamp(parts.random(16).hex(), parts.now(), agency)
        event = protect_event(
            stamp, act, review_by=notice.review_by.isoformat(), kind=notice.kind, made_by=notice.made_by
        )
        tx.audit(auditlog.entry(event, parts.keyring, random=parts.random))
    protections.put(tx.connection, parts.keysets, entries, random=parts.random)
    return (*(one for one in had if one not in {entry.id for entry in entries}), *(entry.id for entry in entries))
