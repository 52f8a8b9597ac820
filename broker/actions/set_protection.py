"""A protection is set, renewed, confirmed or lifted by staff of the agency that holds the person's record, at once.

    set      by one person with a desk key: in force at the next question, and waits for a second to confirm it
    renew    by one, with either key: another day of review
    confirm  by another member of staff with a review key: it stays, and a proposal to lift it is off the table
    lift     proposed by one with a desk key, agreed to by another with a review key: only then it ends

1. the agency, its source, the kind and the key are ones that may do this
2. the entry is held, so that of two at once the second finds what the first did
3. what it becomes, its audit event and a notice to the agency's own feed are one transaction
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from broker.actions.protect import event
from broker.actions.protection_acts import MADE, Asked
from broker.actions.publish_checkpoint import prove
from broker.errors import NotAllowed, NotFound
from broker.linkage.compare import Points
from broker.parts import Parts
from broker.policy.clocks import due_after, last_day
from broker.policy.days import london_date
from broker.store import deliveries, feed, protections, records
from broker.store.engine import Released, Tx
from broker.store.feed import Notice
from broker.store.protections import Entry, entry_id
from broker.wire.protection import ProtectionAct, ProtectionReceipt, ProtectionRequest
from broker.wire.reference import spoken_reference

CONFIRM_WORKING_DAYS = 2
"""How long a second member of staff has to confirm a protection, or to agree that one is lifted."""
KEYS: Mapping[ProtectionAct, frozenset[str]] = {
    "set": frozenset({"ask"}),
    "renew": frozenset({"ask", "review"}),
    "confirm": frozenset({"review"}),
    "lift": frozenset({"ask", "review"}),
}
"""Which keys may do what; a key is for one use, so the two people have two keys."""
_REMEMBERED = 86_400


def set_protection(parts: Parts, said: ProtectionRequest, *, agency: str, use: str) -> Released[ProtectionReceipt]:
    """Does what is asked with a key of this use ("ask" for a desk key, "review").

    Raises `NotAllowed` for another's source, the wrong key or the same person twice, `BadInput` for a kind or a day
    that will not do, `NotFound` where there is no such record or protection, and `Conflict` when it is so already.
    """
    with parts.store.look() as connection:
        parts = parts.at(connection)
    _check(parts, said, agency=agency, use=use)
    now = parts.now()
    at, due = int(now.timestamp()), int(due_after(now, CONFIRM_WORKING_DAYS).timestamp())
    asked = Asked(said, use, london_date(now), at, due)
    with parts.store.begin() as tx:
        parts = parts.writing(tx.connection)
        deliveries.spend(tx.connection, "protection", said.id, expires=at + _REMEMBERED, now=at)
        known, points = _entry(parts, tx, said, agency=agency)
        entry = MADE[said.act](parts, asked, known, points)
        protections.put(tx.connection, parts.keysets, [entry], random=parts.random)
        logged = event(parts, entry, staff=_who(entry, known, said), agency=agency)
        tx.audit(logged)
        if entry.awaits is not None and (known is None or known.awaits != entry.awaits):
            notice = Notice(agency, "protection_waits", spoken_reference(entry.id), _day(entry.due))
            feed.put(tx.connection, [notice], at=at)
        held = tx.release(entry)
    entry = held.released().value
    [proven] = prove(parts, [logged.id])
    return parts.store.recorded(_receipt(entry, leaf=proven.leaf, proof=proven.proof), logged.id)


def _check(parts: Parts, said: ProtectionRequest, *, agency: str, use: str) -> None:
    if said.agency != agency:
        raise NotAllowed("agency-differs", "the request names another agency than signed it", field="agency")
    if said.source not in parts.trust.agency(agency).sources:
        raise NotAllowed("source-not-yours", f"`{said.source}` is not a source of your agency", field="source")
    if use not in KEYS[said.act]:
        hint = "one person sets it or proposes to lift it with a desk key, another agrees with a review key"
        raise NotAllowed("protection-key", "this is not done with a key of this use", field="act", hint=hint)


def _entry(parts: Parts, tx: Tx, said: ProtectionRequest, *, agency: str) -> tuple[Entry | None, Points]:
    """The entry as it is held, if there is one, and the points of the record's person as far as they are known."""
    row = records.by_refs(tx.connection, said.source, [said.ref], held=True).get(said.ref)
    whole, _ = records.opened_or_not([row] if row is not None and not row.closed else [], parts.keysets, agency)
    record = whole[0] if whole else None
    mine = entry_id(parts.keyring, said.source, said.ref, kind=said.kind)
    ids = {mine, *(record.content().protections if record is not None else ())}
    found = [one for one in protections.held(tx.connection, parts.keysets, ids) if one.kind == said.kind]
    # One that a delivery brought before entries had names of their own goes before one that was lifted.
    entry = next((one for one in found if not one.is_lifted), found[0] if found else None)
    if entry is None and said.act != "set":
        raise NotFound("protection-unknown", "there is no such protection of this record's person", field="ref")
    return entry, record.points() if record is not None else frozenset()


def _who(entry: Entry, known: Entry | None, said: ProtectionRequest) -> tuple[str, ...]:
    """Who acted: of what two do together both."""
    if entry.is_lifted and known is not None:
        return known.lifting_by, said.staff
    return entry.made_by if said.act == "confirm" else (said.staff,)


def _day(due: int | None) -> dt.date | None:
    return None if due is None else last_day(dt.datetime.fromtimestamp(due, dt.UTC))


def _receipt(entry: Entry, *, leaf: str, proof: str) -> ProtectionReceipt:
    return ProtectionReceipt(
        v=1,
        reference=spoken_reference(entry.id),
        in_force=not entry.is_lifted,
        awaits=entry.awaits,
        due=_day(entry.due),
        review_by=entry.review_by,
        leaf=leaf,
        proof=proof,
    )
