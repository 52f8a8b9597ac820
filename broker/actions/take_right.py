"""A person uses a right about a record: their agency takes it in, its clock runs, and it counts from now on.

1. the source is the agency's own, and it holds the record
2. the day it arrived is one on which it can have arrived; an objection is possible at all
3. the same right about the same record is not under way, nor in force
4. keep it, its effect, what its reviewers are told and the event in one transaction
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row

from broker.actions import recall
from broker.actions.publish_checkpoint import prove
from broker.actions.right_effects import Effect, Held, needs_readers, take_effect
from broker.audit.act_events import right_event
from broker.audit.canonical import Value
from broker.errors import BadInput, Conflict, NotAllowed, NotFound
from broker.parts import Parts
from broker.policy.clocks import end_of, last_day
from broker.policy.days import london_date
from broker.policy.rights import due_on, may_object
from broker.store import deliveries, feed, records, rights
from broker.store.engine import Released
from broker.store.entries import Entry
from broker.store.feed import Notice
from broker.store.recalls import trace_tag
from broker.store.rights import Matter, RightInUse
from broker.wire.answer import ReceiptLeaf
from broker.wire.london import in_words
from broker.wire.reference import spoken_reference
from broker.wire.rights import RightReceipt, RightRequest

REMEMBERED = 86_400
OLDEST_DAYS = 366
"""A request that arrived longer ago is most likely mistyped; one that lay forgotten for months is still taken in."""


def take_right(parts: Parts, asked: RightRequest, *, agency: str) -> Released[RightReceipt]:
    """Takes in a right about a record of `agency`.

    Raises `NotAllowed` for another agency's source, `NotFound` for a record that is not held, `BadInput` for a day that
    can't be or an objection that the law does not give, and `Conflict` for one that is under way.
    """
    if asked.agency != agency:
        raise NotAllowed("agency-differs", "the request names another agency than signed it", field="agency")
    if asked.source not in parts.trust.agency(agency).sources:
        raise NotAllowed("source-not-yours", f"`{asked.source}` is not a source of your agency", field="source")
    now = parts.now()
    check_day(asked.received, earliest=london_date(now) - dt.timedelta(days=OLDEST_DAYS), now=now, field="received")
    with parts.store.look() as connection:
        parts = parts.at(connection)
        found = records.by_refs(connection, asked.source, [asked.ref]).get(asked.ref)
        # Tracing reads much of the log: not for a request that is going to be refused.
        _refuse_twice(parts, connection, asked, record=bytes(found.id) if found is not None else b"")
    if asked.right == "objection" and not may_object(parts.policies, agency):
        hint = "take it in as a complaint"
        raise BadInput("right-none", "nothing your agency shares rests on a ground that can be objected to", hint=hint)
    row = _open(found)
    traced = recall.trace(parts, frozenset({bytes(row.id)})) if needs_readers(asked.right, None) else []
    with parts.store.begin() as tx:
        parts, at = parts.writing(tx.connection), int(now.timestamp())
        deliveries.spend(tx.connection, "right", asked.id, expires=at + REMEMBERED, now=at)
        row = _open(records.by_refs(tx.connection, asked.source, [asked.ref], held=True).get(asked.ref))
        _refuse_twice(parts, tx.connection, asked, record=bytes(row.id))
        one = _taken(parts, asked, row, now=now)
        effect = take_effect(parts, tx, one, Held(records.opened(row, parts.keysets, agency), traced))
        one = noted(one, effect)
        rights.put(tx.connection, parts.keyring, one, random=parts.random)
        waits = Notice(agency, "right_waits", spoken_reference(one.id), last_day(_instant(one.due)))
        feed.put(tx.connection, [waits, *effect.notices], at=at)
        entry = event_of(parts, one, "taken", staff=asked.staff)
        tx.audit(entry)
        held = tx.release((one, effect))
    return held.released().map(lambda made: receipt_of(parts, made[0], made[1], entry))


def noted(one: RightInUse, effect: Effect) -> RightInUse:
    """`one` with whom its effect told, and the entry that holds it."""
    told = tuple(sorted({*one.matter.told, *effect.told}))
    return replace(one, matter=replace(one.matter, told=told, entry=effect.entry))


def event_of(parts: Parts, one: RightInUse, act: str, *, staff: str, more: Mapping[str, Value] | None = None) -> Entry:
    """The audit event of what happened to it. Its record is named by a tag of this leaf alone."""
    stamp = parts.stamp(one.agency)
    matter = one.matter
    private: dict[str, Value] = {
        "right": matter.right,
        "case": one.id.hex(),
        "source": matter.source,
        "staff": staff,
        "tag": trace_tag(parts.keyring, bytes.fromhex(stamp.id), bytes.fromhex(matter.record)),
        "received": matter.received,
        "due": last_day(_instant(one.due)).isoformat(),
        "told": list(matter.told),
        **(more or {}),
    }
    return parts.entry(right_event(stamp, act, private=private))


def receipt_of(parts: Parts, one: RightInUse, effect: Effect, entry: Entry) -> RightReceipt:
    """The receipt for what was just recorded about it."""
    [proven] = prove(parts, [entry.id])
    return RightReceipt(
        v=1,
        reference=spoken_reference(one.id),
        right=one.matter.right,
        state="escalated" if one.state == "open" and one.due <= int(parts.now().timestamp()) else one.state,
        due=last_day(_instant(one.due)) if one.state in ("open", "escalated") else None,
        outcome=one.matter.outcome,
        told=effect.told,
        untold=effect.untold,
        receipt=ReceiptLeaf(v=1, leaf=proven.leaf, proof=proven.proof, disclosures=tuple(entry.disclosures.values())),
    )


def check_day(day: dt.date, *, earliest: dt.date, now: dt.datetime, field: str) -> None:
    """Raises `BadInput` for a day after today in London, or before `earliest`."""
    if day > london_date(now):
        hint = "name the day on which it happened, not one to come"
        raise BadInput("right-day", "that day is still to come", field=field, hint=hint)
    if day < earliest:
        hint = f"name a day from {in_words(earliest)} on"
        raise BadInput("right-day", "it can't have been so long ago", field=field, hint=hint)


def due_seconds(one: Matter) -> int:
    """The instant at which its last day in London is over, in seconds since 1970."""
    return int(end_of(due_on(one.right, one.clock)).timestamp())


def _open(row: Row[Any] | None) -> Row[Any]:
    if row is None or row.closed:
        hint = "check the reference; what the broker does not hold, nobody is shown"
        raise NotFound("not-held", "no record is held under this reference", field="ref", hint=hint)
    return row


def _refuse_twice(parts: Parts, connection: Connection, asked: RightRequest, *, record: bytes) -> None:
    for one in rights.of_agency(connection, parts.keyring, asked.agency):
        same = (one.matter.record, one.matter.right) == (record.hex(), asked.right)
        if same and (one.is_waiting or one.state == "in_force"):
            hint = f"it is called {spoken_reference(one.id)}; one that was decided can be opened again"
            raise Conflict("right-taken", "this right about this record is taken in already", hint=hint)


def _taken(parts: Parts, asked: RightRequest, row: Row[Any], *, now: dt.datetime) -> RightInUse:
    matter = Matter(
        asked.right, asked.source, bytes(row.id).hex(), int(row.version), asked.staff, asked.received.isoformat()
    )
    one = rights.right_id(parts.keyring, asked.agency, asked.id)
    return RightInUse(one, asked.agency, "open", int(now.timestamp()), due_seconds(matter), matter)


def _instant(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
