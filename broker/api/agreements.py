"""The agreements in sentences, for desks. Signed by any key of an agency."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from broker.actions.read_agreements import read_agreements
from broker.api.callers import called
from broker.parts import Parts
from broker.wire.agreements import Agreements


def router(parts: Parts) -> APIRouter:
    """The route that every agency may ask."""
    routes = APIRouter(prefix="/v1", tags=["agencies"])

    @routes.get("/agreements", responses={200: {"model": Agreements}})
    def agreements(request: Request) -> Response:
        """Who tells whom what, for what reason and why, by the agreements in force."""
        now, _ = called(parts, request, b"", use=None)
        return Response(read_agreements(now).model_dump_json(exclude_none=True), media_type="application/json")

    return routes
