"""Desks ask, and say what they think of an answer. Signed by a desk key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from broker import door
from broker.actions.record_verdict import record_verdict
from broker.actions.tell_story import tell_story
from broker.api.answers import send
from broker.parts import Parts
from broker.wire.answer import Answer
from broker.wire.fields import parse
from broker.wire.question import Question
from broker.wire.verdict import VerdictReceipt, VerdictRequest


def router(parts: Parts, body_of: Callable[..., Any]) -> APIRouter:
    """The routes; `body_of` is the dependency that reads a body within its limit."""
    routes = APIRouter(prefix="/v1", tags=["desks"])
    public_url = parts.settings.public_url

    def agency(request: Request, body: bytes) -> str:
        caller = door.caller(request, body, trust=parts.trust, use="ask", public_url=public_url, now=parts.now())
        return caller.agency

    @routes.post("/questions", responses={200: {"model": Answer}})
    def ask(request: Request, body: Annotated[bytes, Depends(body_of)]) -> Response:
        """Who is already helping this person and this family, and what may be known. A refusal is an answer too."""
        who = agency(request, body)
        return send(tell_story(parts, parse(Question, body), agency=who))

    @routes.post("/verdicts", responses={200: {"model": VerdictReceipt}})
    def say(request: Request, body: Annotated[bytes, Depends(body_of)]) -> Response:
        """Two records of an answer are, or are not, about the same person."""
        who = agency(request, body)
        return send(record_verdict(parts, parse(VerdictRequest, body), agency=who))

    return routes
