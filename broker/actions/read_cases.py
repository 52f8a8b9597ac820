"""A reviewer reads what waits for them, and a desk what became of its own. That they did is an event of the log."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import Connection

from broker.actions.answer_case import answers_to
from broker.actions.publish_checkpoint import prove
from broker.actions.run_clocks import escalate, escalated_to, utc
from broker.parts import Parts
from broker.policy.clocks import last_day
from broker.store import cases, records
from broker.store.cases import Case, Text
from broker.store.engine import Released
from broker.wire import challenge as wire
from broker.wire.reference import spoken_reference

_OVERTURNED = frozenset({"allow_once", "allow_and_propose"})


def read_waiting(parts: Parts, *, agency: str, staff: str) -> Released[wire.Waiting]:
    """What waits for the agency's reviewers, the overdue first; what has run out is passed on before that."""
    stamp = parts.stamp(agency)
    entry = parts.entry(stamp.event("admin", {"act": "read-cases", "what": "waiting"}, {"staff": staff}))
    with parts.store.begin() as tx:
        parts = parts.at(tx.connection)
        escalate(parts, tx)
        held = cases.held_by(tx.connection, parts.keyring, agency)
        shown = tuple(_shown(parts, tx.connection, one, reader=agency) for one in held)
        answered = cases.answered_by(tx.connection, parts.keyring, agency)
        tx.audit(entry)
    [proven] = prove(parts, [entry.id])
    done = [one for one in answered if one.kind in ("challenge", "sample")]
    overturned = sum(one.matter.outcome in _OVERTURNED for one in done)
    told = wire.Waiting(
        v=1,
        agency=agency,
        cases=shown,
        answered=len(done),
        overturned_percent=round(100 * overturned / len(done)) if done else None,
        leaf=proven.leaf,
        proof=proven.proof,
    )
    return parts.store.recorded(told, entry.id)


def read_ours(parts: Parts, *, agency: str, staff: str) -> Released[wire.Ours]:
    """What the agency's desks challenged, and their emergencies, the latest first."""
    stamp = parts.stamp(agency)
    entry = parts.entry(stamp.event("admin", {"act": "read-cases", "what": "ours"}, {"staff": staff}))
    with parts.store.begin() as tx:
        parts = parts.at(tx.connection)
        escalate(parts, tx)
        held = cases.asked_by(tx.connection, parts.keyring, agency)
        shown = tuple(_shown(parts, tx.connection, one, reader=agency) for one in held)
        tx.audit(entry)
    [proven] = prove(parts, [entry.id])
    told = wire.Ours(v=1, agency=agency, cases=shown, leaf=proven.leaf, proof=proven.proof)
    return parts.store.recorded(told, entry.id)


def _shown(parts: Parts, connection: Connection, case: Case, *, reader: str) -> wire.Case:
    matter, now = case.matter, int(parts.now().timestamp())
    item = parts.policies.vocabulary.items.get(matter.item)
    is_holder = case.holder == reader
    return wire.Case(
        reference=spoken_reference(case.id),
        kind=case.kind,
        state=case.state,
        asker=case.asker,
        holder=case.holder,
        staff=matter.staff,
        role=matter.role,
        purpose=matter.purpose,
        answer=spoken_reference(bytes.fromhex(matter.answer)),
        number=matter.number or None,
        made=case.made,
        due=last_day(utc(case.due)),
        is_overdue=case.is_waiting and case.due <= now,
        escalated_to=escalated_to(parts, case),
        agreement=matter.agreement,
        rule=matter.rule,
        level=matter.level,
        source=matter.source,
        item=matter.item,
        label=item.label if item else "",
        ref=_ref(parts, connection, case) if is_holder else None,
        lifts=matter.lifts,
        lifted=matter.lifted,
        explain_by=matter.explain_by or None,
        explained_at=matter.explained_at or None,
        person_told=matter.person_told,
        outcome=matter.outcome,
        allowed_until=case.until,
        answers=answers_to(case) if is_holder else (),
        written=_readable(matter.written, reader),
    )


def _ref(parts: Parts, connection: Connection, case: Case) -> bytes | None:
    """The reader's own reference of the record, where the record is theirs and still held."""
    sources = parts.policies.vocabulary.sources
    for row in records.by_ids(connection, [bytes.fromhex(case.matter.record)] if case.matter.record else []):
        if sources[row.source].agency == case.holder:
            return bytes(row.ref)
    return None


def _readable(texts: Sequence[Text], reader: str) -> tuple[wire.Written, ...]:
    return tuple(wire.Written.model_validate_json(json.dumps(asdict(one))) for one in texts if one.reader == reader)
