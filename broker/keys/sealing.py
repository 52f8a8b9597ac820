"""HPKE (RFC 9180) to another party, with the context in `info`.

Two suites. What may be harvested today and read by a later quantum computer and is short-lived on our side (masks,
content keys) goes under X-Wing (ML-KEM-768 with X25519); evidence envelopes, of which a record carries one, under
X25519, as the labels they stand beside are classical too.
"""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from broker.errors import Untrusted

_HYBRID = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_CLASSICAL = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
CLASSICAL_OVERHEAD = 48
HYBRID_PUBLIC_BYTES = 1184 + 32


def hybrid_private(seed: bytes) -> MLKEM768X25519PrivateKey:
    """The X-Wing key pair of a 32-byte seed (draft-connolly-cfrg-xwing-kem, section 5.2: SHAKE-256 to 96 bytes)."""
    expanded = hashlib.shake_256(seed).digest(96)
    return MLKEM768X25519PrivateKey(
        MLKEM768PrivateKey.from_seed_bytes(expanded[:64]), X25519PrivateKey.from_private_bytes(expanded[64:])
    )


def hybrid_public_bytes(seed: bytes) -> bytes:
    """The 1,216 bytes of the public key of a seed: ML-KEM-768 first, then X25519."""
    expanded = hashlib.shake_256(seed).digest(96)
    mlkem = MLKEM768PrivateKey.from_seed_bytes(expanded[:64]).public_key().public_bytes_raw()
    return mlkem + X25519PrivateKey.from_private_bytes(expanded[64:]).public_key().public_bytes_raw()


def hybrid_public(data: bytes) -> MLKEM768X25519PublicKey:
    """A public key from its 1,216 bytes. Raises `ValueError` for anything else."""
    if len(data) != HYBRID_PUBLIC_BYTES:
        raise ValueError("an X-Wing public key has 1,216 bytes")
    return MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(data[:1184]), X25519PublicKey.from_public_bytes(data[1184:])
    )


def seal_hybrid(plaintext: bytes, public_key: MLKEM768X25519PublicKey, *, info: bytes) -> bytes:
    return _HYBRID.encrypt(plaintext, public_key, info)


def open_hybrid(sealed: bytes, private_key: MLKEM768X25519PrivateKey, *, info: bytes) -> bytes:
    """The plaintext. Raises `Untrusted` for another context, another key or changed bytes."""
    try:
        return _HYBRID.decrypt(sealed, private_key, info)
    except (InvalidTag, ValueError):
        raise Untrusted("seal-broken", "a sealed value was made for another context or was changed") from None


def seal_classical(plaintext: bytes, public_key: X25519PublicKey, *, info: bytes) -> bytes:
    return _CLASSICAL.encrypt(plaintext, public_key, info)


def open_classical(sealed: bytes, private_key: X25519PrivateKey, *, info: bytes) -> bytes:
    """The plaintext. Raises `Untrusted` for another context, another key or changed bytes."""
    try:
        return _CLASSICAL.decrypt(sealed, private_key, info)
    except (InvalidTag, ValueError):
        raise Untrusted("seal-broken", "a sealed value was made for another context or was changed") from None
