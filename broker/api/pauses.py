"""An agency's officers pause sharing from its services and resume it; the agency reads which have paused."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from broker import door
from broker.actions.pause_sharing import pause_sharing
from broker.actions.read_pauses import read_pauses
from broker.api.answers import send
from broker.api.callers import called
from broker.described import takes
from broker.parts import Parts
from broker.wire.fields import parse
from broker.wire.pause import PauseReceipt, PauseRequest, Pauses

Body = Annotated[bytes, Depends(door.body_up_to(8192))]


def router(parts: Parts) -> APIRouter:
    """The routes about pauses."""
    routes = APIRouter(prefix="/v1/pauses", tags=["agencies"])

    @routes.post("", responses={200: {"model": PauseReceipt}}, openapi_extra=takes(PauseRequest))
    def act(request: Request, body: Body) -> Response:
        """Pauses, or agrees to resume, with a review key; proposes to resume with a desk key."""
        now, caller = called(parts, request, body, use=None)
        is_review = now.trust.may(caller.key_id, "review")
        if not is_review:
            now.trust.signing_key(caller.key_id, "ask")
        use = "review" if is_review else "ask"
        return send(pause_sharing(now, parse(PauseRequest, body), agency=caller.agency, use=use))

    @routes.get("", responses={200: {"model": Pauses}})
    def paused(request: Request) -> Response:
        """Your agency's services that have paused. Signed by any key of it."""
        now, caller = called(parts, request, b"", use=None)
        found = read_pauses(now, agency=caller.agency)
        return Response(found.model_dump_json(exclude_none=True), media_type="application/json")

    return routes
