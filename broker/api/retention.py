"""Agencies hold records back from being destroyed, and fetch their certificates of what was.

A desk key or a review key sets a hold and asks to lift it; a review key lifts it; a delivery key fetches certificates.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from broker import door
from broker.actions.hold_record import hold_record, read_holds
from broker.actions.read_disposals import read_disposals
from broker.api.answers import send
from broker.api.callers import called
from broker.described import takes
from broker.parts import Parts
from broker.wire.disposal import Disposals
from broker.wire.fields import parse
from broker.wire.hold import HoldReceipt, HoldRequest, Holds
from broker.wire.isoday import iso_day

Body = Annotated[bytes, Depends(door.body_up_to(4096))]


def router(parts: Parts) -> APIRouter:
    """The routes about what has to go, and what must not."""
    routes = APIRouter(prefix="/v1", tags=["agencies"])

    @routes.post("/holds", responses={200: {"model": HoldReceipt}}, openapi_extra=takes(HoldRequest))
    def hold(request: Request, body: Body) -> Response:
        """A record of yours must not be destroyed, or may be again. Signed by a desk key or a review key."""
        now, caller = called(parts, request, body, use=None)
        by_reviewer = now.trust.may(caller.key_id, "review")
        if not by_reviewer:
            now.trust.signing_key(caller.key_id, "ask")
        return send(hold_record(now, parse(HoldRequest, body), agency=caller.agency, by_reviewer=by_reviewer))

    @routes.get("/holds", responses={200: {"model": Holds}})
    def held(request: Request) -> Response:
        """The records that your agency holds back from being destroyed. Signed by a review key."""
        now, caller = called(parts, request, b"", use="review")
        return send(read_holds(now, agency=caller.agency))

    @routes.get("/disposals/{day}", responses={200: {"model": Disposals}})
    def disposals(request: Request, day: str) -> Response:
        """Certificates of what was destroyed of your records, from a UTC day on. Signed by a delivery key."""
        now, caller = called(parts, request, b"", use="post")
        return send(read_disposals(now, agency=caller.agency, since=iso_day(day, field="day")))

    return routes
