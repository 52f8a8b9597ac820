"""The key by which the desk says to an issuer that it is the desk (RFC 7523, private_key_jwt), and nothing else.

It is the secret `signin` of the agency: a private key in PKCS #8, of P-256, Ed25519 or RSA, made by `broker-desk key`.
Its public half is given to the issuer when the desk is registered there.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from broker.errors import Misconfigured
from broker.keys.secrets import Secrets, numbered
from broker.wire.fields import encode64

SECRET = "signin"  # noqa: S105 - the name of one
ASSERTION_SECONDS = 60
KINDS = ("ES256", "Ed25519", "PS256")


@dataclass(frozen=True)
class ClientKey:
    """The newest key; its algorithm follows from its kind."""

    algorithm: str
    key: Key = field(repr=False)

    @property
    def public(self) -> dict[str, Any]:
        """What the issuer is given (a JWK), with the name that our assertions call it by."""
        return {**self.key.as_dict(private=False), "kid": self.key.thumbprint(), "alg": self.algorithm, "use": "sig"}

    def assertion(
        self, client_id: str, audience: str, *, now: dt.datetime, unique: bytes, certificate: bytes | None = None
    ) -> str:
        """That it is us, to `audience` alone, once (`unique` is 16 random bytes) and for a minute."""
        made = int(now.timestamp())
        head: dict[str, Any] = {"alg": self.algorithm, "kid": self.key.thumbprint()}
        if certificate is not None:
            head["x5t#S256"] = encode64(hashlib.sha256(certificate).digest())
        claims = {
            "iss": client_id, "sub": client_id, "aud": audience, "jti": encode64(unique),
            "iat": made, "nbf": made, "exp": made + ASSERTION_SECONDS,
        }  # fmt: skip
        return jwt.encode(head, claims, self.key, algorithms=[self.algorithm])


def new_key(kind: str) -> bytes:
    """A new private key of one of `KINDS`, as it is kept."""
    made: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
    if kind == "ES256":
        made = ec.generate_private_key(ec.SECP256R1())
    elif kind == "Ed25519":
        made = ed25519.Ed25519PrivateKey.generate()
    else:
        made = rsa.generate_private_key(65537, 3072)
    return made.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def parse_key(der: bytes) -> ClientKey:
    """A key as it is kept. Raises `Misconfigured`."""
    try:
        key = load_der_private_key(der, password=None)
    except (ValueError, TypeError):
        raise Misconfigured("signin-key-damaged", "the desk's sign-in key can't be read", hint=_HINT) from None
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return ClientKey("Ed25519", OKPKey.import_key(der))
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return ClientKey("ES256", ECKey.import_key(der))
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= 2048:
        return ClientKey("PS256", RSAKey.import_key(der))
    raise Misconfigured("signin-key-other", "the desk's sign-in key is of another kind than we use", hint=_HINT)


def read_key(secrets: Secrets) -> ClientKey:
    """The newest of the agency's secrets that are one. Raises `Misconfigured` when there is none."""
    numbers = secrets.numbers(SECRET)
    if not numbers:
        raise Misconfigured("signin-key-missing", "there is no key for signing in to an issuer", hint=_HINT)
    return parse_key(secrets.values[numbered(SECRET, numbers[-1])])


def read_certificate(path: Path) -> bytes:
    """The DER bytes of a PEM certificate that an issuer wants named. Raises `Misconfigured`."""
    try:
        return x509.load_pem_x509_certificate(path.read_bytes()).public_bytes(Encoding.DER)
    except (OSError, ValueError):
        raise Misconfigured("certificate-unreadable", f"can't read the certificate {path}", hint=_HINT) from None


_HINT = "run `broker-desk key`, and register its public half with the issuer"
