"""Tokens become labels, and a label row tells nobody which record it belongs to.

A label row is (source, label, sealed reference). The label is keyed by the broker and differs for every source, so
that nothing two agencies posted is equal at rest; the reference is sealed under a random nonce, so that nothing ties a
record's rows together.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from broker.errors import Untrusted
from broker.keys import context

LABEL_BYTES = 16
NONCE_BYTES = 12


def label(label_key: bytes, source: str, *, number: int, point: bytes) -> bytes:
    """The 16-byte label of the unmasked `point` of match key `number` at `source`."""
    message = context.bind(context.LABEL, source, bytes([number]), point)
    return hmac.digest(label_key, message, hashlib.sha256)[:LABEL_BYTES]


def labels_at(label_key: bytes, source: str, points: Iterable[tuple[int, bytes]]) -> list[bytes]:
    """The labels of many points (match-key number, 32 bytes) at one source, in their order: as `label` makes them."""
    # What they have in common is put together once: a question makes several hundred.
    before, after = context.bind(context.LABEL, source) + (1).to_bytes(4, "big"), (32).to_bytes(4, "big")
    return [
        hmac.digest(label_key, before + bytes((number,)) + after + point, hashlib.sha256)[:LABEL_BYTES]
        for number, point in points
    ]


class References:
    """Seals record ids to their label rows under one reference key, and opens them: many at once."""

    def __init__(self, reference_key: bytes) -> None:
        self._cipher, self._context = AESGCM(reference_key), context.REFERENCE

    def __repr__(self) -> str:
        return "<References>"

    def seal(self, record_id: bytes, row: bytes, *, nonce: bytes) -> bytes:
        """The 16-byte `record_id` sealed to its row: 12 bytes of nonce, 16 of ciphertext, 16 of tag."""
        return nonce + self._cipher.encrypt(nonce, record_id, self._context + row)

    def open(self, sealed: bytes, row: bytes) -> bytes:
        """The record id of a label row. Raises `Untrusted` when the row was moved or changed."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], self._context + row)
        except (InvalidTag, ValueError):
            raise Untrusted("label-row-changed", "a label row does not open under its own source and label") from None


def row_name(source: str, row_label: bytes) -> bytes:
    """What a reference is bound to behind its context: the source and the label of its row."""
    # As `context.bind` makes it; a rotation makes millions.
    return _source_name(source) + len(row_label).to_bytes(4, "big") + row_label


@cache
def _source_name(source: str) -> bytes:
    return context.bind(b"", source)


def seal_reference(reference_key: bytes, record_id: bytes, *, source: str, row_label: bytes, nonce: bytes) -> bytes:
    """`References.seal` for one row."""
    return References(reference_key).seal(record_id, row_name(source, row_label), nonce=nonce)


def open_reference(reference_key: bytes, sealed: bytes, *, source: str, row_label: bytes) -> bytes:
    """`References.open` for one row."""
    return References(reference_key).open(sealed, row_name(source, row_label))
