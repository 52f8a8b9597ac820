"""A store on a migrated database, once on each engine; and one whose tables are of before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from broker.store import engine, schema
from broker.store.engine import Store


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = engine.open_store(database_url)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def at_version(tmp_path: Path) -> Iterator[Callable[[str], Store]]:
    """A store on a SQLite database, `before.db`, that was migrated to a version and no further."""
    opened = engine.open_store(f"sqlite:///{tmp_path / 'before.db'}")

    def migrated(version: str) -> Store:
        config = Config()
        config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
        with opened.sequence() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, version)
        return opened

    yield migrated
    opened.engine.dispose()
