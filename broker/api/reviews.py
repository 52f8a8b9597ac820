"""Reviewers ask how far two records agree. Signed by a review key, which opens nothing else but a verdict."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from broker import door
from broker.actions.review_pair import begin_review, explain_pair
from broker.api.answers import send
from broker.api.callers import called
from broker.described import takes
from broker.parts import Parts
from broker.wire.fields import parse
from broker.wire.review import Explained, ExplainedRequest, ReviewPair, ReviewRequest

Body = Annotated[bytes, Depends(door.body_up_to(16 * 1024))]


def router(parts: Parts) -> APIRouter:
    """The routes that a review key opens."""
    routes = APIRouter(prefix="/v1", tags=["reviewers"])

    @routes.post("/reviews", responses={200: {"model": ReviewPair}}, openapi_extra=takes(ReviewRequest))
    def begin(request: Request, body: Body) -> Response:
        """Begins a review of two records of an answer: what the ticket for the linkage unit must name."""
        now, caller = called(parts, request, body, use="review")
        return send(begin_review(now, parse(ReviewRequest, body), agency=caller.agency))

    @routes.post("/explanations", responses={200: {"model": Explained}}, openapi_extra=takes(ExplainedRequest))
    def explain(request: Request, body: Body) -> Response:
        """How far the two agree, field by field, in the linkage unit's own signed words."""
        now, caller = called(parts, request, body, use="review")
        return send(explain_pair(now, parse(ExplainedRequest, body), agency=caller.agency))

    return routes
