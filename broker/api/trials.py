"""Lead officers try a change of a clause before anybody is asked to sign it. Signed by a review key."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from broker import door
from broker.actions.try_change import read_clause, read_trial, try_change
from broker.api.answers import send
from broker.api.callers import called
from broker.described import takes
from broker.errors import NotFound
from broker.parts import Parts
from broker.wire.fields import Wire, parse
from broker.wire.trial import ClauseText, Trial, TrialRequest

Body = Annotated[bytes, Depends(door.body_up_to(64 * 1024))]
_CLAUSE = re.compile(r"[A-Z][0-9]{1,4}\.[0-9]{1,4}", re.ASCII)
_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


def router(parts: Parts) -> APIRouter:
    """The routes about changes that are tried."""
    routes = APIRouter(prefix="/v1", tags=["officers"])

    @routes.get("/clauses/{clause}", responses={200: {"model": ClauseText}})
    def clause(request: Request, clause: str) -> Response:
        """A clause of an agreement of yours as it stands in its file. Signed by a review key."""
        now, caller = called(parts, request, b"", use="review")
        if not _CLAUSE.fullmatch(clause):
            raise NotFound("clause-unknown", "no agreement in force has this clause", hint="look at the agreements")
        return _json(read_clause(now, clause, agency=caller.agency))

    @routes.post("/trials", responses={200: {"model": Trial}}, openapi_extra=takes(TrialRequest))
    def begin(request: Request, body: Body) -> Response:
        """Tries a change of a clause; it is worked out while you wait elsewhere. Signed by a review key."""
        now, caller = called(parts, request, body, use="review")
        return send(try_change(now, parse(TrialRequest, body), agency=caller.agency))

    @routes.get("/trials/{trial}", responses={200: {"model": Trial}})
    def trial(request: Request, trial: str) -> Response:
        """How far a change that you try is, and at the end the proposal. Signed by a review key."""
        now, caller = called(parts, request, b"", use="review")
        if not _ID.fullmatch(trial):
            raise NotFound(
                "trial-unknown", "your agency has tried no such change", hint="they are kept for a fortnight"
            )
        return _json(read_trial(now, bytes.fromhex(trial), agency=caller.agency))

    return routes


def _json(found: Wire) -> Response:
    return Response(found.model_dump_json(exclude_none=True), media_type="application/json")
