"""Refusals are challenged and answered, emergencies explained, and agencies read what waits for them.

Desk keys challenge and explain, review keys answer and read what was silent, any key reads the feed.
"""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from broker import door
from broker.actions.answer_case import answer_case
from broker.actions.explain_emergency import explain_emergency
from broker.actions.raise_challenge import raise_challenge
from broker.actions.read_cases import read_ours, read_waiting
from broker.actions.read_feed import read_feed
from broker.actions.read_silent import read_silent
from broker.api.answers import send
from broker.api.callers import called
from broker.described import takes
from broker.errors import BadInput
from broker.parts import Parts
from broker.wire.challenge import AnswerRequest, CaseReceipt, ChallengeRequest, ExplainRequest, Ours, Waiting
from broker.wire.feed import Feed
from broker.wire.fields import parse
from broker.wire.isoday import iso_day
from broker.wire.reading import ReadRequest
from broker.wire.silent import Silent

Body = Annotated[bytes, Depends(door.body_up_to(16 * 1024))]
# One sealed text for every agency.
LongBody = Annotated[bytes, Depends(door.body_up_to(256 * 1024))]
_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)


def router(parts: Parts) -> APIRouter:
    """The routes about refusals."""
    routes = APIRouter(prefix="/v1", tags=["refusals"])

    @routes.post("/challenges", responses={200: {"model": CaseReceipt}}, openapi_extra=takes(ChallengeRequest))
    def challenge(request: Request, body: Body) -> Response:
        """A refusal that your agency was shown is to be looked at by the source's reviewer. Signed by a desk key."""
        now, caller = called(parts, request, body, use="ask")
        return send(raise_challenge(now, parse(ChallengeRequest, body), agency=caller.agency))

    @routes.post("/challenged", responses={200: {"model": Ours}}, openapi_extra=takes(ReadRequest))
    def ours(request: Request, body: Body) -> Response:
        """What became of your agency's challenges and emergencies. Signed by a desk key."""
        now, caller = called(parts, request, body, use="ask")
        return send(read_ours(now, agency=caller.agency, staff=parse(ReadRequest, body).staff))

    @routes.post("/challenges/waiting", responses={200: {"model": Waiting}}, openapi_extra=takes(ReadRequest))
    def waiting(request: Request, body: Body) -> Response:
        """What waits for your agency's reviewers, the overdue first. Signed by a review key."""
        now, caller = called(parts, request, body, use="review")
        return send(read_waiting(now, agency=caller.agency, staff=parse(ReadRequest, body).staff))

    @routes.post(
        "/challenges/{reference}/answer", responses={200: {"model": CaseReceipt}}, openapi_extra=takes(AnswerRequest)
    )
    def answer(request: Request, reference: str, body: Body) -> Response:
        """Answers what waits for your agency's reviewers. Signed by a review key."""
        now, caller = called(parts, request, body, use="review")
        return send(answer_case(now, reference, parse(AnswerRequest, body), agency=caller.agency))

    @routes.post(
        "/emergencies/{reference}/explained",
        responses={200: {"model": CaseReceipt}},
        openapi_extra=takes(ExplainRequest),
    )
    def explain(request: Request, reference: str, body: LongBody) -> Response:
        """Why emergency access was needed, and whether the person knows. Signed by a desk key."""
        now, caller = called(parts, request, body, use="ask")
        return send(explain_emergency(now, reference, parse(ExplainRequest, body), agency=caller.agency))

    @routes.post("/refusals/silent/{day}", responses={200: {"model": Silent}}, openapi_extra=takes(ReadRequest))
    def silent(request: Request, day: str, body: Body) -> Response:
        """What of your agency's records was withheld without being told, on a UTC day. Signed by a review key."""
        now, caller = called(parts, request, body, use="review")
        on, staff = iso_day(day, field="day"), parse(ReadRequest, body).staff
        return send(read_silent(now, agency=caller.agency, staff=staff, day=on))

    @routes.get("/feed/{after}", responses={200: {"model": Feed}})
    def feed(request: Request, after: str) -> Response:
        """What happened since entry number `after` that your agency should look at. Signed by any of its keys."""
        now, caller = called(parts, request, b"", use=None)
        found = read_feed(now, agency=caller.agency, after=_number(after))
        return Response(found.model_dump_json(exclude_none=True), media_type="application/json")

    return routes


def _number(text: str) -> int:
    if _NUMBER.fullmatch(text) is None:
        raise BadInput("feed-number", "the feed is asked for from a number on, 0 for all of it", field="after")
    return int(text)
