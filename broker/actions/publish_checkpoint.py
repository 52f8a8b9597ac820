"""Entries of the audit log get their place in the tree, and the tree is signed.

The order is what makes it trustworthy:

    1. integrate: places, leaf hashes and nodes in one transaction, fenced by the size it started from
    2. sign only what is committed
    3. keep the checkpoint, then give out proofs

Never in the request's own transaction: a place given there could be lost with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from broker.audit import tree
from broker.audit.checkpoint import Checkpoint, sign
from broker.audit.proof import format_proof
from broker.errors import Conflict, Unavailable
from broker.parts import Parts
from broker.store import auditlog

_TRIES = 5


@dataclass(frozen=True)
class Proven:
    """A leaf of the audit log and the proof (C2SP tlog-proof) that it is in the signed tree."""

    leaf: str
    proof: str


def publish_checkpoint(parts: Parts) -> int:
    """Integrates what waits, signs the tree, returns its size. Raises `Unavailable` when others keep being faster."""
    for _ in range(_TRIES):
        try:
            size = _integrate(parts)
            break
        except Conflict:
            continue
    else:
        raise Unavailable("log-busy", "the audit log is busy; what you sent is kept", hint="send it again the same way")
    with parts.store.look() as connection:
        latest = auditlog.latest_checkpoint(connection)
        if latest is not None and latest[0] >= size:
            return latest[0]
        root = tree.root(size, auditlog.node_reader(connection))
    note = sign(
        Checkpoint(parts.settings.origin, size, root), parts.settings.origin, private_key=parts.keyring.audit_log_key
    )
    with parts.store.sequence() as connection:
        auditlog.keep_checkpoint(connection, size, note)
    return size


def prove(parts: Parts, entries: Sequence[bytes]) -> list[Proven]:
    """Integrates, signs and proves `entries`, in their order."""
    publish_checkpoint(parts)
    with parts.store.look() as connection:
        latest = auditlog.latest_checkpoint(connection)
        if latest is None:
            raise Unavailable("log-not-ready", "the audit log has no checkpoint yet")
        size, note = latest
        nodes = auditlog.node_reader(connection)
        proven = []
        for entry in entries:
            index = auditlog.place(connection, entry)
            if index is None or index >= size:
                raise Unavailable("log-not-ready", "the audit entry has no place in the signed tree yet")
            proof = format_proof(index, tree.inclusion_proof(index, size, nodes=nodes), note=note)
            proven.append(Proven(auditlog.leaf_of(connection, entry).decode(), proof))
        return proven


def _integrate(parts: Parts) -> int:
    with parts.store.sequence() as connection:
        old_size = auditlog.size(connection)
        waiting = auditlog.pending(connection)
        if not waiting:
            return old_size
        hashes = [tree.leaf_hash(leaf) for _, leaf in waiting]
        nodes = tree.append(old_size, hashes, nodes=auditlog.node_reader(connection))
        auditlog.integrate(connection, [entry for entry, _ in waiting], nodes, old_size=old_size)
        return old_size + len(waiting)
