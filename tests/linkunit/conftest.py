"""A linkage unit in a temporary directory, and an agency that asks it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from ledgers import ALLOWANCES
from trust_lists import write_trust_list
from unit_and_askers import LINKAGE_KEY, TRUST, Asker, secret

from broker import observe
from broker.linkunit.app import create_app
from broker.linkunit.ledger import Ledger
from broker.linkunit.settings import Settings, load_settings
from broker.vaults.secretfile import write_secrets


@pytest.fixture
def place(tmp_path: Path) -> Settings:
    trusted = write_trust_list(tmp_path, TRUST)
    values = {"oprf": LINKAGE_KEY, "seal": secret("linkage_unit.seal"), "signing": secret("linkage_unit.signing")}
    write_secrets(tmp_path / "secrets.json", "linkunit", created="2026-11-22", values=values)
    return load_settings(
        secrets=tmp_path / "secrets.json", ledger=tmp_path / "ledger.db", **trusted,
        posts_per_day=100, questions_per_day=3,
    )  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    opened = Ledger(path, ALLOWANCES)
    yield opened
    opened.close()


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    observe.configure("linkunit", strict=True, stream=stream)
    yield stream
    observe.configure("tests", strict=True)


@pytest.fixture
def asker(place: Settings, written: io.StringIO) -> Iterator[Asker]:
    with TestClient(create_app(place)) as client:
        yield Asker(client)
