"""How a request gets in and how an error gets out, the same at the broker and at the linkage unit.

In: a request id, a limit on the body, the agency that signed (RFC 9421). Out: one canonical line of diagnostics for
each request, headers that keep answers out of caches, every error as a problem (`broker.problems`), and for an
unexpected exception an incident id and nothing else.

    {"event":"request.answered","service":"linkunit","method":"POST","route":"/v1/evaluate","status":200,"ms":12.4,
     "agency":"council","request_id":"4f0c..."}
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import html
import json
import re
import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as Event

from broker import observe, problems
from broker.errors import BadInput, BrokerError, Untrusted
from broker.keys.messages import Message, SignedBy, verify_request
from broker.keys.trust import BROKER_REQUEST, KeyUse, Trust

CLIENT_LEFT = 499

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Digits and a-f only: an id from outside reaches the diagnostics, so it must not be able to spell anything.
_REQUEST_ID = re.compile(r"[0-9a-f-]{16,36}")


@dataclass(frozen=True)
class Caller:
    """Who signed a request. `created` is in seconds; the nonce must be used once, which only a ledger can see to."""

    agency: str
    key_id: str
    nonce: str
    created: int


def install(app: FastAPI, *, service: str, max_body: int) -> None:
    """Puts the door in front of `app`: bodies up to `max_body` bytes, problems for every error, one line a request."""
    app.add_middleware(_Door, service=service, max_body=max_body)
    app.add_exception_handler(BrokerError, problems.on_broker_error)
    app.add_exception_handler(RequestValidationError, problems.on_invalid)
    app.add_exception_handler(HTTPException, problems.on_http_error)


def body_up_to(limit: int) -> Callable[[Request], Awaitable[bytes]]:
    """A dependency that gives the request's body as it was sent: 413 over `limit` bytes, 415 when it is encoded."""

    async def body(request: Request) -> bytes:
        if request.headers.get("content-encoding", "identity").lower() != "identity":
            raise HTTPException(415)
        received = bytearray()
        async for part in request.stream():
            received += part
            if len(received) > limit:
                raise HTTPException(413)
        return bytes(received)

    return body


def caller(
    request: Request, body: bytes, *, trust: Trust, use: KeyUse | None, public_url: str, now: dt.datetime | None = None
) -> Caller:
    """The agency that signed this request with a key it may use for `use`.

    With `use` None any of its keys will do, and whoever calls must ask `trust.signing_key` before acting. `public_url`
    is where callers think we are; `now` is the clock's unless given. Raises `BadInput` for a query string, which our
    addresses don't have, and `Untrusted` or `NotAllowed` when the signature, key or agency is not good.
    """
    signed = _signed_by(request, body, find=trust.caller_key, public_url=public_url, now=now)
    if use is not None:
        trust.signing_key(signed.key_id, use)
    return _caller(request, signed)


def broker_caller(
    request: Request, body: bytes, *, trust: Trust, public_url: str, now: dt.datetime | None = None
) -> Caller:
    """The broker, which signed this request with its request key; no agency's key is looked at.

    `caller` never finds the broker's key either, so neither can stand in for the other. Raises as `caller` does.
    """

    def signed_with(key: Ed25519PublicKey) -> SignedBy:
        def find(key_id: str) -> Ed25519PublicKey:
            if key_id != BROKER_REQUEST:
                raise Untrusted("signing-key-unknown", "this address is for the broker, and another key signed")
            return key

        return _signed_by(request, body, find=find, public_url=public_url, now=now)

    # While its request key changes the broker may sign with either.
    newest, *older = reversed(trust.broker.request_keys)
    for key in older:
        with suppress(Untrusted):
            return _caller(request, signed_with(key))
    return _caller(request, signed_with(newest))


def _signed_by(
    request: Request, body: bytes, *, find: Callable[[str], Ed25519PublicKey], public_url: str, now: dt.datetime | None
) -> SignedBy:
    if request.scope.get("query_string"):
        raise BadInput("query-refused", "the address has a query string", hint="send everything in the body")
    path = request.scope.get("raw_path") or request.scope["path"].encode()
    message = Message(request.method, public_url.rstrip("/") + path.decode("ascii", "replace"))
    for name in request.headers:
        message.headers[name] = ", ".join(request.headers.getlist(name))
    return verify_request(message, body, find=find, now=now or dt.datetime.now(dt.UTC))


def _caller(request: Request, signed: SignedBy) -> Caller:
    party = signed.key_id.partition("/")[0]
    request.state.agency = party
    return Caller(agency=party, key_id=signed.key_id, nonce=signed.nonce, created=signed.created)


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
    return int(declared) if re.fullmatch(r"[0-9]{1,15}", declared) else 0


def _template(scope: Scope) -> str:
    """The route's template: the path itself may hold what nobody should log."""
    return str(getattr(scope.get("route"), "path", "unmatched"))


def docs_page(app: FastAPI) -> None:
    """Serves `/docs`, made here from the app's own description: no script, and nothing from anybody else's server."""
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'; base-uri 'none'"

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return HTMLResponse(_render(app.openapi()), headers={"Content-Security-Policy": policy})


_STYLE = """
body { font: 1.125rem/1.5 sans-serif; color: #0b0c0c; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
pre { background: #f3f2f1; padding: 1rem; overflow: auto; white-space: pre-wrap }
"""


def _render(description: dict[str, Any]) -> str:
    title = html.escape(f"{description['info']['title']} {description['info']['version']}")
    parts = [f'<title>{title}</title><meta name="viewport" content="width=device-width"><style>{_STYLE}</style>']
    parts += ["<main>", f"<h1>{title}</h1>", _text(description["info"].get("description"))]
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            parts.append(f"<h2><code>{html.escape(f'{method.upper()} {path}')}</code></h2>")
            parts += [_text(operation.get("summary")), _text(operation.get("description"))]
            parts += [_details(name, operation.get(name)) for name in ("parameters", "requestBody", "responses")]
    parts.append("<h2>Schemas</h2>")
    parts += [_details(name, one) for name, one in description.get("components", {}).get("schemas", {}).items()]
    return '<!doctype html><html lang="en-GB"><meta charset="utf-8">' + "\n".join(parts) + "</main></html>"


def _text(text: str | None) -> str:
    return f"<p>{html.escape(text)}</p>" if text else ""


def _details(name: str, content: object) -> str:
    shown = html.escape(json.dumps(content, indent=1, ensure_ascii=False))
    return f"<details><summary>{html.escape(name)}</summary><pre>{shown}</pre></details>" if content else ""
