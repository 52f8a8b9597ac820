"""Agencies post, close and look at deliveries. Signed by a delivery key."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from broker import door
from broker.actions.accept_records import accept_records
from broker.actions.close_batch import batch_status, close_batch
from broker.api.answers import send
from broker.api.callers import called
from broker.described import takes
from broker.parts import Parts
from broker.wire.delivery import MAX_ROWS, BatchStatus, ChunkHeader, ChunkReceipt, CloseBatch
from broker.wire.fields import parse

MAX_BODY = 32 * 1024 * 1024
"""2,000 rows of 16 KiB, which few reach."""
MAX_ROW = 64 * 1024
Chunk = Annotated[bytes, Depends(door.rows_up_to(MAX_BODY, row=MAX_ROW, rows=MAX_ROWS + 1))]
Body = Annotated[bytes, Depends(door.body_up_to(MAX_BODY))]
BatchId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="16 random bytes in hex, made by the agency")]
Digest = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the body in hex")]


def router(parts: Parts) -> APIRouter:
    """The routes that a delivery key opens."""
    routes = APIRouter(prefix="/v1/batches", tags=["agencies"])

    @routes.put(
        "/{batch}/chunks/{digest}", responses={200: {"model": ChunkReceipt}},
        openapi_extra=takes(ChunkHeader, "application/jsonl"),
    )  # fmt: skip
    def put_chunk(request: Request, batch: BatchId, digest: Digest, body: Chunk) -> Response:
        """A chunk of at most 2,000 rows as JSON Lines. The same bytes again get the same receipt."""
        now, caller = called(parts, request, body, use="post")
        return send(accept_records(now, body, key_id=caller.key_id, batch=bytes.fromhex(batch), digest=digest))

    @routes.post("/{batch}/close", responses={200: {"model": BatchStatus}}, openapi_extra=takes(CloseBatch))
    def close(request: Request, batch: BatchId, body: Body) -> Response:
        """Ends a delivery; a snapshot closes the records it no longer holds."""
        now, caller = called(parts, request, body, use="post")
        return send(close_batch(now, parse(CloseBatch, body), agency=caller.agency, batch=bytes.fromhex(batch)))

    @routes.get("/{batch}", responses={200: {"model": BatchStatus}})
    def status(request: Request, batch: BatchId) -> Response:
        """What has arrived of a delivery of your own."""
        now, caller = called(parts, request, b"", use="post")
        found = batch_status(now, agency=caller.agency, batch=bytes.fromhex(batch))
        return Response(found.model_dump_json(), media_type="application/json")

    return routes
