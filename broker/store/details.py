"""The details of an audit event, sealed outside its leaf: the disclosures of its private fields.

    version 1   nonce, ciphertext, tag                            under the broker's detail key
    version 2   class, year, month, nonce, ciphertext, tag        under the event's own key (`detailkeys`)

Both are padded to steps of a KiB, so that their lengths tell little and which of the two it is. Version 1 is only read.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from broker.audit.retention import MONTHS, class_of, month_of
from broker.errors import Untrusted
from broker.keys import context
from broker.keys.envelope import NONCE_BYTES, pad, unpad
from broker.keys.keyring import Keyring

_STEP = 1024
_TAG_BYTES = 16
_NAME_BYTES = 4
_CLASSES = tuple(MONTHS)


def seal(
    disclosures: Mapping[str, str],
    keyring: Keyring,
    entry_id: bytes,
    *,
    typ: str,
    t: str,
    nonce: bytes,
) -> bytes:
    """The disclosures of the event `entry_id`, by name, sealed; `t` is its instant as its leaf writes it."""
    # As `json.dumps` spells them: neither a name nor a disclosure holds anything that needs an escape.
    spelled = ", ".join([f'"{name}": "{shown}"' for name, shown in disclosures.items()])
    plain = pad(f"{{{spelled}}}".encode(), _STEP)
    bound = context.bind(context.DETAIL, entry_id)
    if keyring.month_keys is None:
        return nonce + AESGCM(keyring.detail_key).encrypt(nonce, plain, bound)
    kept, month = class_of(typ), month_of(t)
    key = key_of_event(keyring.month_keys.of(f"{kept}.{month}"), entry_id)
    return _head(kept, month) + nonce + AESGCM(key).encrypt(nonce, plain, bound)


def opened(keyring: Keyring, entry_id: bytes, sealed: bytes) -> dict[str, str]:
    """The disclosures, by name. Raises `Untrusted` when they were changed, `NotFound` when their key is destroyed."""
    key, at = keyring.detail_key, 0
    if keyring.month_keys is not None and len(sealed) % _STEP == _NAME_BYTES + NONCE_BYTES + _TAG_BYTES:
        key, at = key_of_event(keyring.month_keys.of(_name(sealed)), entry_id), _NAME_BYTES
    try:
        nonce, rest = sealed[at : at + NONCE_BYTES], sealed[at + NONCE_BYTES :]
        plain = unpad(AESGCM(key).decrypt(nonce, rest, context.bind(context.DETAIL, entry_id)))
    except (InvalidTag, ValueError):
        raise Untrusted("seal-broken", "the details of an audit event do not open where they stand") from None
    return {str(name): str(shown) for name, shown in json.loads(plain).items()}


def key_of_event(month_key: bytes, entry_id: bytes) -> bytes:
    """The key of one event's details: it tells nothing of another's."""
    return hmac.digest(month_key, context.bind(context.DETAIL_KEY, entry_id), hashlib.sha256)


@lru_cache(8)
def _head(kept: str, month: str) -> bytes:
    return bytes([_CLASSES.index(kept)]) + int(month[:4]).to_bytes(2, "big") + bytes([int(month[5:])])


def _name(sealed: bytes) -> str:
    """Under which key it is sealed. Raises `Untrusted` when nothing is called so."""
    number, year, month = sealed[0], int.from_bytes(sealed[1:3], "big"), sealed[3]
    if number >= len(_CLASSES) or not 1 <= month <= 12:
        raise Untrusted("seal-broken", "the details of an audit event do not open where they stand")
    return f"{_CLASSES[number]}.{year:04}-{month:02}"
