"""A store on a migrated database, once on each engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from broker.store import engine
from broker.store.engine import Store


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = engine.open_store(database_url)
    yield opened
    opened.engine.dispose()
