"""Agencies prove a key and are given an access credential. The proof is inside the form, which no signature covers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from broker import admission, door
from broker.keys import assertion
from broker.parts import Parts
from broker.store.credentials import Given

Body = Annotated[bytes, Depends(door.body_up_to(admission.MAX_BODY))]


def router(parts: Parts) -> APIRouter:
    """The route that any key of an agency opens."""
    routes = APIRouter(tags=["agencies"])
    shown = admission.Shown()

    @routes.post(assertion.PATH, responses={200: {"model": assertion.Given}}, openapi_extra=admission.DESCRIBED)
    def credential(request: Request, body: Body) -> Response:
        """An access credential for ten minutes, bound to the key that asks: RFC 6749, 7523 and 9449."""
        fresh = parts.fresh()
        now = int(fresh.now().timestamp())
        way_in = admission.Admission(fresh.trust, Given(fresh.store), shown, fresh.random)
        return admission.admit(way_in, request, body, now=now)

    return routes
