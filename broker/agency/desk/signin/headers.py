"""What every answer of the desk says to the browser: run nothing but our own files, keep nothing, tell nobody.

The policy names a nonce that is new for each page (`request.state.nonce`). Static files may be kept: their addresses
change with their content.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from broker.wire.fields import encode64

_ALWAYS: Mapping[str, str] = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    # Under `no-referrer` browsers call the origin of our own forms `null`: nobody could tell them from foreign ones.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}
_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
STATIC = "/static/"


class BrowserHeaders:
    """The middleware; `secure` says that browsers reach us over TLS and must go on doing so.

    It lets no exception past: a server would log its message, with values in it. `failed` makes the page instead.
    """

    def __init__(self, app: ASGIApp, *, secure: bool, failed: Callable[[Request, Exception], Response]) -> None:
        self._app, self._secure, self._failed = app, secure, failed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Adds the headers to what the app answers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        nonce = encode64(os.urandom(16))
        state = scope["state"] = {**(scope.get("state") or {}), "nonce": nonce}

        async def send_out(message: Message) -> None:
            if message["type"] == "http.response.start":
                state["begun"] = True
                is_file = scope["path"].startswith(STATIC) and message["status"] == 200
                MutableHeaders(scope=message).update(self._headers(nonce, is_file=is_file))
            await send(message)

        try:
            await self._app(scope, receive, send_out)
        except ClientDisconnect:
            return
        except Exception as error:
            if "begun" not in state:  # Otherwise the answer stays incomplete, and the server drops the connection.
                await self._failed(Request(scope), error)(scope, receive, send_out)

    def _headers(self, nonce: str, *, is_file: bool) -> dict[str, str]:
        kept = "public, max-age=31536000, immutable" if is_file else "no-store"
        found = {**_ALWAYS, "Content-Security-Policy": _POLICY.format(nonce=nonce), "Cache-Control": kept}
        return found | ({"Strict-Transport-Security": "max-age=31536000; includeSubDomains"} if self._secure else {})
