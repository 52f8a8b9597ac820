"""Desks ask, and say what they think of an answer. Signed by a desk key."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from broker import door
from broker.actions.recall import read_recalls
from broker.actions.record_verdict import record_verdict
from broker.actions.tell_story import tell_story
from broker.api.answers import send
from broker.parts import Parts
from broker.wire.answer import Answer
from broker.wire.fields import parse
from broker.wire.question import Question
from broker.wire.recall import Recalls
from broker.wire.verdict import VerdictReceipt, VerdictRequest

Body = Annotated[bytes, Depends(door.body_up_to(64 * 1024))]


def router(parts: Parts) -> APIRouter:
    """The routes that a desk key opens."""
    routes = APIRouter(prefix="/v1", tags=["desks"])
    public_url = parts.settings.public_url

    def agency(request: Request, body: bytes) -> str:
        caller = door.caller(request, body, trust=parts.trust, use="ask", public_url=public_url, now=parts.now())
        return caller.agency

    @routes.post("/questions", responses={200: {"model": Answer}})
    def ask(request: Request, body: Body) -> Response:
        """Who is already helping this person and this family, and what may be known. A refusal is an answer too."""
        began = time.monotonic()
        who = agency(request, body)
        answer = send(tell_story(parts, parse(Question, body), agency=who))
        _wait_for_step(began, parts.settings.answer_step_ms / 1000)
        return answer

    @routes.post("/verdicts", responses={200: {"model": VerdictReceipt}})
    def say(request: Request, body: Body) -> Response:
        """Two records of an answer are, or are not, about the same person. Signed by a desk key or a review key."""
        caller = door.caller(request, body, trust=parts.trust, use=None, public_url=public_url, now=parts.now())
        by_reviewer = parts.trust.may(caller.key_id, "review")
        if not by_reviewer:
            parts.trust.signing_key(caller.key_id, "ask")
        said = parse(VerdictRequest, body)
        return send(record_verdict(parts, said, agency=caller.agency, by_reviewer=by_reviewer))

    @routes.get("/recalls", responses={200: {"model": Recalls}})
    def recalls(request: Request) -> Response:
        """Answers given to your agency that rested on a mistaken link: to be asked again."""
        return send(read_recalls(parts, agency=agency(request, b"")))

    return routes


def _wait_for_step(began: float, step: float) -> None:
    """Answers leave at whole steps of time, so that how long one took does not tell what was found and kept silent."""
    if step:
        time.sleep(step - (time.monotonic() - began) % step)
