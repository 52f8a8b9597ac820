"""The database's tables are made and changed by migrations; a broker does not start on any other version of them."""

from __future__ import annotations

from importlib import resources

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from broker.errors import Misconfigured
from broker.store import audit_tables, case_tables, retention_tables, tables
from broker.store.engine import Store

PAGES = (tables, case_tables, audit_tables, retention_tables)
"""Imported, so that `metadata` knows every table."""


def migrate(store: Store) -> str:
    """Brings the tables to this version. Returns its name."""
    config = _config()
    with store.sequence() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return _head()


def check_schema(store: Store) -> None:
    """Raises `Misconfigured` when the tables are not of this version."""
    with store.look() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current != _head():
        raise Misconfigured(
            "schema-differs", "the database's tables are not of this version", hint="run `broker migrate`"
        )


def _head() -> str:
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise Misconfigured("migrations-missing", "the package has no migrations", hint="install it again")
    return head


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.files("broker.store") / "migrations"))
    return config
