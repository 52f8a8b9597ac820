"""The database's tables are made and changed by migrations; a broker does not start on any other version of them."""

from __future__ import annotations

from functools import cache
from importlib import resources

from sqlalchemy import Connection, inspect, text

from broker.errors import Misconfigured
from broker.store import audit_tables, case_tables, door_tables, retention_tables, tables
from broker.store.engine import Store

PAGES = (tables, case_tables, audit_tables, retention_tables, door_tables)
"""Imported, so that `metadata` knows every table."""
_MIGRATIONS = resources.files("broker.store") / "migrations"


def migrate(store: Store) -> str:
    """Brings the tables to this version. Returns its name."""
    # Nobody else needs it, and it takes longer to import than the rest of a start.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with store.sequence() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return _head()


def check_schema(store: Store) -> None:
    """Raises `Misconfigured` when the tables are not of this version."""
    with store.look() as connection:
        current = _current(connection)
    if current != _head():
        raise Misconfigured(
            "schema-differs", "the database's tables are not of this version", hint="run `broker migrate`"
        )


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


@cache
def _head() -> str:
    """The newest migration of the package, which the names of their files begin with."""
    numbers = [one.name[:4] for one in (_MIGRATIONS / "versions").iterdir() if one.name[:4].isdecimal()]
    if not numbers:
        raise Misconfigured("migrations-missing", "the package has no migrations", hint="install it again")
    return max(numbers)
