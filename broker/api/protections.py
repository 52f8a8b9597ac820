"""An agency's staff set, renew, confirm and lift protections; its reviewers read its own part of the register."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from broker import door
from broker.actions.read_protections import read_protections
from broker.actions.set_protection import set_protection
from broker.api.answers import send
from broker.api.callers import called
from broker.described import takes
from broker.parts import Parts
from broker.wire.fields import parse
from broker.wire.protection import ProtectionReceipt, ProtectionRequest, Register
from broker.wire.reading import ReadRequest

Body = Annotated[bytes, Depends(door.body_up_to(4096))]


def router(parts: Parts) -> APIRouter:
    """The routes about protections."""
    routes = APIRouter(prefix="/v1/protections", tags=["protections"])

    @routes.post("", responses={200: {"model": ProtectionReceipt}}, openapi_extra=takes(ProtectionRequest))
    def act(request: Request, body: Body) -> Response:
        """Sets, renews, confirms or lifts one. Signed by a desk key, or as the second person by a review key."""
        now, caller = called(parts, request, body, use=None)
        is_review = now.trust.may(caller.key_id, "review")
        if not is_review:
            now.trust.signing_key(caller.key_id, "ask")
        return send(
            set_protection(
                now, parse(ProtectionRequest, body), agency=caller.agency, use="review" if is_review else "ask"
            )
        )

    @routes.post("/read", responses={200: {"model": Register}}, openapi_extra=takes(ReadRequest))
    def ours(request: Request, body: Body) -> Response:
        """Your agency's own entries, what waits for somebody first. Signed by a review key."""
        now, caller = called(parts, request, body, use="review")
        return send(read_protections(now, agency=caller.agency, staff=parse(ReadRequest, body).staff))

    return routes
