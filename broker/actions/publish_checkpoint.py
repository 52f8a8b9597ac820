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
        root = tree.root(size, auditlog.nodes_for(connection, lambda nodes: tree.root(size, nodes)))
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
        placed = auditlog.placed(connection, entries)
        if not all(entry in placed and placed[entry][0] < size for entry in entries):
            raise Unavailable("log-not-ready", "the audit entry has no place in the signed tree yet")

        def paths(nodes: tree.Nodes) -> list[list[bytes]]:
            return [tree.inclusion_proof(placed[entry][0], size, nodes=nodes) for entry in entries]

        hashes = paths(auditlog.nodes_for(connection, paths))
    return [
        Proven(placed[entry][1].decode(), format_proof(placed[entry][0], path, note=note))
        for entry, path in zip(entries, hashes, strict=True)
    ]


def _integrate(parts: Parts) -> int:
    with parts.store.sequence() as connection:
        old_size = auditlog.size(connection)
        waiting = auditlog.pending(connection)
        if not waiting:
            return old_size
        hashes = [tree.leaf_hash(leaf) for _, leaf in waiting]
        left = auditlog.nodes_for(connection, lambda nodes: tree.append(old_size, hashes, nodes=nodes))
        nodes = tree.append(old_size, hashes, nodes=left)
        auditlog.integrate(connection, [entry for entry, _ in waiting], nodes, old_size=old_size)
        return old_size + len(waiting)
