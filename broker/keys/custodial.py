"""Keys that are used without being seen: what a secret file, a hardware token and a key service all can.

A holder of one can ask for a wrapping, an opening or a signature, and never for the key. `InMemoryKek` is the form a
secret file gives; `Ed25519PrivateKey` is a `SigningKey` as it is. The others are in `broker/vaults`.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from broker.errors import Untrusted

NONCE_BYTES = 12


class KeyEncryptingKey(Protocol):
    """A key that wraps other keys, many in one call: a round trip to a token or a service costs more than the work."""

    def wrap_each(self, some: Sequence[tuple[bytes, bytes]], *, nonces: Sequence[bytes]) -> list[bytes]:
        """Each (secret, bound context) wrapped, in order; `nonces` are fresh, 12 bytes each, as many as `some`.

        A token or a service that draws its own leaves them unused. Raises `Unavailable` when it does not answer.
        """

    def unwrap_each(self, some: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """Each (wrapped, bound context) opened, in order. Raises `Untrusted` when one does not open; `Unavailable`."""


class SigningKey(Hashable, Protocol):
    """An Ed25519 key that signs. Raises `Unavailable` when the token or service that holds it does not answer."""

    def sign(self, data: bytes, /) -> bytes: ...

    def public_key(self) -> Ed25519PublicKey: ...


@dataclass(frozen=True)
class InMemoryKek:
    """A key-encrypting key of a secret file: AES-256-GCM, nonce before ciphertext and tag."""

    secret: bytes = field(repr=False)

    def wrap_each(self, some: Sequence[tuple[bytes, bytes]], *, nonces: Sequence[bytes]) -> list[bytes]:
        cipher = AESGCM(self.secret)
        return [
            nonce + cipher.encrypt(nonce, secret, bound) for (secret, bound), nonce in zip(some, nonces, strict=True)
        ]

    def unwrap_each(self, some: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        cipher = AESGCM(self.secret)
        try:
            return [cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], bound) for wrapped, bound in some]
        except (InvalidTag, ValueError):
            raise Untrusted("seal-broken", "a wrapped key does not open where it stands") from None
