"""How a request gets in and how an error gets out, the same at the broker and at the linkage unit.

In: a request id, a limit on the body (who sent it is for `broker.proven`). Out: one canonical line of diagnostics for
each request, headers that keep answers out of caches, every error as a problem (`broker.problems`), and for an
unexpected exception an incident id and nothing else.

    {"event":"request.answered","service":"linkunit","method":"POST","route":"/v1/evaluate","status":200,"ms":12.4,
     "agency":"council","request_id":"4f0c..."}
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as Event

from broker import observe, problems
from broker.errors import BadInput, BrokerError

CLIENT_LEFT = 499
_UNSIGNED_BYTES = 256 * 1024
"""A body that may be larger is received only for a head that somebody signed."""

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    # Browsers heed it over TLS alone, which a proxy or our own listener speaks.
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Digits and a-f only: an id from outside reaches the diagnostics, so it must not be able to spell anything.
_REQUEST_ID = re.compile(r"[0-9a-f-]{16,36}")
_LENGTH = re.compile(r"[0-9]{1,15}", re.ASCII)


def install(app: FastAPI, *, service: str, max_body: int, first_look: Callable[[Request], None] | None = None) -> None:
    """Puts the door in front of `app`: bodies up to `max_body` bytes, problems for every error, one line a request.

    `first_look` raises for a request whose head is not signed; it is asked before a large body is received.
    """
    app.state.first_look = first_look
    app.add_middleware(_Door, service=service, max_body=max_body)
    app.add_exception_handler(BrokerError, problems.on_broker_error)
    app.add_exception_handler(RequestValidationError, problems.on_invalid)
    app.add_exception_handler(HTTPException, problems.on_http_error)


def body_up_to(limit: int) -> Callable[[Request], Awaitable[bytes]]:
    """A dependency that gives the request's body as it was sent: 413 over `limit` bytes, 415 when it is encoded."""
    return _receiving(limit, row=limit, rows=limit, first=_may_be_large)


def rows_up_to(limit: int, *, row: int, rows: int) -> Callable[[Request], Awaitable[bytes]]:
    """As `body_up_to`, for lines: 422 as soon as one is longer than `row` bytes or there are more than `rows`."""
    # Nobody who did not sign is told of a line that is wrong.
    return _receiving(limit, row=row, rows=rows, first=lambda _: True)


def _may_be_large(request: Request) -> bool:
    """Whether more may come than is received of anybody: what is declared is all that the parser lets through."""
    declared = _LENGTH.fullmatch(request.headers.get("content-length", ""))
    return declared is None or "transfer-encoding" in request.headers or int(declared[0]) > _UNSIGNED_BYTES


def _receiving(
    limit: int, *, row: int, rows: int, first: Callable[[Request], bool]
) -> Callable[[Request], Awaitable[bytes]]:
    async def body(request: Request) -> bytes:
        if request.headers.get("content-encoding", "identity").lower() != "identity":
            raise HTTPException(415)
        first_look = request.app.state.first_look
        if limit > _UNSIGNED_BYTES and first_look is not None and first(request):
            # Else whoever comes could have a hundred bodies of this size held at once.
            await run_in_threadpool(first_look, request)
        received, ended, unended = bytearray(), 0, 0
        async for part in request.stream():
            received += part
            if len(received) > limit:
                raise HTTPException(413)
            *whole, rest = part.split(b"\n")
            longest = max([unended + len(whole[0]), *map(len, whole)]) if whole else 0
            ended, unended = ended + len(whole), len(rest) + (0 if whole else unended)
            if ended > rows:
                raise BadInput("rows-too-many", f"there are more than {rows} lines", hint="send smaller chunks")
            if max(longest, unended) > row:
                raise BadInput("row-too-long", f"a line is longer than {row} bytes")
        return bytes(received)

    return body


class _Door:
    """The outermost part of an app. It lets no exception past: a server would log its message, with values in it."""

    def __init__(self, app: ASGIApp, service: str, max_body: int) -> None:
        self._app = app
        self._service = service
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        state = scope["state"] = dict(scope.get("state") or {})
        state |= {"request_id": _request_id(Headers(scope=scope)), "arrived": int(time.time())}
        send_out = _with_headers(send, state)
        try:
            if _declared_length(scope) > self._max_body:
                await problems.from_status(state, 413)(scope, receive, send_out)
            else:
                await self._app(scope, _up_to(receive, self._max_body), send_out)
        except ClientDisconnect:
            state |= {"status": CLIENT_LEFT, "code": "client-left"}
        except Exception as error:
            await self._incident(error, scope, receive, send_out)
        finally:
            self._record(scope, time.perf_counter() - started)

    async def _incident(self, error: Exception, scope: Scope, receive: Receive, send: Send) -> None:
        state = scope["state"]
        incident = uuid.uuid4().hex
        observe.unexpected("request.failed", error, incident=incident, request_id=state["request_id"])
        if "status" in state:
            return  # The answer has begun; leaving it incomplete makes the server drop the connection.
        content = {"detail": "something went wrong on our side", "incident": incident}
        await problems.problem(state, 500, code="internal", **content)(scope, receive, send)

    def _record(self, scope: Scope, seconds: float) -> None:
        state = scope["state"]
        known = {"agency": state.get("agency"), "code": state.get("code")}
        observe.event(
            "request.answered",
            service=self._service,
            request_id=state["request_id"],
            method=scope["method"] if scope["method"] in _METHODS else "OTHER",
            route=_template(scope),
            status=state.get("status", CLIENT_LEFT),
            ms=round(seconds * 1000, 1),
            **{key: value for key, value in known.items() if value is not None},
        )


def _with_headers(send: Send, state: dict[str, Any]) -> Send:
    async def send_out(message: Event) -> None:
        if message["type"] == "http.response.start":
            state["status"] = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            headers["X-Request-Id"] = state["request_id"]
        await send(message)

    return send_out


def _up_to(receive: Receive, limit: int) -> Receive:
    seen = 0

    async def receive_in() -> Event:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise HTTPException(413)
        return message

    return receive_in


def _request_id(headers: Headers) -> str:
    given = headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def _declared_length(scope: Scope) -> int:
    declared = Headers(scope=scope).get("content-length", "")
    return int(declared) if _LENGTH.fullmatch(declared) else 0


def _template(scope: Scope) -> str:
    """The route's template: the path itself may hold what nobody should log."""
    return str(getattr(scope.get("route"), "path", "unmatched"))
