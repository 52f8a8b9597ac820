"""Checkpoints and hash tiles (C2SP tlog-tiles), for whoever checks that the log only grows. Public: hashes alone.

The leaves themselves are not here: with their times and purposes they are for IG officers (`broker audit export`).
"""

from __future__ import annotations

from fastapi import APIRouter, Response

from broker.audit.tiles import hash_tile, layout
from broker.errors import NotFound
from broker.parts import Parts
from broker.store import auditlog

PUBLIC = ("/audit/checkpoint", "/audit/tile/{path:path}")


def router(parts: Parts) -> APIRouter:
    routes = APIRouter(prefix="/audit", tags=["audit log"])

    @routes.get("/checkpoint")
    def checkpoint() -> Response:
        """The latest signed checkpoint, as a C2SP signed note."""
        with parts.store.look() as connection:
            latest = auditlog.latest_checkpoint(connection)
        if latest is None:
            raise NotFound("log-empty", "the audit log has no checkpoint yet")
        return Response(latest[1], media_type="text/plain; charset=utf-8")

    @routes.get("/tile/{path:path}")
    def tile(path: str) -> Response:
        """One hash tile of the tree under the latest checkpoint."""
        with parts.store.look() as connection:
            latest = auditlog.latest_checkpoint(connection)
            for one in layout(latest[0] if latest else 0):
                if one.path == f"tile/{path}":
                    nodes = auditlog.node_reader(connection)
                    hashes = hash_tile(one.level, one.n, width=one.width, nodes=nodes)
                    return Response(hashes, media_type="application/octet-stream")
        raise NotFound("tile-unknown", "the tree has no such tile")

    return routes
