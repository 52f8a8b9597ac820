"""Agencies hand in two people's leave for more than their allowance. Signed by a key of the use that gets more."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from broker import door
from broker.actions.raise_allowance import raise_allowance
from broker.api.answers import send
from broker.api.callers import called
from broker.described import takes
from broker.parts import Parts
from broker.wire.fields import parse
from broker.wire.quota import QuotaGrant, QuotaTaken

Body = Annotated[bytes, Depends(door.body_up_to(4096))]


def router(parts: Parts) -> APIRouter:
    """The route that a desk key opens for questions, a delivery key for deliveries."""
    routes = APIRouter(prefix="/v1/quota-grants", tags=["agencies"])

    @routes.post("", responses={200: {"model": QuotaTaken}}, openapi_extra=takes(QuotaGrant))
    def take(request: Request, body: Body) -> Response:
        """More questions a day for some days. Of deliveries the broker keeps the record; the linkage unit counts."""
        now, caller = called(parts, request, body, use=None)
        grant = parse(QuotaGrant, body)
        now.trust.signing_key(caller.key_id, grant.terms.use)
        return send(raise_allowance(now, grant, agency=caller.agency))

    return routes
