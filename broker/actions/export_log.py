"""The whole audit log as static files (C2SP tlog-tiles), for whoever checks it from scratch.

Reading the log is an event of the log too: it is the last one in the export.
"""

from __future__ import annotations

from broker.actions.publish_checkpoint import publish_checkpoint
from broker.audit.tiles import export
from broker.errors import NotFound
from broker.parts import Parts
from broker.store import auditlog, auditread


def export_log(parts: Parts) -> dict[str, bytes]:
    """Every file of the log by path, at its latest checkpoint. Raises `NotFound` for a log without one."""
    stamp = parts.stamp("broker")
    event = stamp.event("admin", {"act": "exported", "what": "audit-log"}, {})
    with parts.store.begin() as tx:
        tx.audit(parts.entry(event))
    publish_checkpoint(parts)
    with parts.store.look() as connection:
        latest = auditlog.latest_checkpoint(connection)
        if latest is None:
            raise NotFound("log-empty", "the audit log has no checkpoint yet")
        size, note = latest
        first = auditread.served_from(connection)
        leaves, nodes = auditlog.leaves(connection, first, size), auditlog.node_reader(connection)
        return export(size, leaves, nodes=nodes, note=note, first=first)
