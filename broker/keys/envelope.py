"""A record at rest: its parts sealed under a fresh data key, which is wrapped under the agency's key-encrypting key.

Every part is bound to (source, record id, version, name of the part), so that no ciphertext opens in another row,
another version or another place of the same row. Destroying the wrapped data key destroys the record
(crypto-shredding). Parts are padded to a step, so that a length tells little.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from broker.errors import Untrusted
from broker.keys import context
from broker.keys.custodial import KeyEncryptingKey

DATA_KEY_BYTES = 32
NONCE_BYTES = 12


@dataclass(frozen=True)
class RecordName:
    """What a sealed part is bound to."""

    source: str
    record_id: bytes
    version: int

    def bound(self, purpose: bytes, part: str) -> bytes:
        return context.bind(purpose, self.source, self.record_id, self.version, part)


@dataclass(frozen=True)
class DataKey:
    """The key of one record, in memory only."""

    secret: bytes = field(repr=False)

    def seal(self, name: RecordName, part: str, *, plaintext: bytes, nonce: bytes, step: int = 256) -> bytes:
        """`plaintext` padded to a multiple of `step` bytes and sealed: nonce, ciphertext, tag."""
        sealed = AESGCM(self.secret).encrypt(nonce, pad(plaintext, step), name.bound(context.RECORD, part))
        return nonce + sealed

    def open(self, name: RecordName, part: str, sealed: bytes) -> bytes:
        """The plaintext of one part. Raises `Untrusted` when it was moved or changed."""
        return unpad(_open(self.secret, sealed, name.bound(context.RECORD, part)))

    def tag(self, entry_id: str) -> str:
        """This record's name in one audit leaf: 32 hex digits that link to nothing else and die with the key."""
        return hmac.digest(self.secret, context.bind(context.RECORD_TAG, entry_id), hashlib.sha256)[:16].hex()

    def seen_key(self) -> bytes:
        """The key of day tags of a record whose first version this key seals; the data key can't be had from it."""
        return hmac.digest(self.secret, context.bind(context.SEEN_KEY), hashlib.sha256)


def day_tag(seen_key: bytes, day: dt.date) -> bytes:
    """A record's name, 16 bytes, in all leaves of a UTC day that tell of a look at it: another one every day."""
    return hmac.digest(seen_key, context.bind(context.SEEN, day.isoformat()), hashlib.sha256)[:16]


def wrap_each(
    key_encrypting_key: KeyEncryptingKey, some: Sequence[tuple[RecordName, DataKey]], *, nonces: Sequence[bytes]
) -> list[bytes]:
    """The data keys of records under their agency's key-encrypting key, in order: 60 bytes each."""
    return key_encrypting_key.wrap_each([(key.secret, _wrapped_for(name)) for name, key in some], nonces=nonces)


def unwrap_each(key_encrypting_key: KeyEncryptingKey, some: Sequence[tuple[RecordName, bytes]]) -> list[DataKey]:
    """The data keys of records, in order. Raises `Untrusted` when a wrapping does not belong to its name."""
    bound = [(wrapped, _wrapped_for(name)) for name, wrapped in some]
    return [DataKey(secret) for secret in key_encrypting_key.unwrap_each(bound)]


def pad(plaintext: bytes, step: int) -> bytes:
    """`plaintext` behind its 4-byte length, filled with zeros to a multiple of `step`."""
    framed = len(plaintext).to_bytes(4, "big") + plaintext
    return framed + bytes(-len(framed) % step)


def unpad(padded: bytes) -> bytes:
    return padded[4 : 4 + int.from_bytes(padded[:4], "big")]


def _wrapped_for(name: RecordName) -> bytes:
    return name.bound(context.RECORD_WRAP, "")


def _open(secret: bytes, sealed: bytes, bound: bytes) -> bytes:
    try:
        return AESGCM(secret).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
    except (InvalidTag, ValueError):
        raise Untrusted("seal-broken", "a sealed part does not open where it stands") from None
