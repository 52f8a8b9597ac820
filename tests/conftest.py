"""What every test may use: both databases, and the mark `long` for what takes too long for `make test`."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

import pytest
import typer.testing
from quick_folder import quick_folder, sqlite_in

# Imported where they are used: a room's own tests must run while another room is being rebuilt.
if TYPE_CHECKING:
    from pg import Server
    from world import World


LONGEST = 1_800
"""Seconds that a `long` test may take, unless it says otherwise: on a busy machine too."""
_ENGINES = ("sqlite", "postgresql")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--run-long", action="store_true", help="also run the tests marked `long`")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: takes too long for `make test`; run with --run-long")
    # Of the tests, and of all that they start.
    tempfile.tempdir = os.environ["TMPDIR"] = str(quick_folder())
    # Putting all commands together takes longer than most of them: once a process, as `broker` does it.
    typer.testing._get_command = cache(typer.main.get_command)


def pytest_unconfigure() -> None:
    if "world" in sys.modules:
        sys.modules["world"].KEPT.close()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in _on_the_other_engine(items):
        item.add_marker("long")
    long = [item for item in items if item.get_closest_marker("long")]
    if config.getoption("--run-long"):
        for item in long:
            if not item.get_closest_marker("timeout"):
                item.add_marker(pytest.mark.timeout(LONGEST))
        return
    items[:] = [item for item in items if not item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=long)


def _on_the_other_engine(items: list[pytest.Item]) -> list[pytest.Item]:
    """Of whole flows on both engines, one of each pair, drawn by its name: `make test-long` runs it, not `make test`.

    What a database does otherwise than the other is held by tests/store, on both.
    """
    pairs: dict[str, dict[str, pytest.Item]] = {}
    for item in items:
        params = getattr(getattr(item, "callspec", None), "params", {})
        engine = params.get("database_url") or params.get("make_database")
        if engine in _ENGINES and "tests/flows/" in item.nodeid:
            pairs.setdefault(item.nodeid.replace(engine, "*"), {})[engine] = item
    return [
        pair[_ENGINES[crc32(name.encode()) % 2]] for name, pair in sorted(pairs.items()) if len(pair) == len(_ENGINES)
    ]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL of this test process. A machine without one fails."""
    import pg

    with pg.running() as server:
        yield server


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with the broker's tables, to copy."""
    from broker.store import engine, schema

    path = tmp_path_factory.mktemp("migrated") / "broker.db"
    store = engine.open_store(f"sqlite:///{path}")
    schema.migrate(store)
    store.engine.dispose()
    return path


@pytest.fixture(params=_ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated database of the test's own, once on each engine."""
    if request.param == "sqlite":
        yield sqlite_in(tmp_path, request.getfixturevalue("migrated"))
        return
    with request.getfixturevalue("postgres").database() as url:
        yield url


@pytest.fixture(params=_ENGINES)
def make_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Makes migrated databases, once on each engine."""
    with ExitStack() as databases:

        def make() -> str:
            if request.param == "sqlite":
                folder = tmp_path / f"number-{len(list(tmp_path.glob('number-*')))}"
                folder.mkdir()
                return sqlite_in(folder, request.getfixturevalue("migrated"))
            server: Server = request.getfixturevalue("postgres")
            return databases.enter_context(server.database())

        yield make


@pytest.fixture
def sqlite_url(tmp_path: Path, migrated: Path) -> str:
    """A migrated SQLite database, for what does not depend on the engine."""
    return sqlite_in(tmp_path, migrated)


@pytest.fixture
def make_world(tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Opens worlds, and closes them at the end."""
    from world import World

    with ExitStack() as open_worlds:

        def make(database_url: str, **options: object) -> World:
            folder = tmp_path / f"world-{len(list(tmp_path.glob('world-*')))}"
            return open_worlds.enter_context(World(folder, database_url, **options))  # type: ignore[arg-type]

        yield make


@pytest.fixture
def world(make_world: Callable[..., World], database_url: str) -> Iterator[World]:
    """A whole place in a temporary folder, once on each engine; every promise is checked at the end."""
    opened = make_world(database_url)
    yield opened
    opened.check()


@pytest.fixture
def quick_world(make_world: Callable[..., World], sqlite_url: str) -> Iterator[World]:
    """The same on SQLite only, for what does not depend on the engine."""
    opened = make_world(sqlite_url)
    yield opened
    opened.check()
