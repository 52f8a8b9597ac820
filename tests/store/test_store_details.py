"""What is sealed beside a leaf: spelt by hand, as it is written for every leaf of every answer."""

from __future__ import annotations

import json
import os
from dataclasses import fields
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from broker.audit.disclosures import conceal
from broker.keys import context
from broker.keys.envelope import unpad
from broker.keys.keyring import Keyring
from broker.store import details

KEYS: dict[str, Any] = {one.name: bytes(32) for one in fields(Keyring)}
RING = Keyring(**KEYS | {"month_keys": None})


@pytest.mark.parametrize("names", [[], ["answer"], ["answer", "facts.0", "facts.10", "record.0"]])
def test_details_are_spelt_as_every_reader_expects(names: list[str]) -> None:
    """What is sealed is not the JSON that was sealed before, and an older reader fails on it."""
    shown = {name: conceal(name, f'"{name}" in \\ words', salt=os.urandom(16)) for name in names}
    entry_id = os.urandom(16)
    sealed = details.seal(shown, RING, entry_id, typ="disclose", t="2026-11-22T12:00:00Z", nonce=os.urandom(12))
    plain = AESGCM(bytes(32)).decrypt(sealed[:12], sealed[12:], context.bind(context.DETAIL, entry_id))
    assert unpad(plain) == json.dumps(shown).encode()
    assert details.opened(RING, entry_id, sealed) == shown
