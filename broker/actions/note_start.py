"""The start of the broker, and a change of the agreements since the last one, are events of the audit log."""

from __future__ import annotations

from importlib.metadata import version

from broker.actions.publish_checkpoint import publish_checkpoint
from broker.audit.events import Stamp, policy_event, start_event
from broker.parts import Parts
from broker.store import auditlog

_ORG = "broker"


def note_start(parts: Parts) -> int:
    """Records the start. Returns the size of the signed tree."""
    with parts.store.look() as connection:
        size, before = auditlog.size(connection), auditlog.last_policy(connection)
    digest = parts.policies.digest
    with parts.store.begin() as tx:
        events = [start_event(_stamp(parts), version("broker"), policy=digest, size=size)]
        if before != digest:
            events.append(policy_event(_stamp(parts), digest, old=before))
        for event in events:
            tx.audit(auditlog.entry(event, parts.keyring, random=parts.random))
    return publish_checkpoint(parts)


def _stamp(parts: Parts) -> Stamp:
    return Stamp(parts.random(16).hex(), parts.now(), _ORG)
