"""A record is held back from being destroyed, for a court, an inquiry, a complaint; two people lift it.

It stops what would destroy the record (a window that is over, a retraction, the end of a delivery, an erasure) and
opens nothing: a held record that its agency takes back is told of to nobody and only kept. When the hold is lifted,
such a record goes at once, and values whose time is over with the next round (`dispose`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from sqlalchemy import Row

from broker.actions.erase import erased_tag, note_erased
from broker.actions.publish_checkpoint import prove
from broker.audit.disposal_events import hold_event
from broker.audit.events import Event, Stamp
from broker.errors import BadInput, NotAllowed, NotFound
from broker.parts import Parts
from broker.policy.days import london_date
from broker.store import deliveries, feed, holds, records, runs
from broker.store.engine import Released, Tx
from broker.store.entries import Entry
from broker.store.feed import Notice
from broker.store.holds import Hold
from broker.wire import hold as wire
from broker.wire.answer import ReceiptLeaf
from broker.wire.hold import HoldReceipt, HoldRequest, Holds
from broker.wire.reference import spoken_reference

_REMEMBERED = 86_400
RESTORED = "restored"
"""In place of who made a hold, where that was lost with the database."""
_MAX_DAYS = 3660
State = Literal["set", "renewed", "asked", "lifted"]


def hold_record(parts: Parts, said: HoldRequest, *, agency: str, by_reviewer: bool) -> Released[HoldReceipt]:
    """Sets a hold, or takes one of the two steps that lift it.

    Raises `NotAllowed` for another agency's record or a second person who is the first or has no review key, `NotFound`
    where there is no such record or hold, and `BadInput` for a day that will not do.
    """
    with parts.store.look() as connection:
        parts = parts.at(connection)
    _check(parts, said, agency=agency)
    at = int(parts.now().timestamp())
    with parts.store.begin() as tx:
        parts = parts.writing(tx.connection)
        deliveries.spend(tx.connection, "hold", said.id, expires=at + _REMEMBERED, now=at)
        row = _row(tx, said)
        known = holds.of(tx.connection, parts.keyring, bytes(row.id))
        state = _set(parts, tx, said, row, known) if said.act == "set" else _lift(parts, tx, said, known, by_reviewer)
        stamp = parts.stamp(agency)
        entry = _entry(parts, _event(parts, stamp, state, row, staff=said.staff))
        tx.audit(entry)
        if state == "asked":
            feed.put(tx.connection, [Notice(agency, "hold_waits", spoken_reference(entry.id))], at=at)
        if state == "lifted" and row.closed:
            # It was taken back while it was held: now it goes.
            records.close(tx.connection, [bytes(row.id)])
            note_erased(parts, tx, [bytes(row.id)], source=row.source, agency=agency)
        held = tx.release(state)
    held.released()
    return parts.store.recorded(HoldReceipt(v=1, state=state, receipt=_receipt(parts, entry)), entry.id)


def read_holds(parts: Parts, *, agency: str) -> Released[Holds]:
    """The holds of an agency. That somebody read them is an event of the audit log."""
    entry = _entry(
        parts,
        parts.stamp(agency).event("admin", {"act": "read-holds", "what": agency}, {}),
    )
    with parts.store.begin() as tx:
        sources = parts.trust.agency(agency).sources
        found = holds.of_sources(tx.connection, parts.keyring, sources)
        rows = {bytes(row.id): row for row in records.named(tx.connection, [one.id for one in found])}
        tx.audit(entry)
        held = tx.release(tuple(_shown(one, rows[one.id]) for one in found if one.id in rows))
    shown = held.released().value
    return parts.store.recorded(Holds(v=1, agency=agency, holds=shown, receipt=_receipt(parts, entry)), entry.id)


def hold_again(parts: Parts, events: Sequence[Mapping[str, Any]]) -> None:
    """Brings back, in a restored database, the holds that these events say there are; who made them is not known."""
    on, at = london_date(parts.now()), int(parts.now().timestamp())
    for source in sorted({event["source"] for event in events}):
        mine = [event for event in events if event["source"] == source]
        with parts.store.sequence() as connection:
            for row in list(runs.open_rows(connection, [source])):
                acts = [one["act"] for one in mine if erased_tag(parts, one["id"], bytes(row.id)) in one["tags"]]
                if acts and acts[-1] == "lifted":
                    holds.lift(connection, bytes(row.id))
                elif acts and not holds.among(connection, [bytes(row.id)]):
                    again = Hold(bytes(row.id), source, on, RESTORED, at)
                    holds.put(connection, parts.keyring, again, random=parts.random)


def _check(parts: Parts, said: HoldRequest, *, agency: str) -> None:
    if said.agency != agency:
        raise NotAllowed("agency-differs", "the request names another agency than the one that signed", field="agency")
    if said.source not in parts.trust.agency(agency).sources:
        raise NotAllowed("source-not-yours", f"`{said.source}` is not a source of your agency", field="source")
    if said.review_by is not None:
        days = (said.review_by - london_date(parts.now())).days
        if not 0 < days <= _MAX_DAYS:
            hint = "name a later day, within ten years"
            raise BadInput("review-day", "a hold is looked at again on a day to come", field="review_by", hint=hint)


def _row(tx: Tx, said: HoldRequest) -> Row[Any]:
    row = records.by_refs(tx.connection, said.source, [said.ref], held=True).get(said.ref)
    if row is None or row.wrapped_key is None:
        raise NotFound("not-held", "no record is held under this reference", hint="check the reference", field="ref")
    return row


def _set(parts: Parts, tx: Tx, said: HoldRequest, row: Row[Any], known: Hold | None) -> State:
    if said.review_by is None:
        raise BadInput("review-day", "a hold needs a day to look again", field="review_by")
    made_by, made_at = (known.made_by, known.made_at) if known else (said.staff, int(parts.now().timestamp()))
    new = Hold(bytes(row.id), row.source, said.review_by, made_by, made_at)
    holds.put(tx.connection, parts.keyring, new, random=parts.random)
    return "renewed" if known else "set"


def _lift(parts: Parts, tx: Tx, said: HoldRequest, known: Hold | None, by_reviewer: bool) -> State:
    if known is None:
        raise NotFound("hold-none", "this record is not held", hint="`broker-agency holds` lists your holds")
    if not known.lifted_by:
        asked = replace(known, lifted_by=said.staff)
        holds.put(tx.connection, parts.keyring, asked, random=parts.random)
        return "asked"
    if known.lifted_by == said.staff:
        raise NotAllowed("second-person", "two people lift a hold, and you were the first", hint="ask a colleague")
    if not by_reviewer:
        raise NotAllowed("second-person", "the second person lifts a hold with a review key", hint="ask a reviewer")
    holds.lift(tx.connection, known.id)
    return "lifted"


def _event(parts: Parts, stamp: Stamp, state: State, row: Row[Any], *, staff: str) -> Event:
    tag = erased_tag(parts, stamp.id, bytes(row.id))
    return hold_event(stamp, state, source=row.source, tags=[tag], staff=staff)


def _entry(parts: Parts, event: Event) -> Entry:
    return parts.entry(event)


def _receipt(parts: Parts, entry: Entry) -> ReceiptLeaf:
    [proven] = prove(parts, [entry.id])
    return ReceiptLeaf(v=1, leaf=proven.leaf, proof=proven.proof, disclosures=tuple(entry.disclosures.values()))


def _shown(one: Hold, row: Row[Any]) -> wire.Hold:
    return wire.Hold(
        source=one.source,
        ref=bytes(row.ref),
        review_by=one.review_by,
        made_by=one.made_by,
        made_at=one.made_at,
        kept=row.closed,
        asked_by=one.lifted_by or None,
    )
