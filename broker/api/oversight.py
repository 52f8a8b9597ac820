"""Agencies' IG officers look through the audit log. Signed by a review key; each look is itself in the log."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from broker import door
from broker.actions.export_found import export_found
from broker.actions.officer_evidence import officer_evidence
from broker.actions.search_log import Officer, count_matters, open_entry, search_log
from broker.api.answers import send
from broker.api.callers import called
from broker.described import takes
from broker.parts import Parts
from broker.wire.audit_search import (
    Counted,
    CountRequest,
    EntryRequest,
    EntryShown,
    Evidence,
    EvidenceRequest,
    Exported,
    Found,
    SearchRequest,
)
from broker.wire.fields import parse

Body = Annotated[bytes, Depends(door.body_up_to(16 * 1024))]


def router(parts: Parts) -> APIRouter:
    """The routes about the log of look-ups."""
    routes = APIRouter(prefix="/v1/audit", tags=["officers"])

    @routes.post("/search", responses={200: {"model": Found}}, openapi_extra=takes(SearchRequest))
    def search(request: Request, body: Body) -> Response:
        """Look-ups and other events that your agency may see, page by page. Signed by a review key."""
        now, caller = called(parts, request, body, use="review")
        asked = parse(SearchRequest, body)
        return send(search_log(now, asked.text, by=Officer(caller.agency, asked.staff), cursor=asked.cursor))

    @routes.post("/entry", responses={200: {"model": EntryShown}}, openapi_extra=takes(EntryRequest))
    def entry(request: Request, body: Body) -> Response:
        """One of them with its proof and what explains it. Signed by a review key."""
        now, caller = called(parts, request, body, use="review")
        asked = parse(EntryRequest, body)
        return send(open_entry(now, asked.entry, by=Officer(caller.agency, asked.staff)))

    @routes.post("/statistics", responses={200: {"model": Counted}}, openapi_extra=takes(CountRequest))
    def statistics(request: Request, body: Body) -> Response:
        """How many there are of each value of one qualifier. Signed by a review key."""
        now, caller = called(parts, request, body, use="review")
        asked = parse(CountRequest, body)
        return send(count_matters(now, asked.text, by=Officer(caller.agency, asked.staff), values=asked.by))

    @routes.post("/evidence", responses={200: {"model": Evidence}}, openapi_extra=takes(EvidenceRequest))
    def evidence(request: Request, body: Body) -> Response:
        """Entries with proofs that anybody checks offline, to take along. Signed by a review key."""
        now, caller = called(parts, request, body, use="review")
        return send(officer_evidence(now, parse(EvidenceRequest, body), agency=caller.agency))

    @routes.post("/export", responses={200: {"model": Exported}}, openapi_extra=takes(SearchRequest))
    def export(request: Request, body: Body) -> Response:
        """All that a search finds, page by page and with its leaves, to take along. Signed by a review key."""
        now, caller = called(parts, request, body, use="review")
        asked = parse(SearchRequest, body)
        return send(export_found(now, asked.text, by=Officer(caller.agency, asked.staff), cursor=asked.cursor))

    return routes
