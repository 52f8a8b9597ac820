"""Protections that a second person has not looked at in time: they go on protecting, and the agency is told once.

A protection that nobody confirmed still waits for it, marked late. A proposal to lift one lapses: it can be made again.
"""

from __future__ import annotations

from typing import Any

from broker.actions.protect import event
from broker.parts import Parts
from broker.policy.days import london_date
from broker.store import protections
from broker.store.engine import Tx
from broker.store.feed import Notice
from broker.store.protections import Entry
from broker.wire.reference import spoken_reference


def late_protections(parts: Parts, tx: Tx) -> list[Notice]:
    """Notices, in `tx`, what has run out. Returns what the agencies that made them are to be told."""
    late = protections.overdue(tx.connection, parts.keysets, now=int(parts.now().timestamp()))
    if not late:
        return []
    parts = parts.writing(tx.connection)
    changed = [_late(parts, one) for one in late]
    protections.put(tx.connection, parts.keysets, changed, random=parts.random)
    for one in changed:
        tx.audit(event(parts, one, staff=one.made_by, agency="broker"))
    sources = parts.policies.vocabulary.sources
    known = [one for one in changed if one.source in sources]
    return [Notice(sources[one.source].agency, "protection_late", spoken_reference(one.id)) for one in known]


def _late(parts: Parts, entry: Entry) -> Entry:
    is_unconfirmed = len(entry.made_by) == 1
    waits: dict[str, Any] = {"awaits": "confirm" if is_unconfirmed else None, "is_late": is_unconfirmed}
    return entry.then("late", staff="broker", on=london_date(parts.now()), due=None, lifting_by="", **waits)
