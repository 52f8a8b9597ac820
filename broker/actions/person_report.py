"""A person asks what is held about them: their agency's own records as the broker has them, for the person to read.

Nothing of another agency is in it: each answers for its own. That it was made is an event of the log.
"""

from __future__ import annotations

from sqlalchemy import Connection

from broker.actions.publish_checkpoint import prove
from broker.actions.right_effects import is_guarded_by
from broker.audit.act_events import right_event
from broker.audit.canonical import Value
from broker.errors import BadInput, NotAllowed
from broker.parts import Parts
from broker.store import deliveries, marks, protections, records, rights
from broker.store.engine import Released
from broker.store.recalls import trace_tag
from broker.store.records import Record
from broker.store.rights import RightInUse
from broker.story.held import KEPT_AWAY
from broker.story.person_report import report_record
from broker.wire.answer import ReceiptLeaf
from broker.wire.person_report import PersonReport, RecordName, ReportRecord, ReportRequest, ReportRight
from broker.wire.rights import UNSAID

_REMEMBERED = 86_400


def person_report(parts: Parts, asked: ReportRequest, *, agency: str) -> Released[PersonReport]:
    """The report. Raises `NotAllowed` for another agency's source and `BadInput` for a record named twice."""
    if asked.agency != agency:
        raise NotAllowed("agency-differs", "the request names another agency than signed it", field="agency")
    for one in asked.records:
        if one.source not in parts.trust.agency(agency).sources:
            raise NotAllowed("source-not-yours", f"`{one.source}` is not a source of your agency", field="records")
    if len(set(asked.records)) != len(asked.records):
        raise BadInput("record-repeated", "a record is named twice", field="records")
    now = parts.now()
    with parts.store.begin() as tx:
        parts = parts.at(tx.connection)
        at = int(now.timestamp())
        deliveries.spend(tx.connection, "report", asked.id, expires=at + _REMEMBERED, now=at)
        found = {name: record for name in asked.records if (record := _record(parts, tx.connection, name, agency))}
        kinds = protections.kinds_for(tx.connection, parts.keysets, [one.points() for one in found.values()])
        is_guarded = any(some & KEPT_AWAY for some in kinds)
        is_ours = is_guarded_by(parts, tx.connection, list(found.values()), agency=agency)
        told = _told(parts, tx.connection, found, agency=agency, is_guarded=is_guarded)
        stamp = parts.stamp(agency, at=now)
        tags: list[Value] = [trace_tag(parts.keyring, bytes.fromhex(stamp.id), one.id) for one in found.values()]
        event = right_event(stamp, "reported", private={"right": "access", "staff": asked.staff, "tags": tags})
        entry = parts.entry(event)
        tx.audit(entry)
        held = tx.release(told)
    shown = held.released()
    [proven] = prove(parts, [entry.id])
    receipt = ReceiptLeaf(v=1, leaf=proven.leaf, proof=proven.proof, disclosures=tuple(entry.disclosures.values()))
    absent = tuple(name for name in asked.records if name not in found)
    # What another agency protects is left out above, and not said: whoever posts a record would learn of it.
    return shown.map(
        lambda some: PersonReport(
            v=1, agency=agency, made=at, records=some, absent=absent, is_guarded=is_ours, receipt=receipt
        )
    )


def _record(parts: Parts, connection: Connection, name: RecordName, agency: str) -> Record | None:
    row = records.by_refs(connection, name.source, [name.ref]).get(name.ref)
    return None if row is None or row.closed else records.opened(row, parts.keysets, agency)


def _told(
    parts: Parts, connection: Connection, found: dict[RecordName, Record], *, agency: str, is_guarded: bool
) -> tuple[ReportRecord, ...]:
    marked = marks.of(connection, parts.keyring, [one.id for one in found.values()])
    used = rights.of_agency(connection, parts.keyring, agency)
    told = []
    for name, record in found.items():
        content = record.content()
        shown = report_record(
            parts.policies, name.source, name.ref, payload=content.payload, items=content.items,
            open_item=record.items, is_guarded=is_guarded,
        )  # fmt: skip
        mark = marked.get(record.id)
        mine = tuple(_right(one) for one in used if one.matter.record == record.id.hex())
        told.append(shown.model_copy(update={"mark": None if mark == "erased" else mark, "rights": mine}))
    return tuple(told)


def _right(one: RightInUse) -> ReportRight:
    matter = one.matter
    return ReportRight(
        right=matter.right,
        state=one.state,
        received=matter.clock.received,
        outcome=matter.outcome,
        ground=None if matter.ground in UNSAID else matter.ground,
    )
