"""Ed25519 signatures over what crosses between parties, each under its own label."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from broker.errors import Untrusted
from broker.keys.custodial import SigningKey
from broker.wire.fields import Wire, canonical

Signed = TypeVar("Signed", bound=Wire)
UNSIGNED = bytes(64)


def sign(statement: Signed, label: bytes, *, signing_key: SigningKey) -> Signed:
    """`statement` with its `signature` field filled in."""
    return statement.model_copy(update={"signature": signing_key.sign(label + canonical(statement))})


def verify(statement: Wire, label: bytes, *, public_key: Ed25519PublicKey) -> None:
    """Raises `Untrusted` unless the `signature` field is this key's over the statement under `label`."""
    verify_bytes(label + canonical(statement), statement.signature, public_key=public_key)  # type: ignore[attr-defined]


def verify_any(statement: Wire, label: bytes, *, public_keys: Iterable[Ed25519PublicKey]) -> None:
    """As `verify`, for a party that has several keys: raises `Untrusted` unless one of them signed."""
    for public_key in public_keys:
        try:
            verify(statement, label, public_key=public_key)
        except Untrusted:
            continue
        return
    raise Untrusted("signature-invalid", "a signature does not verify under any key of the party it names")


def verify_bytes(message: bytes, signature: bytes, *, public_key: Ed25519PublicKey) -> None:
    """Raises `Untrusted` unless `signature` is this key's over `message`."""
    try:
        public_key.verify(signature, message)
    except InvalidSignature:
        raise Untrusted("signature-invalid", "a signature does not verify under the key it names") from None
