"""One issuer on the network: its description, its keys, and a code or a renewal turned into what it says of somebody.

Only addresses of its own host are gone to, or of hosts that the registry names; no redirect is followed; no answer is
read past 256 KiB. Description and keys are kept for an hour, and a key that is not among them is looked for again, at
most once a minute.

Whoever has not signed in can make us ask an issuer, and it may be slow or away. So one looks for all who wait, no lock
is held meanwhile, a failure holds for some seconds, and few codes are turned in at once: the desk's other pages go on.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx2

from broker.agency.client import open_http
from broker.agency.desk.signin.client_key import ClientKey
from broker.agency.desk.signin.vouching import Claims, Unvouched, issuer_keys, signed_claims, strict_object
from broker.agency.edges import Edges
from broker.errors import Unavailable
from broker.trustlist.issuers import Issuer

LARGEST = 256 * 1024
_KEPT = dt.timedelta(hours=1)
_AGAIN = dt.timedelta(minutes=1)
_PAUSE = dt.timedelta(seconds=5)
"""So long after it did not answer it is not looked at again."""
_PATIENCE = 3.0
"""Seconds that others wait for whoever looks."""
AT_ONCE = 8
"""Codes, and renewals, that are turned in at once: of forty threads that answer the desk's pages."""
_TIMEOUT = httpx2.Timeout(10.0)
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True)
class Description:
    """What we use of an issuer's description (OpenID Connect Discovery)."""

    authorization: str
    token: str
    keys: str
    userinfo: str
    end_session: str
    names_itself: bool
    """Whether it says who it is when it sends somebody back (RFC 9207)."""


@dataclass(frozen=True)
class Granted:
    """What came for a code or a renewal."""

    claims: Claims | None
    renewal: str = field(repr=False)


@dataclass(frozen=True)
class _Found:
    description: Description
    keys: tuple[Mapping[str, Any], ...]
    at: dt.datetime


