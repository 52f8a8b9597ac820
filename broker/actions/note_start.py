"""The start of the broker is an event of the audit log, and so is a change of agreements or keys since the last."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.metadata import version

from broker.actions.change_policy import begin
from broker.actions.publish_checkpoint import publish_checkpoint
from broker.audit.act_events import key_event, policy_event, start_event
from broker.audit.events import Event, Stamp
from broker.keys.trust import Trust
from broker.parts import Parts
from broker.store import auditlog, auditread, keysets, policysets

_ORG = "broker"


def note_start(parts: Parts) -> tuple[int, str]:
    """Records the start. Returns the size of the signed tree and the digest of the agreements in force.

    On a database that has none in force, those that the broker was put together with come into force.
    """
    with parts.store.look() as connection:
        size, before = auditlog.size(connection), auditread.last_policy(connection)
        known = auditread.keys_in_use(connection)
    with parts.store.begin() as tx:
        began = begin(parts, tx, logged=before)
        keysets.begin(tx.connection, parts.keysets.newest.generation, at=int(parts.now().timestamp()))
        # What has just begun has no event yet.
        digest = policysets.in_force(tx.connection) or ""
        events = [start_event(_stamp(parts), version("broker"), policy=digest, size=size)]
        if began and before != digest:
            events.append(policy_event(_stamp(parts), digest, old=before))
        events += _key_events(parts, known)
        for event in events:
            tx.audit(parts.entry(event))
    return publish_checkpoint(parts), digest


def note_keys(parts: Parts) -> None:
    """Records which keys came into use and which went out of it, after the trust list changed in a running broker.

    Two processes may both do so: the log then says the same thing twice.
    """
    with parts.store.look() as connection:
        events = list(_key_events(parts, auditread.keys_in_use(connection)))
    if not events:
        return
    with parts.store.begin() as tx:
        for event in events:
            tx.audit(parts.entry(event))
    publish_checkpoint(parts)


def public_ids(trust: Trust) -> dict[str, str]:
    """Every public key in use, as name and the first 16 hex digits of its SHA-256 -> what it is used for.

    A key is in use while something may be signed with it or sealed to it, so not when it is retired or revoked.
    """
    broker, unit = trust.broker, trust.linkage_unit
    every = [
        *(("broker/seal", public, "seal") for public in broker.seals),
        *(("broker/receipt", public, "receipt") for public in broker.receipts),
        ("broker/audit-log", broker.audit_log.encode(), "audit-log"),
        *(("linkage-unit/seal", one.public, "seal") for one in unit.seals),
        *(("linkage-unit/signing", public, "evaluate") for public in unit.signings),
    ]
    every += [(f"witness/{one.name}", one.public, "witness") for one in trust.witnesses]
    for agency in trust.agencies:
        if agency.status == "active":
            every += [(key.id, key.public, key.use) for key in agency.keys if key.status == "active"]
    return {f"{name}#{hashlib.sha256(public).hexdigest()[:16]}": use for name, public, use in every}


def _key_events(parts: Parts, known: dict[str, str]) -> Iterator[Event]:
    now = public_ids(parts.trust)
    yield from (key_event(_stamp(parts), "made", key=key, use=now[key]) for key in sorted(now.keys() - known.keys()))
    gone = sorted(known.keys() - now.keys())
    yield from (key_event(_stamp(parts), "retired", key=key, use=known[key]) for key in gone)


def _stamp(parts: Parts) -> Stamp:
    return parts.stamp(_ORG)
