"""Where the next page of a list begins: told to whoever reads it, and of use to nobody else.

A place in a list is made of what the list is ordered by, which is nobody's business who sees one page. It is sealed and
bound to whom it was given and to what they had asked (AES-SIV, RFC 5297: the same place always reads the same).
"""

from __future__ import annotations

import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from broker.errors import BadInput
from broker.keys import context

TAG_BYTES = 16


def seal(key: bytes, place: bytes, *, about: tuple[str, ...]) -> bytes:
    """The cursor for `place` in the list that `about` names; 16 bytes longer."""
    return AESSIV(_own(key)).encrypt(place, [one.encode() for one in about])


def opened(key: bytes, cursor: bytes, *, about: tuple[str, ...]) -> bytes:
    """The place that was sealed. Raises `BadInput` for a cursor of another list, another agency, or nobody's."""
    try:
        return AESSIV(_own(key)).decrypt(cursor, [one.encode() for one in about])
    except InvalidTag:
        raise BadInput(
            "schema-invalid", "not a place that a page of this list named", hint="begin again", field="cursor"
        ) from None


def _own(key: bytes) -> bytes:
    return hmac.digest(key, context.CURSOR, hashlib.sha512)
