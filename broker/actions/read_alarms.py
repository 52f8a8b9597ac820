"""An agency hears of the alarms about its own staff, and what the broker counted of its questions.

That it was told is itself an event of the audit log.
"""

from __future__ import annotations

import datetime as dt

from broker.actions.publish_checkpoint import prove
from broker.parts import Parts
from broker.store import auditlog, auditread, quota
from broker.store.engine import Released
from broker.wire.alarm import Alarms
from broker.wire.answer import ReceiptLeaf


def read_alarms(parts: Parts, *, agency: str, day: dt.date) -> Released[Alarms]:
    """The agency's alarms of a UTC day, each with its private fields and its proof."""
    stamp = parts.stamp(agency)
    event = stamp.event("admin", {"act": "read-alarms", "what": day.isoformat()}, {})
    entry = parts.entry(event)
    with parts.store.begin() as tx:
        found = auditread.alarms_of(tx.connection, agency, day)
        answers = auditread.count_answers(tx.connection, agency, day)
        grants = tuple(grant.terms for grant in quota.grants_of(tx.connection, agency, day))
        shown = [tuple(auditlog.disclosures(tx.connection, parts.keyring, one).values()) for one in found]
        tx.audit(entry)
    leaves = prove(parts, found)
    alarms = tuple(
        ReceiptLeaf(v=1, leaf=one.leaf, proof=one.proof, disclosures=disclosures)
        for one, disclosures in zip(leaves, shown, strict=True)
    )
    told = Alarms(v=1, agency=agency, day=day, alarms=alarms, answers=answers, grants=grants)
    return parts.store.recorded(told, entry.id)
