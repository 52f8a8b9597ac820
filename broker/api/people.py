"""Agencies read who has looked at records of their own. Signed by a review key: it is for their IG officers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from broker import door
from broker.actions.who_has_seen import who_has_seen
from broker.api.answers import send
from broker.api.callers import called
from broker.described import takes
from broker.parts import Parts
from broker.wire.fields import parse
from broker.wire.seen import Seen, SeenRequest

Body = Annotated[bytes, Depends(door.body_up_to(16 * 1024))]


def router(parts: Parts) -> APIRouter:
    """The route about looks at a record."""
    routes = APIRouter(prefix="/v1/people", tags=["agencies"])

    @routes.post("/seen", responses={200: {"model": Seen}}, openapi_extra=takes(SeenRequest))
    def seen(request: Request, body: Body) -> Response:
        """Who has looked at a record of your agency, and proof that this is all. Signed by a review key."""
        now, caller = called(parts, request, body, use="review")
        return send(who_has_seen(now, parse(SeenRequest, body), agency=caller.agency))

    return routes
