"""What a browser carries for the desk: a sign-in under way, a landing from a case system.

Whoever has not signed in leaves nothing in our memory, so that no stranger pushes out what somebody else began. What a
browser is given it can neither read nor change (AES-256-GCM, under a key of this process alone), for one use, and until
a moment. Only a use by somebody who signed in is remembered.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import threading
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from broker.wire.fields import decode64, encode64

KEY_BYTES, NONCE_BYTES = 32, 12
MOST_CHARACTERS = 3_000
"""Browsers keep cookies of 4,096."""


class Carried:
    """All that browsers carry for one desk. `key` is random, and new at each start: a restart ends them all."""

    def __init__(self, key: bytes) -> None:
        self._key = AESGCM(key)
        self._used: dict[bytes, dt.datetime] = {}
        self._lock = threading.Lock()

    def sealed(self, what: str, fields: Mapping[str, Any], *, until: dt.datetime, nonce: bytes) -> str:
        """The text for a browser; `nonce` is 12 random bytes."""
        content = json.dumps({**fields, "until": until.timestamp()}).encode()
        return encode64(nonce + self._key.encrypt(nonce, content, what.encode()))

    def opened(self, what: str, text: str, *, now: dt.datetime) -> dict[str, Any] | None:
        """What was sealed as `what`; None when it is not ours, over, or used."""
        try:
            data = decode64(text[: MOST_CHARACTERS + 1])
            content = self._key.decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], what.encode())
        except (ValueError, InvalidTag):
            return None
        fields: dict[str, Any] = json.loads(content)
        return None if fields.pop("until") < now.timestamp() or self._is_used(text) else fields

    def use(self, text: str, *, now: dt.datetime, lasts: dt.timedelta) -> bool:
        """Whether this is its first use; from now on it is used."""
        name = _digest(text)
        with self._lock:
            self._used = {one: until for one, until in self._used.items() if until > now}
            is_first = name not in self._used
            self._used[name] = now + lasts
            return is_first

    def _is_used(self, text: str) -> bool:
        with self._lock:
            return _digest(text) in self._used


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
