"""Somebody at the doors of one service who has keys, and makes proofs, credentials and requests right or wrong."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import HTTPMessageSigner, algorithms

from broker.keys import assertion, credential, jws, messages
from broker.keys.credential import Issuer
from broker.keys.messages import Message, RequestSigner
from broker.keys.wallet import Held
from broker.wire.fields import encode64

Headers = dict[str, str]
STRANGER = Ed25519PrivateKey.from_private_bytes(b"\x63" * 32)
_NUMBERS = count()


def text(
    header: Mapping[str, Any] | str, claims: Mapping[str, Any] | str, signature: bytes | Callable[[bytes], bytes]
) -> str:
    """A JWS of whatever; texts stand as the JSON that they are."""
    parts = [part if isinstance(part, str) else json.dumps(part) for part in (header, claims)]
    signed = ".".join(encode64(part.encode()) for part in parts)
    return f"{signed}.{encode64(signature(signed.encode()) if callable(signature) else signature)}"


def unique() -> str:
    return f"knocking-{next(_NUMBERS):012}"


@dataclass
class Knocker:
    """Knocks at the service at `url`; `key` gives a key by its id on the trust list; `path` asks for a desk key."""

    url: str
    client: Any
    key: Callable[[str], Ed25519PrivateKey]
    issuer: Issuer
    path: str
    clock: Callable[[], dt.datetime]
    key_id: str = "council/desk-1"
    sent: list[tuple[bytes, Headers]] = field(default_factory=list)

    @property
    def now(self) -> int:
        return int(self.clock().timestamp())

    # -- proving a key

    def claims(self, **changes: Any) -> dict[str, Any]:
        party = self.key_id.partition("/")[0]
        given = {"iss": party, "sub": party, "aud": self.url, "iat": self.now, "exp": self.now + 60, "jti": unique()}
        return {name: value for name, value in (given | changes).items() if value is not None}

    def header(self, **changes: Any) -> dict[str, Any]:
        given = {"alg": "Ed25519", "kid": self.key_id, "typ": "JWT"} | changes
        return {name: value for name, value in given.items() if value is not None}

    def says(self, header: Any = None, claims: Any = None, *, by: str = "", signature: Any = None) -> str:
        """A client assertion."""
        sign = signature if signature is not None else self.key(by or self.key_id).sign
        return text(self.header() if header is None else header, self.claims() if claims is None else claims, sign)

    def shows(self, *, by: str = "", header: Any = None, signature: Any = None, **changes: Any) -> str:
        """A proof of possession."""
        key = self.key(by or self.key_id)
        given = {"alg": "Ed25519", "typ": "dpop+jwt", "jwk": credential.as_jwk(key.public_key())} | (header or {})
        said = {"htm": "POST", "htu": self.url + assertion.PATH, "iat": self.now, "jti": unique()} | changes
        made = {name: value for name, value in said.items() if value is not None}
        return text(given, made, signature if signature is not None else key.sign)

    def asks(
        self, said: str = "", *, proof: Any = None, body: bytes | None = None, headers: Any = None, **changes: Any
    ) -> Any:
        """Asks for a credential: `changes` are fields of the form, None for one that is left out."""
        given = {"grant_type": "client_credentials", "client_assertion_type": assertion._ASSERTION_TYPE}
        given |= {"client_assertion": said or self.says()} | changes
        form = urlencode({name: value for name, value in given.items() if value is not None}).encode()
        fields = {"content-type": assertion.FORM, "dpop": self.shows() if proof is None else proof} | (headers or {})
        sent = [(name, value) for name, value in fields.items() if value is not None]
        return self.client.post(assertion.PATH, content=form if body is None else body, headers=sent)

    # -- with a credential

    def held(self, key_id: str = "", **how: Any) -> str:
        """A good credential of a key."""
        name = key_id or self.key_id
        given: dict[str, Any] = {"id": bytes(16), "now": self.now} | how
        return self.issuer.issue(name, given.pop("key", None) or self.key(name).public_key(), **given)

    def forged(self, *, header: Any = None, secret: bytes | None = None, **changes: Any) -> str:
        """A credential that somebody else made, or that says something else."""
        told = jws.spelt(self.held(), header=("alg", "typ")).claims
        claims = {name: value for name, value in (dict(told) | changes).items() if value is not None}
        key = self.issuer.secret if secret is None else secret
        return text(header or {"alg": "HS256", "typ": "at+jwt"}, claims, lambda data: credential._mac(key, data))

    def signed(
        self, borne: str | None = None, *, body: bytes = b"{}", by: str = "", path: str = "", key: Any = None,
        method: str = "POST", seconds: int = 0,
    ) -> Headers:  # fmt: skip
        """The headers of a request that one of the keys signed, naming a credential."""
        name = by or self.key_id
        signer = RequestSigner(name, key or self.key(name))
        if borne != "":
            signer.wallet.keep(self.url, Held(self.held() if borne is None else borne, 0))
        at = self.clock() + dt.timedelta(seconds=seconds)
        return signer.headers(method, self.url + (path or self.path), body=body, nonce=unique(), created=at)

    def otherwise(
        self, *, covered: tuple[str, ...] = messages._COVERED, headers: Headers | None = None, **more: Any
    ) -> Headers:
        """Headers that the library makes of a request with the body `{}`, with other parameters than ours."""
        message = Message("POST", self.url + self.path)
        message.headers.update({"Authorization": f"DPoP {self.held()}", "Content-Digest": digest(b"{}")})
        message.headers.update(headers or {})
        given = {
            "nonce": unique(),
            "tag": "tysc",
            "label": "tysc",
            "created": self.clock(),
            "key_id": self.key_id,
        } | more
        key = messages._PrivateKey(self.key(self.key_id))
        HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=key).sign(
            message, covered_component_ids=covered, use_existing_digest=True, **given
        )
        return {name: str(value) for name, value in message.headers.items()}

    def knocks(self, headers: Any, *, body: bytes = b"{}", path: str = "") -> Any:
        sent = list(headers.items()) if isinstance(headers, dict) else headers
        return self.client.post(path or self.path, content=body, headers=[*sent, ("content-type", "application/json")])


def digest(body: bytes, name: str = "sha-256") -> str:
    made = hashlib.new(name.replace("-", ""), body).digest()
    return f"{name}=:{base64.b64encode(made).decode()}:"
