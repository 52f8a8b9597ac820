"""The start of the broker is an event of the audit log, and so is a change of agreements or keys since the last."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.metadata import version

from broker.actions.change_policy import begin
from broker.actions.publish_checkpoint import publish_checkpoint
from broker.audit.events import Event, Stamp, key_event, policy_event, start_event
from broker.keys.trust import Trust
from broker.parts import Parts
from broker.store import auditlog, policysets

_ORG = "broker"


def note_start(parts: Parts) -> tuple[int, str]:
    """Records the start. Returns the size of the signed tree and the digest of the agreements in force.

    On a database that has none in force, those that the broker was put together with come into force.
    """
    with parts.store.look() as connection:
        size, before = auditlog.size(connection), auditlog.last_policy(connection)
        known = auditlog.keys_in_use(connection)
    with parts.store.begin() as tx:
        began = begin(parts, tx)
        # What has just begun has no event yet.
        digest = policysets.in_force(tx.connection) or ""
        events = [start_event(_stamp(parts), version("broker"), policy=digest, size=size)]
        if began and before != digest:
            events.append(policy_event(_stamp(parts), digest, old=before))
        events += _key_events(parts, known)
        for event in events:
            tx.audit(auditlog.entry(event, parts.keyring, random=parts.random))
    return publish_checkpoint(parts), digest


def public_ids(trust: Trust) -> dict[str, str]:
    """Every public key of the trust list, as name and the first 16 hex digits of its SHA-256 -> what it is used for."""
    services = {
        "broker/seal": (trust.broker.seal, "seal"),
        "broker/receipt": (trust.broker.receipt, "receipt"),
        "broker/audit-log": (trust.broker.audit_log.encode(), "audit-log"),
        "linkage-unit/seal": (trust.linkage_unit.seal, "seal"),
        "linkage-unit/signing": (trust.linkage_unit.signing, "evaluate"),
    }
    agencies = {key.id: (key.public, key.use) for one in trust.agencies if one.active for key in one.keys}
    every = {**services, **agencies}
    return {f"{name}#{hashlib.sha256(public).hexdigest()[:16]}": use for name, (public, use) in every.items()}


def _key_events(parts: Parts, known: dict[str, str]) -> Iterator[Event]:
    now = public_ids(parts.trust)
    yield from (key_event(_stamp(parts), "made", key=key, use=now[key]) for key in sorted(now.keys() - known.keys()))
    gone = sorted(known.keys() - now.keys())
    yield from (key_event(_stamp(parts), "retired", key=key, use=known[key]) for key in gone)


def _stamp(parts: Parts) -> Stamp:
    return Stamp(parts.random(16).hex(), parts.now(), _ORG)
