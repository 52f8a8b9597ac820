"""Checkpoints and hash tiles (C2SP tlog-tiles), for whoever checks that the log only grows. Public: hashes alone.

The leaves themselves are not here: with their times and purposes they are for IG officers (`broker audit export`).
"""

from __future__ import annotations

import re
from contextlib import suppress

from fastapi import APIRouter, Response
from sqlalchemy import Connection

from broker.actions.witnessed import with_cosignatures, witnessed_note
from broker.audit.encoding import to_base64
from broker.audit.tiles import hash_tile, tile_at
from broker.audit.tree import Nodes, consistency_proof
from broker.errors import NotFound, Untrusted
from broker.parts import Parts
from broker.store import auditlog

PUBLIC = (
    *("/audit/checkpoint", "/audit/witnessed", "/audit/consistency/{old}/{new}"),
    "/audit/tile/{path:path}",
)
_SIZE = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)
_NOTE = "text/plain; charset=utf-8"


def router(parts: Parts) -> APIRouter:
    routes = APIRouter(prefix="/audit", tags=["audit log"])

    @routes.get("/checkpoint")
    def checkpoint() -> Response:
        """The latest signed checkpoint, as a C2SP signed note, with the cosignatures that it has by now."""
        fresh = parts.fresh()
        with parts.store.look() as connection:
            size, note = _latest(connection)
            note = with_cosignatures(fresh, connection, size, note)
        return Response(note, media_type=_NOTE)

    @routes.get("/witnessed")
    def witnessed() -> Response:
        """The latest checkpoint that as many witnesses cosigned as the trust list asks for."""
        fresh = parts.fresh()
        with parts.store.look() as connection:
            note = witnessed_note(fresh, connection)
        if note is None:
            raise NotFound("log-unwitnessed-yet", "no checkpoint of the audit log has enough cosignatures yet")
        return Response(note, media_type=_NOTE)

    @routes.get("/consistency/{old}/{new}")
    def consistency(old: str, new: str) -> Response:
        """The hashes that show the first `old` of `new` events unchanged (RFC 6962 section 2.1.2), one a line."""
        return Response(_consistency(parts, old, new), media_type=_NOTE)

    @routes.get("/tile/{path:path}")
    def tile(path: str) -> Response:
        """One hash tile of the tree under the latest checkpoint."""
        return Response(_tile(parts, path), media_type="application/octet-stream")

    return routes


def _consistency(parts: Parts, old: str, new: str) -> str:
    sizes = tuple(int(one) if _SIZE.fullmatch(one) else -1 for one in (old, new))
    with parts.store.look() as connection:
        if not 0 <= sizes[0] <= sizes[1] <= _latest(connection)[0]:
            raise NotFound("log-size-unknown", "the signed audit log has not been of both sizes, the older first")

        def proof(nodes: Nodes) -> list[bytes]:
            return consistency_proof(sizes[0], sizes[1], nodes=nodes)

        try:
            hashes = proof(auditlog.nodes_for(connection, proof))
        except Untrusted as error:
            raise NotFound("log-size-unknown", "of so old a log nothing can be shown any more") from error
    return "".join(f"{to_base64(one)}\n" for one in hashes)


def _latest(connection: Connection) -> tuple[int, str]:
    latest = auditlog.latest_checkpoint(connection)
    if latest is None:
        raise NotFound("log-empty", "the audit log has no checkpoint yet")
    return latest


def _tile(parts: Parts, path: str) -> bytes:
    with parts.store.look() as connection, suppress(Untrusted):  # What was pruned is not served any more.
        latest = auditlog.latest_checkpoint(connection)
        one = tile_at(f"tile/{path}", latest[0] if latest else 0)
        if one is not None:
            return hash_tile(one.level, one.n, width=one.width, nodes=auditlog.node_reader(connection))
    raise NotFound("tile-unknown", "the tree has no such tile")
