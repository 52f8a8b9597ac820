"""A linkage unit in a temporary directory, and an agency that asks it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from ledgers import ALLOWANCES
from unit_and_askers import Asker, place_in

from broker import observe
from broker.linkunit.app import create_app
from broker.linkunit.ledger import Ledger
from broker.linkunit.settings import Settings


@pytest.fixture
def place(tmp_path: Path) -> Settings:
    return place_in(tmp_path)


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
