"""An access credential: what one service gives a key that proved itself, for ten minutes, and only that service reads.

    {"alg":"HS256","typ":"at+jwt"}
    {"iss":"https://broker.example","aud":"https://broker.example","sub":"council","client_id":"council","jti":"...",
     "key":"council/desk-1","iat":1795337987,"exp":1795338587,"cnf":{"jkt":"...","x5t#S256":"..."}}

The claims are those of RFC 9068. `cnf` binds it to the key that signs requests (RFC 7638, as in RFC 9449) and, where
the edge asks for certificates, to the one it was fetched with (RFC 8705): a credential that was stolen opens nothing.
It is under HMAC with a secret that the process draws when it starts and gives to nobody. So no process takes a request
that another one, or the one before it, has answered: every request names its credential under its signature.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from broker.errors import Untrusted
from broker.keys import jws
from broker.wire.fields import encode64

SECONDS = 600
"""How long a credential is good."""
SCHEME: Final = "DPoP"
"""What stands before it in `Authorization`: it is bound to a key, and never a bearer's."""
_HEADER = {"alg": "HS256", "typ": "at+jwt"}


@dataclass(frozen=True)
class Credential:
    """What a credential of ours says: for which key, bound to which certificate if to any, and until when."""

    key_id: str
    thumbprint: str
    certificate: str
    issued: int
    expires: int


@dataclass(frozen=True)
class Issuer:
    """One process of a service, at the address under which callers know it, as it gives and reads credentials."""

    url: str
    secret: bytes = field(repr=False)
    """32 random bytes of this process."""

    def issue(self, key_id: str, key: Ed25519PublicKey, *, id: bytes, now: int, certificate: str = "") -> str:
        """A credential for `key`, from `now` in seconds since 1970; `id` is 16 random bytes."""
        party = key_id.partition("/")[0]
        bound = {"jkt": thumbprint(key)} | ({"x5t#S256": certificate} if certificate else {})
        claims: dict[str, Any] = {
            "iss": self.url,
            "aud": self.url,
            "sub": party,
            "client_id": party,
            "jti": encode64(id),
        }
        claims |= {"key": key_id, "iat": now, "exp": now + SECONDS, "cnf": bound}
        return jws.compact(_HEADER, claims, sign=lambda signed: _mac(self.secret, signed))

    def read(self, text: str, *, now: int) -> Credential:
        """What a credential says that this process issued. Raises `Untrusted` for any other, and for one expired."""
        found = _read(self.url, self.secret, text)
        # We alone issue, by the clock that reads: one from the future is from before the clock was set back.
        if not found.issued <= now < found.expires:
            raise Untrusted("credential-expired", "the access credential has expired")
        return found


def thumbprint(key: Ed25519PublicKey) -> str:
    """The SHA-256 thumbprint of a key as a JWK (RFC 7638, RFC 8037)."""
    return encode64(hashlib.sha256(json.dumps(as_jwk(key), sort_keys=True, separators=(",", ":")).encode()).digest())


def as_jwk(key: Ed25519PublicKey) -> dict[str, str]:
    """A public key as a JWK with its required members only (RFC 8037)."""
    return {"crv": "Ed25519", "kty": "OKP", "x": encode64(key.public_bytes_raw())}


# One key's credential comes with each of its requests for ten minutes.
@lru_cache(maxsize=4096)
def _read(url: str, secret: bytes, text: str) -> Credential:
    found = jws.spelt(text, header=_HEADER)
    if found.header != _HEADER or not hmac.compare_digest(_mac(secret, found.signed), found.signature):
        raise Untrusted("credential-foreign", "the access credential is none of ours")
    return _claims(found.claims, url)


def _claims(claims: Mapping[str, Any], url: str) -> Credential:
    # We wrote it ourselves, so this refuses only what an earlier version of us wrote.
    if (claims.get("iss"), claims.get("aud")) != (url, url):
        raise Untrusted("credential-foreign", "the access credential is for another address")
    bound = claims["cnf"]
    return Credential(claims["key"], bound["jkt"], bound.get("x5t#S256", ""), claims["iat"], claims["exp"])


def _mac(secret: bytes, signed: bytes) -> bytes:
    return hmac.digest(secret, signed, "sha256")
