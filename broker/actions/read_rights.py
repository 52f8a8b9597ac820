"""An agency reads the rights it has taken in; what has run out is passed on before that."""

from __future__ import annotations

from sqlalchemy import Connection

from broker.actions.publish_checkpoint import prove
from broker.actions.right_clock import possible
from broker.actions.run_clocks import escalate, utc
from broker.parts import Parts
from broker.policy.clocks import last_day
from broker.policy.rights import officer_of, outcomes
from broker.store import records, rights
from broker.store.engine import Released
from broker.store.rights import RightInUse
from broker.wire import rights as wire
from broker.wire.reference import spoken_reference


def read_rights(parts: Parts, *, agency: str, staff: str, only_waiting: bool) -> Released[wire.Rights]:
    """What waits for the agency's reviewers, or all that is kept; that it was read is an event of the log."""
    what = "waiting" if only_waiting else "taken"
    stamp = parts.stamp(agency)
    event = stamp.event("admin", {"act": "read-rights", "what": what}, {"staff": staff})
    entry = parts.entry(event)
    with parts.store.begin() as tx:
        parts = parts.at(tx.connection)
        escalate(parts, tx)
        kept = rights.of_agency(tx.connection, parts.keyring, agency)
        refs = _refs(tx.connection, kept)
        shown = tuple(_shown(parts, one, refs.get(one.matter.record)) for one in kept if _is_listed(one, only_waiting))
        tx.audit(entry)
    [proven] = prove(parts, [entry.id])
    told = wire.Rights(v=1, agency=agency, rights=shown, leaf=proven.leaf, proof=proven.proof)
    return parts.store.recorded(told, entry.id)


def _is_listed(one: RightInUse, only_waiting: bool) -> bool:
    return one.is_waiting or not only_waiting


def _refs(connection: Connection, some: list[RightInUse]) -> dict[str, bytes]:
    """The agency's own references of the records that are still held, by their ids in hex."""
    rows = records.by_ids(connection, [bytes.fromhex(one.matter.record) for one in some])
    return {bytes(row.id).hex(): bytes(row.ref) for row in rows}


def _shown(parts: Parts, one: RightInUse, ref: bytes | None) -> wire.RightCase:
    matter, is_late = one.matter, one.state == "escalated"
    return wire.RightCase(
        reference=spoken_reference(one.id),
        right=matter.right,
        state=one.state,
        source=matter.source,
        ref=ref,
        staff=matter.staff,
        received=matter.clock.received,
        due=last_day(utc(one.due)) if one.state in ("open", "escalated") else None,
        is_overdue=is_late,
        escalated_to=officer_of(parts.policies, one.agency) if is_late else None,
        paused_since=matter.stopped,
        paused_for=matter.paused_for,
        months=matter.months,
        written_late=matter.written_late,
        acknowledged=matter.clock.acknowledged,
        outcome=matter.outcome,
        ground=matter.ground,
        reviewer=matter.reviewer or None,
        told=matter.told,
        outcomes=outcomes(matter.right) if one.is_waiting else (),
        clocks=possible(one, now=parts.now()),
    )
