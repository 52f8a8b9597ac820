"""Ways in which a database fails under a running broker. Each is the database's own failure and can be mended.

with broken(world, "read-only"):
    ...                             # every write fails; reads go on
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, create_engine, event, exc, text
from sqlalchemy.pool.base import _ConnectionFairy
from world import World

KINDS = ("read-only", "disk full", "commit fails")

_DOOM = {
    "sqlite": (
        "CREATE TABLE doom (id INTEGER PRIMARY KEY, never INTEGER REFERENCES doom(id) DEFERRABLE INITIALLY DEFERRED)",
        "CREATE TRIGGER doomed AFTER INSERT ON audit_entries BEGIN INSERT INTO doom(never) VALUES (-1); END",
    ),
    "postgresql": (
        "CREATE FUNCTION doom() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no commit'; END $$",
        "CREATE CONSTRAINT TRIGGER doomed AFTER INSERT ON audit_entries DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION doom()",
    ),
}
_MENDED = {
    "sqlite": ("DROP TRIGGER doomed", "DROP TABLE doom"),
    "postgresql": ("DROP TRIGGER doomed ON audit_entries", "DROP FUNCTION doom()"),
}
_FULL = (
    "CREATE FUNCTION doom() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = 'disk_full'; END $$",
    "CREATE TRIGGER doomed BEFORE INSERT ON audit_entries FOR EACH ROW EXECUTE FUNCTION doom()",
)


@contextmanager
def broken(world: World, kind: str) -> Iterator[None]:
    """The broker's database is `read-only`, full (`disk full`), or fails at every commit (`commit fails`)."""
    engine = world.parts.store.engine
    is_sqlite = engine.dialect.name == "sqlite"
    if kind == "read-only" and is_sqlite:
        with _each_connection(engine, "PRAGMA query_only = ON"):
            yield
    elif kind == "read-only":
        name = engine.url.database
        _run(world, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        engine.dispose()
        yield
        _run(world, "SET default_transaction_read_only = off", f"ALTER DATABASE {name} RESET ALL")
        engine.dispose()
    elif kind == "disk full" and is_sqlite:
        # A page that is not there yet can't be had: SQLite answers SQLITE_FULL as on a full disk.
        with _each_connection(engine, "PRAGMA max_page_count = 1"):
            yield
    else:
        _run(world, *(_FULL if kind == "disk full" else _DOOM[engine.dialect.name]))
        with _each_connection(engine, "PRAGMA foreign_keys = ON") if is_sqlite else _nothing():
            yield
        _run(world, *_MENDED[engine.dialect.name])


def drop_audit_table(world: World) -> None:
    """What can't be mended: the audit log's entries are gone."""
    cascade = "" if world.parts.store.engine.dialect.name == "sqlite" else " CASCADE"
    _run(world, f"DROP TABLE audit_entries{cascade}")


@dataclass
class Hiccup:
    """Counts the statements and commits of an engine and lets the `at`-th fail, as when the connection breaks."""

    at: int
    seen: int = 0

    def step(self) -> None:
        self.seen += 1
        if self.seen == self.at:
            raise exc.OperationalError("connection lost", None, Exception())


@contextmanager
def failing_at(world: World, at: int) -> Iterator[Hiccup]:
    """The `at`-th statement or commit from now on fails, before it is done."""
    hiccup, engine = Hiccup(at), world.parts.store.engine

    def commit(_: Any) -> None:
        hiccup.step()

    # Every statement takes a cursor of its own, whether SQLAlchemy runs it or `broker.store.driver`.
    cursor = _ConnectionFairy.cursor

    def counted(connection: _ConnectionFairy, *given: Any, **named: Any) -> Any:
        if connection._pool is engine.pool:
            hiccup.step()
        return cursor(connection, *given, **named)

    _ConnectionFairy.cursor = counted  # type: ignore[method-assign]
    try:
        with _listening(engine, "commit", commit):
            yield hiccup
    finally:
        _ConnectionFairy.cursor = cursor  # type: ignore[method-assign]


@contextmanager
def reply_lost(world: World, at: int) -> Iterator[None]:
    """The `at`-th commit from now on is done, and the broker does not learn of it."""
    hiccup = Hiccup(at)

    def commit(connection: Any) -> None:
        raw = connection.connection.dbapi_connection
        if hiccup.seen + 1 == hiccup.at:
            raw.execute("COMMIT") if connection.dialect.name == "sqlite" else raw.commit()
        hiccup.step()

    with _listening(world.parts.store.engine, "commit", commit):
        yield


@contextmanager
def _listening(engine: Engine, name: str, heard: Callable[..., None]) -> Iterator[None]:
    event.listen(engine, name, heard)
    try:
        yield
    finally:
        event.remove(engine, name, heard)


@contextmanager
def _each_connection(engine: Engine, pragma: str) -> Iterator[None]:
    """Every connection that the broker makes says `pragma` first."""

    def say(connection: Any, _: Any) -> None:
        connection.execute(pragma)

    with _listening(engine, "connect", say):
        engine.dispose()
        yield
    engine.dispose()


@contextmanager
def _nothing() -> Iterator[None]:
    yield


def _run(world: World, *statements: str) -> None:
    """Runs statements beside the broker."""
    engine = create_engine(world.settings.database_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()
