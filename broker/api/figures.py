"""Figures for whoever leads the programme at an agency. Signed by a desk key."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from broker.actions.count_month import Months
from broker.actions.read_figures import read_figures
from broker.actions.read_standing import read_standing
from broker.api.callers import called
from broker.parts import Parts
from broker.wire.figures import Figures
from broker.wire.standing import Standing


def router(parts: Parts) -> APIRouter:
    """The routes that give numbers and tell of nobody."""
    routes = APIRouter(prefix="/v1", tags=["agencies"])
    months = Months()

    @routes.get("/figures", responses={200: {"model": Figures}})
    def figures(request: Request) -> Response:
        """How sharing is used, what it covers and how well it matches. Signed by a desk key."""
        now, caller = called(parts, request, b"", use="ask")
        found = read_figures(now, months, agency=caller.agency)
        return Response(found.model_dump_json(exclude_none=True), media_type="application/json")

    @routes.get("/standing", responses={200: {"model": Standing}})
    def standing(request: Request) -> Response:
        """Your agency's emergencies that go on or wait to be judged, in numbers. Signed by a desk key."""
        now, caller = called(parts, request, b"", use="ask")
        found = read_standing(now, agency=caller.agency)
        return Response(found.model_dump_json(exclude_none=True), media_type="application/json")

    return routes
