"""How requests are received: uvicorn, with an end to every wait and a limit on every head.

    head      16 KiB at most (431), whole within ten seconds (408)
    body      ten seconds, and one more for each 256 KiB that has come (408): about 2 Mbit/s
    between   five seconds, or what the service says
    all       ten minutes, and the next answer closes the connection: whoever is let in no more does not stay for ever

uvicorn alone waits for ever for the rest of a head, and takes one of any size. A proxy in front has its own deadlines:
these are for the day that it has none, or that somebody gets past it.
"""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from broker import tls
from broker.tls import Tls

HEAD_BYTES = 16 * 1024
HEAD_SECONDS = 10.0
BODY_SECONDS = 10.0
BODY_BYTES_A_SECOND = 256 * 1024
LINGER_SECONDS = 0.5
CONNECTION_SECONDS = 600.0

_SAID = {
    400: ("request-malformed", "this is not a request of HTTP/1.1"),
    408: ("request-slow", "the request did not arrive in time"),
    431: ("head-too-large", "the request's head is larger than 16 KiB"),
}


def run(app: FastAPI, *, host: str, port: int, connections: int, between: int = 5, own_tls: Tls | None = None) -> None:
    """Serves `app` until it is told to stop; open connections past `connections` are answered with 503.

    Raises `Misconfigured` when its certificate can't be used.
    """
    uvicorn.run(app, host=host, port=port, **options(connections=connections, between=between, own_tls=own_tls))


def options(*, connections: int, between: int = 5, own_tls: Tls | None = None) -> dict[str, Any]:
    """What uvicorn is told, by every service and every test of one."""
    context = own_tls.context() if own_tls else None
    return {
        "ssl_context_factory": (lambda _config, _default: context) if context else None,
        "http": Receiving,
        "ws": "none",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        # Nobody but the signature says who calls.
        "proxy_headers": False,
        "limit_concurrency": connections,
        "timeout_keep_alive": between,
        "timeout_graceful_shutdown": 10,
    }


class Receiving(HttpToolsProtocol):
    """One connection. A deadline runs whenever the next byte is the caller's to send."""

    _head = 0
    """Bytes that came since the last request ended, while a head is received."""
    _fields = 0
    """Bytes of the head's fields. A whole head may come with its body in one piece, so these count too."""
    _received = 0
    """Bytes of the body, and `_raw` with its framing, which is never much more than it frames."""
    _raw = 0
    _in_body = False
    _in_head = False
    """Part of a head has come."""
    _deadline: asyncio.TimerHandle | None = None
    _status = 400
    _later = 0
    """The status of a refusal that waits until everything that was asked before it is answered."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._certificate = tls.caller_of(transport)
        self._opened = self.loop.time()
        self._await(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._awaited()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing() or self._later:
            return
        if not self._in_body and self._deadline is None:
            self._await(HEAD_SECONDS)
        self._head += 0 if self._in_body else len(data)
        self._raw += len(data) if self._in_body else 0
        super().data_received(data)
        if self.transport.is_closing() or self._later:
            return
        if self._in_head and self._deadline is None:
            # It came in one piece with what was asked before it.
            self._await(HEAD_SECONDS)
        if not self._in_body and self._head > HEAD_BYTES:
            self._refuse(431)
        elif self._in_body and self._raw > HEAD_BYTES + 2 * self._received:
            self._refuse(400)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._fields, self._in_head = 0, True
        scope: Any = self.scope
        scope[tls.CONNECTION] = self._certificate

    def on_url(self, url: bytes) -> None:
        self._field(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_body:
            # The library would put a trailer among the fields of the head, behind whoever looked at those.
            raise ValueError("a body has no trailers here")
        self._field(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        if self.loop.time() - self._opened > CONNECTION_SECONDS:
            self.cycle.keep_alive = False
        self._awaited()
        self._in_head = False
        self._in_body, self._received, self._raw = True, 0, 0
        self._started = self.loop.time()
        self._await(BODY_SECONDS)

    def on_body(self, body: bytes) -> None:
        self._received += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._awaited()
        self._in_body, self._head = False, 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        is_last = not self.pipeline
        super().on_response_complete()
        if self._later and is_last:
            self._end(self._later)
        elif self._in_head:
            # Its own deadline runs.
            self._unset_keepalive_if_required()
        elif self._in_body and is_last:
            # Answered before all of it came: a refusal. The rest is let go by for a moment, so that a caller who still
            # sends gets to read the answer, and is not followed to wherever it ends.
            self._awaited()
            self._unset_keepalive_if_required()
            self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def send_400_response(self, msg: str) -> None:
        """What the parser can't take. The words are ours: the library's say which library it is."""
        self._refuse(self._status)

    def _field(self, length: int) -> None:
        self._fields += length + 4
        if self._fields > HEAD_BYTES:
            self._status = 431
            raise ValueError("the head is too large")

    def _refuse(self, status: int) -> None:
        """Answers the newest request, or what was to be the next one, in its turn, and closes."""
        self._awaited()
        if self._in_body and self.pipeline:
            # It was not begun yet, and never is.
            self.pipeline.popleft()
            self._later = status
        elif self._in_body:
            # Into an answer that has begun nothing may be written, and behind it nothing that nobody asked.
            self._end(0 if self.cycle.response_started else status)
        elif self.cycle is None or self.cycle.response_complete:
            self._end(status)
        else:
            self._later = status

    def _end(self, status: int) -> None:
        if status:
            self.transport.write(_answer(status))
        self.transport.close()

    def _await(self, seconds: float) -> None:
        self._deadline = self.loop.call_later(seconds, self._too_late)

    def _awaited(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self) -> None:
        self._deadline = None
        if self.transport.is_closing():
            return
        left = 0.0
        if not self._in_body and self.cycle is not None and not self.cycle.response_complete:
            # Part of the next request came while this one is worked on.
            left = HEAD_SECONDS
        elif self._in_body:
            due = self._started + BODY_SECONDS + self._received / BODY_BYTES_A_SECOND
            # While we do not read, it is not the caller who is slow.
            left = 1.0 if self.flow.read_paused else due - self.loop.time()
        if left > 0:
            self._await(left)
        else:
            self._refuse(408)


def _answer(status: int) -> bytes:
    code, detail = _SAID[status]
    title = HTTPStatus(status).phrase
    content = json.dumps(
        {"type": f"/problems/{code}", "title": title, "status": status, "code": code, "detail": detail}
    )
    head = f"HTTP/1.1 {status} {title}\r\ncontent-type: application/problem+json\r\ncache-control: no-store\r\n"
    return f"{head}content-length: {len(content)}\r\nconnection: close\r\n\r\n{content}".encode()
