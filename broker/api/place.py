"""The place in words, for desks. Signed by any key of an agency."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from broker.actions.read_place import read_place
from broker.api.callers import called
from broker.parts import Parts
from broker.wire.place import PlaceWords


def router(parts: Parts) -> APIRouter:
    """The route that every agency may ask."""
    routes = APIRouter(prefix="/v1", tags=["agencies"])

    @routes.get("/place", responses={200: {"model": PlaceWords}})
    def place(request: Request) -> Response:
        """What agencies, services, purposes and your own roles are called, by the agreements in force."""
        now, caller = called(parts, request, b"", use=None)
        found = read_place(now, agency=caller.agency)
        return Response(found.model_dump_json(exclude_none=True), media_type="application/json")

    return routes
