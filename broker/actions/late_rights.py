"""A person's right that nobody has decided by its day is noticed: with the other clocks, by `run_clocks`.

So is one whose clock stands still for long: an agency that waits for an answer asks again, or decides without it.
"""

from __future__ import annotations

from dataclasses import replace

from broker.actions.take_right import event_of
from broker.parts import Parts
from broker.policy.days import london_date
from broker.policy.rights import officer_of
from broker.store import rights
from broker.store.engine import Tx
from broker.store.feed import Notice
from broker.wire.reference import spoken_reference

STOPPED_DAYS = 30


def late_rights(parts: Parts, tx: Tx) -> list[Notice]:
    """Passes on what has run out, in `tx`. Returns the notices for its agencies' feeds; each is told of once."""
    notices = []
    for one in rights.running_out(tx.connection, parts.keyring, now=int(parts.now().timestamp())):
        passed = replace(one, state="escalated")
        rights.change(tx.connection, parts.keyring, passed, random=parts.random)
        tx.audit(event_of(parts, passed, "overdue", staff="", more={"to": officer_of(parts.policies, one.agency)}))
        notices.append(Notice(one.agency, "right_overdue", spoken_reference(one.id)))
    return [*notices, *_long_stopped(parts, tx)]


def _long_stopped(parts: Parts, tx: Tx) -> list[Notice]:
    notices, today = [], london_date(parts.now())
    for one in rights.stopped(tx.connection, parts.keyring):
        since = one.matter.stopped
        if since is None or one.matter.chased == since.isoformat() or (today - since).days < STOPPED_DAYS:
            continue
        told = replace(one, matter=replace(one.matter, chased=since.isoformat()))
        rights.change(tx.connection, parts.keyring, told, random=parts.random)
        to = officer_of(parts.policies, one.agency)
        tx.audit(event_of(parts, told, "stopped-long", staff="", more={"to": to, "since": since.isoformat()}))
        notices.append(Notice(one.agency, "right_stopped", spoken_reference(one.id)))
    return notices
