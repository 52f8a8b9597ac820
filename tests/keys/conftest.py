"""The parties of `tests/vectors/trust.json`, whose secret keys are a number each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from broker.keys.trust import Trust, parse_trust


@pytest.fixture(scope="session")
def vector() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((Path(__file__).parents[1] / "vectors" / "trust.json").read_text())
    return loaded


@pytest.fixture(scope="session")
def trust(vector: dict[str, Any]) -> Trust:
    return parse_trust(json.dumps(vector["accepted"]).encode())


@pytest.fixture(scope="session")
def desk_key(vector: dict[str, Any]) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([vector["seeds"]["council/desk-1"]]) * 32)
