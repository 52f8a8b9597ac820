"""Look-ups that an agency's IG officers look at: what waits, what is closed, and what they decide.

A review key signs each request.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from broker import door
from broker.actions.look_queue import decide_look, read_closed, read_queue
from broker.actions.search_log import Officer
from broker.api.answers import send
from broker.api.callers import called
from broker.described import takes
from broker.parts import Parts
from broker.wire.audit_queue import DecideLook, LookReceipt, Queue
from broker.wire.fields import parse
from broker.wire.reading import ReadRequest

Body = Annotated[bytes, Depends(door.body_up_to(16 * 1024))]


def router(parts: Parts) -> APIRouter:
    """The routes about look-ups to review."""
    routes = APIRouter(prefix="/v1/audit", tags=["officers"])

    @routes.post("/queue", responses={200: {"model": Queue}}, openapi_extra=takes(ReadRequest))
    def queue(request: Request, body: Body) -> Response:
        """Look-ups of your agency that somebody has to look at, the gravest first. Signed by a review key."""
        now, caller = called(parts, request, body, use="review")
        return send(read_queue(now, by=Officer(caller.agency, parse(ReadRequest, body).staff)))

    @routes.post("/closed", responses={200: {"model": Queue}}, openapi_extra=takes(ReadRequest))
    def closed(request: Request, body: Body) -> Response:
        """What your officers have closed, with their notes, the latest first. Signed by a review key."""
        now, caller = called(parts, request, body, use="review")
        return send(read_closed(now, by=Officer(caller.agency, parse(ReadRequest, body).staff)))

    @routes.post("/queue/{reference}", responses={200: {"model": LookReceipt}}, openapi_extra=takes(DecideLook))
    def decide(request: Request, reference: str, body: Body) -> Response:
        """Takes one of them, or closes it with an outcome. Signed by a review key."""
        now, caller = called(parts, request, body, use="review")
        return send(decide_look(now, reference, parse(DecideLook, body), agency=caller.agency))

    return routes
