"""A protection enters the register of protections, with its own audit event, in the transaction of what brought it.

The register is apart from the records: an entry outlives the version that brought it, and a later version that does not
mention it lifts nothing, because only two people can. There is one entry for each record and kind: posted again, it is
renewed; posted again after it was lifted, it is in force again, for when unsure we protect.
"""

from __future__ import annotations

from broker.actions.check_chunk import Good
from broker.audit.act_events import protect_event
from broker.linkage.compare import Points
from broker.parts import Parts
from broker.policy.days import london_date
from broker.store import protections
from broker.store.engine import Entry as Logged
from broker.store.engine import Tx
from broker.store.protections import Entry, entry_id
from broker.store.records import Record
from broker.wire.delivery import ProtectionNotice


def protect(parts: Parts, tx: Tx, good: Good, *, old: Record | None, source: str, agency: str) -> tuple[bytes, ...]:
    """The ids of the register's entries for this record after the row: what it had, and what it brings."""
    had = () if old is None else old.content().protections
    notices = good.payload.protections if good.payload is not None else ()
    if not notices:
        return had
    mine = [entry_id(parts.keyring, source, good.row.ref, kind=notice.kind) for notice in notices]
    known = {entry.kind: entry for entry in protections.held(tx.connection, parts.keysets, {*had, *mine})}
    entries = []
    for notice, own in zip(notices, mine, strict=True):
        new = Entry(own, notice.kind, source, (), notice.review_by, good.points, ref=good.row.ref)
        entries.append(_posted(parts, notice, known.get(notice.kind), new=new))
        tx.audit(event(parts, entries[-1], staff=notice.made_by, agency=agency))
    protections.put(tx.connection, parts.keysets, entries, random=parts.random)
    return (*(one for one in had if one not in {entry.id for entry in entries}), *(entry.id for entry in entries))


def _posted(parts: Parts, notice: ProtectionNotice, known: Entry | None, *, new: Entry) -> Entry:
    """What two people's notice in a delivery makes of an entry: in force, confirmed. It stops no proposal to lift."""
    before, on = known or new, london_date(parts.now())
    act = "set" if known is None or known.is_lifted else "renewed"
    is_lifting = before.awaits == "lift"
    return before.then(
        act,
        staff=notice.made_by[0],
        on=on,
        made_by=notice.made_by,
        review_by=notice.review_by,
        points=with_what_was(parts, new.points, before.points),
        ref=new.ref,
        awaits="lift" if is_lifting else None,
        due=before.due if is_lifting else None,
        is_late=is_lifting and before.is_late,
        is_lifted=False,
    )


def event(parts: Parts, entry: Entry, *, staff: tuple[str, ...], agency: str) -> Logged:
    """The audit event of the last thing that was done to `entry`, by these members of an agency's staff."""
    act, review_by = entry.done[-1].act, entry.review_by.isoformat()
    stamp = parts.stamp(agency)
    made = protect_event(stamp, act, review_by=review_by, kind=entry.kind, made_by=staff, entry=entry.id.hex())
    return parts.entry(made)


def without_addresses(parts: Parts, points: Points) -> Points:
    """What is left of a person's points without those of their address, which are other people's too.

    All of them where nothing would be left: when unsure we protect.
    """
    addresses = {key.number for key in parts.scheme.match_keys if key.address}
    return frozenset(point for point in points if point[0] not in addresses) or points


def with_what_was(parts: Parts, points: Points, known: Points) -> Points:
    """A person's points as they are now, with those by which an entry knew them before, but for old addresses.

    A record that gets other match keys is corrected, or is another person's: whom it protected it goes on protecting,
    until two people lift it.
    """
    return points | without_addresses(parts, known)
