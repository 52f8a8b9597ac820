"""The names that people and records have in one answer: made for one agency, opened by the broker alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from broker.errors import BadInput
from broker.keys import context
from broker.wire.fields import decode64, encode64


def person_handle(handle_key: bytes, agency: str, *, answer: bytes, record_id: bytes) -> str:
    """The name of a person in one answer to one agency; no two answers have the same one for the same person."""
    bound = context.bind(context.HANDLE, agency, answer, record_id)
    digest = hmac.digest(handle_key, bound, hashlib.sha256)[:10]
    return "tysc1_" + base64.b32encode(digest).decode().lower()


@dataclass(frozen=True)
class Shown:
    """A record as it stood in one answer: what its handle says to the broker."""

    record_id: bytes
    answer: bytes
    is_certain: bool
    at: int
    is_explainable: bool = False
    """Whether a reviewer may see how it agrees with another: never of somebody whom a protection was held for."""


def record_handle(involvement_key: bytes, agency: str, *, shown: Shown, nonce: bytes) -> str:
    """The handle of a record in one answer, which only the broker can open and only `agency` can use."""
    said = shown.is_certain | shown.is_explainable << 1
    plain = shown.record_id + shown.answer + bytes([said]) + shown.at.to_bytes(8, "big")
    sealed = AESGCM(involvement_key).encrypt(nonce, plain, context.bind(context.INVOLVEMENT, agency))
    return encode64(nonce + sealed)


def open_record_handle(involvement_key: bytes, agency: str, *, handle: str) -> Shown:
    """What a handle that was given to `agency` stands for. Raises `BadInput` for any other text."""
    try:
        sealed = decode64(handle)
        plain = AESGCM(involvement_key).decrypt(sealed[:12], sealed[12:], context.bind(context.INVOLVEMENT, agency))
    except (InvalidTag, ValueError):
        raise BadInput("handle-unknown", "this handle was not given to your agency", field="handle") from None
    at, said = int.from_bytes(plain[33:], "big"), plain[32]
    return Shown(plain[:16], plain[16:32], is_certain=bool(said & 1), at=at, is_explainable=bool(said & 2))
