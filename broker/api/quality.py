"""Agencies fetch what they get back about their own records. Signed by a delivery key: it is about what they post."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from broker.actions.hand_back import hand_back
from broker.api.answers import send
from broker.api.callers import called
from broker.errors import NotFound
from broker.parts import Parts
from broker.wire.quality import MatchPage


def router(parts: Parts) -> APIRouter:
    """The routes that a delivery key opens."""
    routes = APIRouter(prefix="/v1/quality", tags=["agencies"])

    @routes.get("", responses={200: {"model": MatchPage}})
    def first(request: Request) -> Response:
        """How your records compare with other services': the first page of the last match-quality run."""
        now, caller = called(parts, request, b"", use="post")
        return send(hand_back(now, agency=caller.agency, page=1))

    @routes.get("/{page}", responses={200: {"model": MatchPage}})
    def another(request: Request, page: str) -> Response:
        """One page more. Every row counts as a question of today."""
        now, caller = called(parts, request, b"", use="post")
        if not (page.isascii() and page.isdigit() and len(page) <= 7):
            raise NotFound("quality-none", "there is no such page of a match-quality run", hint="pages begin with 1")
        return send(hand_back(now, agency=caller.agency, page=int(page)))

    return routes