class Provider:
    """One issuer, and the desk as its client. Raises `Unavailable` when it does not answer as it should."""

    def __init__(self, issuer: Issuer, key: ClientKey, edges: Edges, *, certificate: bytes | None = None) -> None:
        self.issuer = issuer
        self._key, self._edges, self._certificate = key, edges, certificate
        self._found: _Found | None = None
        self._looking: Future[_Found] | None = None
        self._failed_at: dt.datetime | None = None
        self._lock = threading.Lock()
        self._turns = {name: threading.BoundedSemaphore(AT_ONCE) for name in ("authorization_code", "refresh_token")}

    @property
    def description(self) -> Description:
        """Its addresses."""
        return self._look(_KEPT).description

    def grant(self, grant_type: str, **fields: str) -> Granted:
        """What the issuer gives for a code or a renewal. Raises `Unvouched` when it gives nothing for it."""
        turn = self._turns[grant_type]
        if not turn.acquire(blocking=False):
            raise self._unusable()
        try:
            return self._granted({"grant_type": grant_type, **fields})
        finally:
            turn.release()

    def _granted(self, asked: Mapping[str, str]) -> Granted:
        described, now = self.description, self._edges.now()
        audience = self.issuer.issuer if self.issuer.assertion_audience == "issuer" else described.token
        unique = self._edges.random_bytes(16)
        assertion = self._key.assertion(
            self.issuer.client_id, audience, now=now, unique=unique, certificate=self._certificate
        )
        form = {
            **asked, "client_id": self.issuer.client_id,
            "client_assertion_type": _ASSERTION_TYPE, "client_assertion": assertion,
        }  # fmt: skip
        found = self._ask("POST", described.token, form=form)
        given, access = found.get("id_token"), found.get("access_token")
        claims = self._verified(given) if isinstance(given, str) else None
        if self.issuer.userinfo and isinstance(access, str):
            claims = self._with_userinfo(claims, described.userinfo, access)
        renewal = found.get("refresh_token")
        return Granted(claims, renewal if isinstance(renewal, str) else "")

    def notice(self, text: str) -> Claims:
        """The claims of a logout notice that it signed. Raises `Unvouched`."""
        return self._verified(text, kinds=("logout+jwt", "jwt", ""))

    def _verified(self, text: str, kinds: tuple[str, ...] = ("jwt", "")) -> Claims:
        try:
            return signed_claims(text, self.issuer, self._look(_KEPT).keys, kinds=kinds)
        except Unvouched as error:
            if str(error) != "key":
                raise
        return signed_claims(text, self.issuer, self._look(_AGAIN).keys, kinds=kinds)

    def _with_userinfo(self, claims: Claims | None, url: str, access: str) -> Claims:
        told = self._ask("GET", url, credential=access)
        if claims is None or told.get("sub") != claims["sub"]:
            raise Unvouched("userinfo")
        # What is signed counts for more.
        return {**told, **claims}

    def _look(self, oldest: dt.timedelta) -> _Found:
        now = self._edges.now()
        with self._lock:
            found, looking = self._found, self._looking
            if found is not None and now - found.at < oldest:
                return found
            if looking is None:
                if self._failed_at is not None and now - self._failed_at < _PAUSE:
                    raise self._unusable()
                mine = self._looking = Future()
        return self._waited(looking) if looking is not None else self._looked(mine, now)

    def _looked(self, mine: Future[_Found], now: dt.datetime) -> _Found:
        made: _Found | None = None
        try:
            described = self._describe()
            made = _Found(described, issuer_keys(self._ask("GET", described.keys)), now)
            return made
        finally:
            with self._lock:
                self._looking, self._failed_at = None, now if made is None else None
                self._found = made or self._found
            if made is None:
                mine.set_exception(self._unusable())
            else:
                mine.set_result(made)

    def _waited(self, looking: Future[_Found]) -> _Found:
        try:
            return looking.result(_PATIENCE)
        except TimeoutError:
            raise self._unusable() from None

    def _describe(self) -> Description:
        told = self._ask("GET", f"{self.issuer.issuer.rstrip('/')}/.well-known/openid-configuration")
        needed = ["authorization_endpoint", "token_endpoint", "jwks_uri", *["userinfo_endpoint"] * self.issuer.userinfo]
        if told.get("issuer") != self.issuer.issuer or not all(self.issuer.leads_to(told.get(name)) for name in needed):
            raise self._unusable()
        ends = told.get("end_session_endpoint")
        return Description(
            authorization=told["authorization_endpoint"],
            token=told["token_endpoint"],
            keys=told["jwks_uri"],
            userinfo=told.get("userinfo_endpoint", "") if self.issuer.userinfo else "",
            end_session=str(ends) if self.issuer.leads_to(ends) else "",
            names_itself=told.get("authorization_response_iss_parameter_supported") is True,
        )

    def _ask(self, method: str, url: str, *, form: Mapping[str, str] | None = None, credential: str = "") -> Claims:
        headers = {"accept": "application/json"} | ({"authorization": f"Bearer {credential}"} if credential else {})
        body = None
        if form is not None:
            headers["content-type"], body = "application/x-www-form-urlencoded", urlencode(form).encode()
        try:
            with (
                open_http(self._edges) as http,
                http.stream(method, url, content=body, headers=headers, timeout=_TIMEOUT) as response,
            ):
                status, received = response.status_code, self._received(response)
        except httpx2.HTTPError:
            raise self._unusable() from None
        if form is not None and status in (400, 401):
            raise Unvouched("grant")
        try:
            return strict_object(received if status == 200 else None)
        except Unvouched:
            raise self._unusable() from None

    def _received(self, response: httpx2.Response) -> bytes:
        received = bytearray()
        for part in response.iter_bytes(16 * 1024):
            received += part
            if len(received) > LARGEST:
                raise self._unusable()
        return bytes(received)

    def _unusable(self) -> Unavailable:
        hint = "try again in a moment; if it goes on, tell whoever looks after the desk"
        return Unavailable("issuer-unusable", f"{self.issuer.title} does not answer as it should", hint=hint)
