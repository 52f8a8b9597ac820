"""Agencies fetch the alarms about their own staff. Signed by a delivery key: whoever sits at a desk is not told."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from broker.actions.read_alarms import read_alarms
from broker.api.answers import send
from broker.api.callers import called
from broker.parts import Parts
from broker.wire.alarm import Alarms
from broker.wire.isoday import iso_day


def router(parts: Parts) -> APIRouter:
    """The route that a delivery key opens."""
    routes = APIRouter(prefix="/v1/alarms", tags=["agencies"])

    @routes.get("/{day}", responses={200: {"model": Alarms}})
    def of_day(request: Request, day: str) -> Response:
        """Which of your staff's questions looked like a walk through guesses on one UTC day, as `2026-11-22`."""
        now, caller = called(parts, request, b"", use="post")
        return send(read_alarms(now, agency=caller.agency, day=iso_day(day, field="day")))

    return routes
