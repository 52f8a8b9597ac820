"""Desks ask, and say what they think of an answer. Signed by a desk key."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from broker import door
from broker.actions.land_on_answer import land_on_answer
from broker.actions.recall import read_recalls
from broker.actions.record_verdict import record_verdict
from broker.actions.tell_story import tell_story
from broker.actions.witnessed import require_witnesses
from broker.api.answers import send
from broker.api.callers import called
from broker.described import takes
from broker.parts import Parts
from broker.wire.answer import Answer
from broker.wire.fields import parse
from broker.wire.landing import Landing, LandingRequest
from broker.wire.question import Question
from broker.wire.recall import Recalls
from broker.wire.verdict import VerdictReceipt, VerdictRequest

Body = Annotated[bytes, Depends(door.body_up_to(64 * 1024))]
# An emergency carries its reason once for every agency.
QuestionBody = Annotated[bytes, Depends(door.body_up_to(256 * 1024))]


def router(parts: Parts) -> APIRouter:
    """The routes that a desk key opens."""
    routes = APIRouter(prefix="/v1", tags=["desks"])

    @routes.post("/questions", responses={200: {"model": Answer}}, openapi_extra=takes(Question))
    def ask(request: Request, body: QuestionBody) -> Response:
        """Who is already helping this person and this family, and what may be known. A refusal is an answer too."""
        began = time.monotonic()
        now, caller = called(parts, request, body, use="ask")
        require_witnesses(now)
        answer = send(tell_story(now, parse(Question, body), agency=caller.agency))
        _wait_for_step(began, now.settings.answer_step_ms / 1000)
        return answer

    @routes.post("/verdicts", responses={200: {"model": VerdictReceipt}}, openapi_extra=takes(VerdictRequest))
    def say(request: Request, body: Body) -> Response:
        """Two records of an answer are, or are not, about the same person. Signed by a desk key or a review key."""
        now, caller = called(parts, request, body, use=None)
        by_reviewer = now.trust.may(caller.key_id, "review")
        if not by_reviewer:
            now.trust.signing_key(caller.key_id, "ask")
        said = parse(VerdictRequest, body)
        return send(record_verdict(now, said, agency=caller.agency, by_reviewer=by_reviewer))

    @routes.post("/landings", responses={200: {"model": Landing}}, openapi_extra=takes(LandingRequest))
    def land(request: Request, body: Body) -> Response:
        """Which look-up a spoken reference is, for those whom it concerns: both land on the same people."""
        now, caller = called(parts, request, body, use="ask")
        return send(land_on_answer(now, parse(LandingRequest, body), agency=caller.agency))

    @routes.get("/recalls", responses={200: {"model": Recalls}})
    def recalls(request: Request) -> Response:
        """Answers given to your agency that rested on a mistaken link: to be asked again."""
        now, caller = called(parts, request, b"", use="ask")
        return send(read_recalls(now, agency=caller.agency))

    return routes


def _wait_for_step(began: float, step: float) -> None:
    """Answers leave at whole steps of time, so that how long one took does not tell what was found and kept silent."""
    if step:
        time.sleep(until_step(time.monotonic() - began, step))


def until_step(taken: float, step: float) -> float:
    """How long from here to the next whole step, of what has taken so long already; in seconds."""
    return step - taken % step
