"""Signed requests to the broker and the linkage unit (RFC 9421), tried again when trying again may help.

Every attempt is signed anew, as a nonce is good once, and bears the access credential that the key was given: fetched
when there is none, when it is about to expire, or when the service knows it no more. Redirects are not followed: the
signature covers the address, and nobody but `agency.toml` says whom we talk to. A proxy is taken from HTTPS_PROXY and
NO_PROXY. What an error response says is shown only as far as it is a problem (RFC 9457) of the agreed form, never as it
came.
"""

from __future__ import annotations

import json
import os
import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import httpx2

from broker.agency.edges import Edges
from broker.errors import (
    BadInput,
    BrokerError,
    Conflict,
    Misconfigured,
    NotAllowed,
    NotFound,
    QuotaReached,
    Unavailable,
)
from broker.keys import assertion, wallet
from broker.keys.messages import RequestSigner
from broker.wire.fields import encode64

ATTEMPTS = 4
UNPROVEN = "caller-unproven"
CERTIFICATE = "BROKER_AGENCY_CERTIFICATE"
FIRST_PAUSE = 0.5
NOTHING_LOST = "nothing is lost: run the same command again"
_TIMEOUT = httpx2.Timeout(60.0, connect=10.0)
_KINDS: dict[int, type[BrokerError]] = {
    401: NotAllowed,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    429: QuotaReached,
}
# What to do at the agency, where the broker can only say what is wrong.
_OUR_HINTS = {"batch-closed": "`broker-agency send FILE --again` begins a new delivery"}
_SAFE_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


@dataclass(frozen=True)
class Connection:
    """One party we talk to. `attempts` is 1 where a request may be used only once; `before` is called before each."""

    party: str
    url: str
    signer: RequestSigner
    http: httpx2.Client
    edges: Edges
    attempts: int = ATTEMPTS
    before: Callable[[], None] | None = None

    def send(self, method: str, path: str, *, body: bytes = b"", content_type: str = "application/json") -> bytes:
        """The body of a successful answer.

        Raises the error of `broker.errors` that the answer's status stands for, `Unavailable` when there was none after
        every attempt.
        """
        for attempt in range(1, self.attempts + 1):
            if self.before is not None:
                self.before()
            try:
                return self._once(method, path, body=body, content_type=content_type)
            except Unavailable:
                if attempt == self.attempts:
                    raise
                self.edges.pause(FIRST_PAUSE * 2 ** (attempt - 1))
        raise Unavailable("no-attempt", f"{self.party} was not asked", hint=NOTHING_LOST)

    def _once(self, method: str, path: str, *, body: bytes, content_type: str) -> bytes:
        request = self.http.build_request(method, self.url + path, content=body, headers={"content-type": content_type})
        is_fresh = self._carry(request)
        try:
            return self._signed(request, body)
        except NotAllowed as error:
            if is_fresh or error.code != UNPROVEN:
                raise
        # A service that has another signing key by now knows no credential that it gave under the old one.
        self.signer.wallet.keep(wallet.origin(str(request.url)), None)
        self._carry(request)
        return self._signed(request, body)

    def _carry(self, request: httpx2.Request) -> bool:
        """Has a credential for where the request goes; whether it had to be fetched."""
        service = wallet.origin(str(request.url))

        def post(fields: Mapping[str, str], form: bytes) -> bytes:
            return self._answered(
                self.http.build_request("POST", service + assertion.PATH, content=form, headers=fields)
            )

        now, random = self.edges.now(), self.edges.random_bytes
        return wallet.carry(self.signer, service, now=now, random=random, post=post)

    def _signed(self, request: httpx2.Request, body: bytes) -> bytes:
        nonce, created = encode64(self.edges.random_bytes(16)), self.edges.now()
        signed = self.signer.headers(request.method, str(request.url), body=body, nonce=nonce, created=created)
        request.headers.update(signed)
        return self._answered(request)

    def _answered(self, request: httpx2.Request) -> bytes:
        try:
            response = self.http.send(request)
        except httpx2.ProxyError:
            hint = f"check HTTPS_PROXY and NO_PROXY; {NOTHING_LOST}"
            raise Unavailable(
                "proxy-refused", f"the proxy does not let us through to {self.party}", hint=hint
            ) from None
        except httpx2.RequestError:
            raise Unavailable("no-answer", f"{self.party} does not answer at {self.url}", hint=NOTHING_LOST) from None
        if response.status_code == 200 or response.status_code == 201:
            return response.content
        raise problem(response, self.party)


@contextmanager
def open_http(edges: Edges) -> Iterator[httpx2.Client]:
    """An HTTP client that follows no redirect."""
    with httpx2.Client(transport=edges.transport, verify=_tls(), timeout=_TIMEOUT, follow_redirects=False) as http:
        yield http


@cache
def _tls() -> ssl.SSLContext:
    """The authorities that this machine trusts, read once: that takes longer than a question's cryptography.

    Where the services ask callers for a certificate, `BROKER_AGENCY_CERTIFICATE` names the PEM file with ours and its
    key. Raises `Misconfigured` when it is missing or damaged.
    """
    made, certificate = httpx2.create_ssl_context(), os.environ.get(CERTIFICATE)
    if certificate:
        try:
            made.load_cert_chain(certificate)
        except (OSError, ssl.SSLError):
            hint = f"see {CERTIFICATE}: one PEM file with the chain and its key"
            raise Misconfigured("tls-invalid", "can't use this agency's certificate", hint=hint) from None
    return made


def problem(response: httpx2.Response, party: str) -> BrokerError:
    """The error that an unsuccessful answer stands for."""
    status = response.status_code
    content = _problem_content(response)
    code = content.get("code", "")
    code = code if isinstance(code, str) and _SAFE_CODE.fullmatch(code) else f"http-{status}"
    detail, hint, incident = (_plain(content.get(name)) for name in ("detail", "hint", "incident"))
    hint = _OUR_HINTS.get(code, hint)
    if incident:
        hint = f"tell the operator the incident {incident}; {NOTHING_LOST}"
    if status >= 500 or content.get("retry") is True:
        return Unavailable(code, detail or f"{party} can't answer now", hint=hint or NOTHING_LOST)
    if 300 <= status < 400:
        return BadInput(code, f"{party} has another address than agency.toml says", hint="ask the operator for it")
    kind = _KINDS.get(status, BadInput)
    return kind(
        code, detail or f"{party} refused the request (HTTP {status})", hint=hint, field=_plain(content.get("field"))
    )


def _problem_content(response: httpx2.Response) -> dict[str, object]:
    if "json" not in response.headers.get("content-type", ""):
        return {}
    try:
        content = json.loads(response.content)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _plain(value: object) -> str:
    """Text for a terminal: no control characters, nothing endless."""
    return "".join(c for c in value if c.isprintable())[:300] if isinstance(value, str) else ""
