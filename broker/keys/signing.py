"""Ed25519 signatures over what crosses between parties, each under its own label."""

from __future__ import annotations

from typing import TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from broker.errors import Untrusted
from broker.wire.fields import Wire, canonical

Signed = TypeVar("Signed", bound=Wire)
UNSIGNED = bytes(64)


def sign(statement: Signed, label: bytes, *, signing_key: Ed25519PrivateKey) -> Signed:
    """`statement` with its `signature` field filled in."""
    return statement.model_copy(update={"signature": signing_key.sign(label + canonical(statement))})


def verify(statement: Wire, label: bytes, *, public_key: Ed25519PublicKey) -> None:
    """Raises `Untrusted` unless the `signature` field is this key's over the statement under `label`."""
    verify_bytes(label + canonical(statement), statement.signature, public_key=public_key)  # type: ignore[attr-defined]


def verify_bytes(message: bytes, signature: bytes, *, public_key: Ed25519PublicKey) -> None:
    """Raises `Untrusted` unless `signature` is this key's over `message`."""
    try:
        public_key.verify(signature, message)
    except InvalidSignature:
        raise Untrusted("signature-invalid", "a signature does not verify under the key it names") from None
