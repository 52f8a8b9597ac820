"""An issuer for demonstrations and tests, inside the desk: whoever says who they are is believed.

It is a whole issuer (OpenID Connect's code flow, PKCE, private_key_jwt), so that a demonstration signs in by the very
code that a live desk does. `app.make_desk` refuses it where the trust list is of no rehearsal, and `settings` where the
desk is on another machine.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx2
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from broker.agency.desk.signin.client_key import ClientKey, parse_key
from broker.agency.desk.signin.pending import Pending
from broker.agency.edges import Edges
from broker.errors import BadInput
from broker.trustlist.issuers import Issuer
from broker.wire.fields import encode64

NAME = "development"
LEVEL = "demonstration"
GRANT = "authorization_code"


def development(public_url: str) -> Issuer:
    """How the desk knows it."""
    return Issuer.model_validate(
        {
            "name": NAME,
            "title": "the demonstration",
            "issuer": f"{public_url}/{NAME}",
            "client_id": "desk",
            "levels": {LEVEL: 3},
            "claims": {"staff": "sub"},
        }
    )


@dataclass(frozen=True)
class _Code:
    asked: Mapping[str, str] = field(repr=False)
    staff: str
    proved_at: dt.datetime


class DevelopmentIssuer(httpx2.BaseTransport):
    """The issuer, and the network on which it is. `issuer` is how the desk knows it, `client` the desk's key."""

    def __init__(self, issuer: Issuer, edges: Edges, client: bytes) -> None:
        self.issuer = issuer
        self.client: ClientKey = parse_key(client)
        self.key = OKPKey.generate_key("Ed25519")
        self.edges = replace(edges, transport=self)
        self._codes: dict[str, _Code] = {}
        self._used: set[str] = set()
        self._lock = threading.Lock()

    def sends_back(self, query: Mapping[str, str], staff: str, *, back_at: str) -> str:
        """Where somebody goes who said who they are. Raises `BadInput` for a request that no desk makes."""
        is_ours = query.get("client_id") == self.issuer.client_id and query.get("redirect_uri") == back_at
        if not is_ours or query.get("response_type") != "code" or query.get("code_challenge_method") != "S256":
            raise BadInput("sign-in-malformed", "nobody began to sign in so", hint="go back to the desk")
        code = encode64(self.edges.random_bytes(32))
        with self._lock:
            self._codes[code] = _Code(dict(query), staff, self.edges.now())
        return f"{back_at}?{urlencode({'code': code, 'state': query.get('state', ''), 'iss': self.issuer.issuer})}"

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """What the desk asks behind the browser's back."""
        path = str(request.url).removeprefix(self.issuer.issuer)
        if path == "/.well-known/openid-configuration":
            return httpx2.Response(200, json=self.describes())
        if path == "/keys":
            return httpx2.Response(200, json={"keys": [self.public()]})
        if path != "/token" or request.method != "POST":
            return httpx2.Response(404)
        form = dict(parse_qsl(request.read().decode(), strict_parsing=True))
        granted = self.grants(form) if self._is_the_desk(form) else None
        return httpx2.Response(400, json={"error": "invalid_grant"}) if granted is None else granted

    def describes(self) -> dict[str, Any]:
        """Its description."""
        own = self.issuer.issuer
        return {
            "issuer": own, "authorization_endpoint": f"{own}/authorize", "token_endpoint": f"{own}/token",
            "jwks_uri": f"{own}/keys", "authorization_response_iss_parameter_supported": True,
        }  # fmt: skip

    def public(self) -> dict[str, Any]:
        """Its key, as everybody may have it."""
        return {**self.key.as_dict(private=False), "kid": self.key.thumbprint(), "alg": "Ed25519", "use": "sig"}

    def grants(self, form: Mapping[str, str]) -> httpx2.Response | None:
        """What a code is worth, once."""
        with self._lock:
            code = self._codes.pop(form.get("code", ""), None)
        shown = Pending(verifier=form.get("code_verifier", "")).challenge
        if code is None or form.get("redirect_uri") != code.asked["redirect_uri"] or form["grant_type"] != GRANT:
            return None
        if shown != code.asked.get("code_challenge"):
            return None
        return httpx2.Response(200, json={"token_type": "Bearer", "id_token": self.signs(self.says(code))})

    def says(self, code: _Code) -> dict[str, Any]:
        """What it says of whoever the code is of."""
        now, proved = self.edges.seconds(), int(code.proved_at.timestamp())
        return {
            "iss": self.issuer.issuer, "aud": self.issuer.client_id, "sub": code.staff, "iat": now, "exp": now + 300,
            "auth_time": proved, "acr": LEVEL, "nonce": code.asked.get("nonce", ""),
        }  # fmt: skip

    def signs(self, claims: Mapping[str, Any], **head: Any) -> str:
        """The claims, signed."""
        header = {"alg": "Ed25519", "kid": self.key.thumbprint(), **head}
        return jwt.encode(header, dict(claims), self.key, algorithms=["Ed25519"])

    def _is_the_desk(self, form: Mapping[str, str]) -> bool:
        try:
            found = jwt.decode(form.get("client_assertion", ""), self.client.key, algorithms=[self.client.algorithm])
        except (JoseError, ValueError):
            return False
        claims, now = found.claims, self.edges.seconds()
        with self._lock:
            is_new = claims["jti"] not in self._used
            self._used.add(claims["jti"])
        named = {claims["iss"], claims["sub"], form.get("client_id")} == {self.issuer.client_id}
        return named and is_new and claims["aud"] == self.issuer.issuer and now <= claims["exp"] <= now + 60
