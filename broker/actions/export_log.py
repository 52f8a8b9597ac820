"""The whole audit log as static files (C2SP tlog-tiles), for whoever checks it from scratch."""

from __future__ import annotations

from broker.actions.publish_checkpoint import publish_checkpoint
from broker.audit.tiles import export
from broker.errors import NotFound
from broker.parts import Parts
from broker.store import auditlog


def export_log(parts: Parts) -> dict[str, bytes]:
    """Every file of the log by path, at its latest checkpoint. Raises `NotFound` for a log without one."""
    publish_checkpoint(parts)
    with parts.store.look() as connection:
        latest = auditlog.latest_checkpoint(connection)
        if latest is None:
            raise NotFound("log-empty", "the audit log has no checkpoint yet")
        size, note = latest
        return export(size, auditlog.leaves(connection, 0, size), nodes=auditlog.node_reader(connection), note=note)
