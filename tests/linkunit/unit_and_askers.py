"""Agencies that sign requests to a linkage unit: the parties of `tests/vectors/trust.json`."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from bearers import bear
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi.testclient import TestClient
from trust_lists import write_trust_list

from broker import oprf
from broker.keys.messages import RequestSigner
from broker.keys.wallet import InMemory
from broker.linkunit.settings import Settings, load_settings
from broker.tokens import load_scheme, packaged
from broker.vaults.secretfile import write_secrets
from broker.wire.evaluation import EvaluateRequest

VECTOR = json.loads((Path(__file__).parents[1] / "vectors" / "trust.json").read_text())
# The model is fitted anew now and then, and the vector is not.
TRUST = VECTOR["accepted"] | {"model": hashlib.sha256(packaged("uk-person-1.model.json")).hexdigest()}
LINKAGE_KEY = oprf.scalar(b"k" * 64)
SCHEME = load_scheme().digest.hex()
URL = "http://127.0.0.1:8090"


def secret(name: str) -> bytes:
    return bytes([VECTOR["seeds"][name]]) * 32


def place_in(tmp_path: Path) -> Settings:
    """A linkage unit's place in a folder."""
    trusted = write_trust_list(tmp_path, TRUST)
    values = {"oprf": LINKAGE_KEY, "seal": secret("linkage_unit.seal"), "signing": secret("linkage_unit.signing")}
    write_secrets(tmp_path / "secrets.json", "linkunit", created="2026-11-22", values=values)
    return load_settings(
        secrets=tmp_path / "secrets.json", ledger=tmp_path / "ledger.db", **trusted,
        posts_per_day=100, questions_per_day=3,
    )  # fmt: skip


def asked(*points: bytes, **changes: Any) -> EvaluateRequest:
    given: dict[str, Any] = {"v": 1, "agency": "council", "use": "post", "id": b"i" * 16, "epoch": 1, "scheme": SCHEME}
    return EvaluateRequest(**(given | {"points": points} | changes))


def blinded(message: bytes) -> bytes:
    return oprf.blind(message, oprf.scalar(b"r" * 64))


@dataclass
class Asker:
    """Sends signed requests to one linkage unit."""

    client: TestClient
    count: int = 0
    sent: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)
    wallets: dict[str, InMemory] = field(default_factory=dict)

    def wallet(self, key_id: str) -> InMemory:
        return self.wallets.setdefault(key_id, InMemory())

    def ask(self, request: EvaluateRequest, key_id: str = "council/delivery-1") -> httpx2.Response:
        self.count += 1
        signer = RequestSigner(key_id, Ed25519PrivateKey.from_private_bytes(secret(key_id)), self.wallet(key_id))
        bear(signer, URL, self.client)
        body, now = request.model_dump_json().encode(), dt.datetime.now(dt.UTC)
        nonce = f"nonce-{self.count:016}"
        headers = signer.headers("POST", f"{URL}/v1/evaluate", body=body, nonce=nonce, created=now)
        self.sent.append((body, headers))
        return self.post(body, headers)

    def post(self, body: bytes, headers: dict[str, str]) -> httpx2.Response:
        return self.client.post("/v1/evaluate", content=body, headers=headers)
