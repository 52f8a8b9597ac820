"""The tables in the database are those of `broker.store.tables`, and the audit log's can only grow."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Table, delete, exc, inspect, text, update
from store_entries import entry

from broker.errors import Misconfigured, Unavailable
from broker.store import audit_tables, auditlog, durable, engine, schema
from broker.store.metadata import metadata

APPEND_ONLY = (audit_tables.audit_entries, audit_tables.audit_leaves, audit_tables.audit_nodes)


def test_migrations_make_the_tables_that_the_code_uses(store: engine.Store) -> None:
    """A table or a column was changed without a migration."""
    with store.look() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        found = inspect(connection)
        for name, table in metadata.tables.items():
            keys = set(found.get_pk_constraint(name)["constrained_columns"])
            assert keys == {column.name for column in table.primary_key.columns}, name
            nullable = {column["name"]: column["nullable"] for column in found.get_columns(name)}
            assert nullable == {column.name: column.nullable for column in table.columns}, name


def test_migrating_again_changes_nothing(store: engine.Store) -> None:
    """An upgrade that is run twice fails or starts over."""
    with store.begin() as tx:
        tx.audit(entry(1))
    assert schema.migrate(store) == schema.migrate(store)
    with store.look() as connection:
        assert auditlog.leaf_of(connection, entry(1).id) == entry(1).leaf


def test_the_newest_migration_is_the_one_whose_file_is(store: engine.Store) -> None:
    """A migration under another number, or two that follow the same one: a broker would never start again."""
    with store.look() as connection:
        context = MigrationContext.configure(connection)
        scripts = ScriptDirectory(str(Path(schema.__file__).parent / "migrations"))
        assert [schema.migrate(store)] == [context.get_current_revision()] == scripts.get_heads()


def test_a_broker_does_not_start_on_other_tables(store: engine.Store, tmp_path: Any) -> None:
    """A broker works on tables that are not of its version, or on none."""
    schema.check_schema(store)
    with store.sequence() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Misconfigured, match="not of this version"):
        schema.check_schema(store)
    empty = engine.open_store(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(Misconfigured, match="run `broker migrate`"):
        schema.check_schema(empty)
    empty.engine.dispose()


@pytest.mark.parametrize("table", APPEND_ONLY, ids=lambda table: table.name)
@pytest.mark.parametrize("verb", ["update", "delete"])
def test_the_audit_log_only_grows(store: engine.Store, table: Table, verb: str) -> None:
    """Somebody with the broker's own access to the database rewrites history unnoticed."""
    with store.begin() as tx:
        tx.audit(entry(1))
    with store.sequence() as connection:
        auditlog.place_waiting(connection)
    column = {"audit_entries": "org", "audit_leaves": "id", "audit_nodes": "hash"}[table.name]
    value: Any = {"org": "other", "id": b"x" * 16, "hash": b"x" * 32}[column]
    change = update(table).values(**{column: value}) if verb == "update" else delete(table)
    with pytest.raises(Unavailable) as caught, store.sequence() as connection:
        connection.execute(change)
    assert isinstance(caught.value.__cause__, exc.DBAPIError)
    assert "append-only" in str(caught.value.__cause__.orig)
    with store.look() as connection:
        assert auditlog.leaf_of(connection, entry(1).id) == entry(1).leaf
        assert auditlog.place(connection, entry(1).id) == 0


def test_a_log_of_before_is_still_there(at_version: Callable[[str], engine.Store]) -> None:
    """An upgrade loses a part of the log, or what keeps it from being changed."""
    store = at_version("0013")
    rows: dict[str, list[tuple[Any, ...]]] = {
        "audit_leaves": [(place, os.urandom(16)) for place in range(300)],
        "audit_nodes": [(level, n, os.urandom(32)) for level in range(3) for n in range(300 >> level)],
        "audit_checkpoints": [(size, f"note {size}") for size in (1, 7, 300)],
    }
    with store.sequence() as connection:
        for table, some in rows.items():
            for row in some:
                connection.exec_driver_sql(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)
    schema.migrate(store)
    for table, some in rows.items():
        with store.look() as connection:
            assert [tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY 1, 2")] == some
    for change in ("DELETE FROM audit_leaves", "UPDATE audit_leaves SET idx = 999 WHERE idx = 0",
                   "DELETE FROM audit_nodes", "UPDATE audit_nodes SET n = 999 WHERE n = 0"):  # fmt: skip
        with pytest.raises(Unavailable) as caught, store.sequence() as connection:
            connection.exec_driver_sql(change)
        assert "append-only" in str(caught.value.__cause__)
    with pytest.raises(Unavailable), store.sequence() as connection:
        connection.exec_driver_sql("INSERT INTO audit_leaves VALUES (300, ?)", (rows["audit_leaves"][5][1],))


def test_what_a_database_must_not_lose(store: engine.Store) -> None:
    """A broker starts on a database that may lose what it acknowledged."""
    durable.check_durable(store)
    if store.engine.dialect.name == "sqlite":
        with store.look() as connection:
            assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
            assert connection.execute(text("PRAGMA synchronous")).scalar_one() == 2
            assert connection.execute(text("PRAGMA secure_delete")).scalar_one() == 1
        return
    name = store.engine.url.database
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    store.engine.dispose()
    with pytest.raises(Misconfigured, match="synchronous_commit"):
        durable.check_durable(store)


@pytest.mark.parametrize("url", ["mysql://localhost/x", "not an address", "sqlite+nonsense://", ""])
def test_another_database_is_refused(url: str) -> None:
    """The operator of a broker with a wrong address sees a traceback."""
    with pytest.raises(Misconfigured) as caught:
        engine.open_store(url)
    assert caught.value.code == "database-url-invalid"
