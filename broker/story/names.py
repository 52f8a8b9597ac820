"""The words an answer is called by, and the size it is sent in."""

from __future__ import annotations

import base64
import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from broker.errors import BadInput
from broker.keys import context
from broker.wire.answer import ANSWER_BYTES, Answer
from broker.wire.fields import decode64, encode64

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CHECK = _CROCKFORD + "*~$=U"


def spoken_reference(entry_id: bytes) -> str:
    """The first 40 bits of an answer's audit event in Crockford's base 32, with his check character: `7ZQF-1K0M-R`."""
    number = int.from_bytes(entry_id[:5], "big")
    text = "".join(_CROCKFORD[number >> shift & 31] for shift in range(35, -1, -5))
    return f"{text[:4]}-{text[4:]}-{_CHECK[number % 37]}"


def person_handle(handle_key: bytes, agency: str, *, answer: bytes, record_id: bytes) -> str:
    """The name of a person in one answer to one agency; no two answers have the same one for the same person."""
    bound = context.bind(context.HANDLE, agency, answer, record_id)
    digest = hmac.digest(handle_key, bound, hashlib.sha256)[:10]
    return "tysc1_" + base64.b32encode(digest).decode().lower()


def record_handle(involvement_key: bytes, agency: str, *, record_id: bytes, nonce: bytes) -> str:
    """The handle of a record in one answer, which only the broker can open and only `agency` can use."""
    sealed = AESGCM(involvement_key).encrypt(nonce, record_id, context.bind(context.INVOLVEMENT, agency))
    return encode64(nonce + sealed)


def open_record_handle(involvement_key: bytes, agency: str, *, handle: str) -> bytes:
    """The record id of a handle that was given to `agency`. Raises `BadInput` for any other text."""
    try:
        sealed = decode64(handle)
        return AESGCM(involvement_key).decrypt(sealed[:12], sealed[12:], context.bind(context.INVOLVEMENT, agency))
    except (InvalidTag, ValueError):
        raise BadInput("handle-unknown", "this handle was not given to your agency", field="handle") from None


def padded(answer: Answer) -> Answer:
    """`answer` filled up to the next multiple of `ANSWER_BYTES`, so that its length tells nothing."""
    length = len(answer.model_dump_json(exclude_none=True).encode())
    return answer.model_copy(update={"padding": "." * (-length % ANSWER_BYTES)})
