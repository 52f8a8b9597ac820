"""The one place that turns an error into an HTTP answer: a problem of RFC 9457.

    HTTP/1.1 409 Conflict
    Content-Type: application/problem+json

    {"type":"/problems/ticket-used","title":"Conflict","status":409,"code":"ticket-used",
     "detail":"this ticket has been used","hint":"ask again with a new ticket","instance":"4f0c..."}

`code` is the error's stable code and `instance` the id of the request. No problem repeats what was sent. `state` is the
state of the request's scope, made by `broker.door`: the request's id, when it arrived in seconds, and the code back.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from broker.errors import BrokerError, QuotaReached, TooFast, Unavailable, Unproven

MEDIA_TYPE = "application/problem+json"
UNAVAILABLE_SECONDS = 10

_BY_STATUS = {
    404: ("route-unknown", "there is nothing at this address"),
    405: ("method-not-allowed", "this address does not take this method"),
    413: ("body-too-large", "the body is larger than this address takes"),
    415: ("content-encoding-refused", "the body must not be compressed or otherwise encoded"),
}
# What pydantic says about these may repeat what was sent.
_TALKATIVE = re.compile(r"(value_error|assertion_error|union_tag_.*|.*_parsing|.*_type)")


def problem(state: dict[str, Any], status: int, *, code: str, **more: Any) -> JSONResponse:
    """The answer for `code`; `more` are further members, which must not hold anything that was sent."""
    state["code"] = code
    content = {"type": f"/problems/{code}", "title": HTTPStatus(status).phrase, "status": status, "code": code}
    return JSONResponse(content | more | {"instance": state["request_id"]}, status_code=status, media_type=MEDIA_TYPE)


def from_status(state: dict[str, Any], status: int) -> JSONResponse:
    """The answer for an error of HTTP itself."""
    code, detail = _BY_STATUS.get(status, (f"http-{status}", HTTPStatus(status).phrase.lower()))
    return problem(state, status, code=code, detail=detail)


async def on_broker_error(request: Request, error: Exception) -> Response:
    """The answer for one of our errors. One that is our own fault is raised again, to become an incident."""
    if not isinstance(error, BrokerError) or (error.status >= 500 and not isinstance(error, Unavailable)):
        raise error
    more = {"hint": error.hint, "field": error.field, "row": error.row}
    kept = {name: value for name, value in more.items() if value not in ("", None)}
    response = problem(request.scope["state"], error.status, code=error.code, detail=error.message, **kept)
    if isinstance(error, QuotaReached):
        # Every allowance is one of a UTC day.
        response.headers["Retry-After"] = str(86_400 - request.scope["state"]["arrived"] % 86_400)
    elif isinstance(error, Unproven):
        response.headers["WWW-Authenticate"] = 'DPoP algs="Ed25519"'
    elif isinstance(error, TooFast):
        response.headers["Retry-After"] = str(error.seconds)
    elif isinstance(error, Unavailable):
        response.headers["Retry-After"] = str(UNAVAILABLE_SECONDS)
    return response


async def on_invalid(request: Request, error: Exception) -> Response:
    """The answer for a request that is not of the declared form: type, place and reason, and no input."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    errors = [{"type": one["type"], "loc": _place(one), "msg": _reason(one)} for one in found]
    state = request.scope["state"]
    return problem(state, 422, code="schema-invalid", detail="the request is not of the agreed form", errors=errors)


async def on_http_error(request: Request, error: Exception) -> Response:
    """The answer for what the framework refused. Its own words are left out."""
    if not isinstance(error, HTTPException):
        raise error
    response = from_status(request.scope["state"], error.status_code)
    response.headers.update(error.headers or {})
    return response


def _place(error: dict[str, Any]) -> list[str | int]:
    # The name of an unknown field comes from outside and could hold anything.
    place = list(error["loc"])
    return place[:-1] if error["type"] == "extra_forbidden" else place


def _reason(error: dict[str, Any]) -> str:
    return "not of the agreed form" if _TALKATIVE.fullmatch(error["type"]) else str(error["msg"])
