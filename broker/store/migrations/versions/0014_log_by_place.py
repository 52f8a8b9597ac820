"""SQLite keeps leaves, nodes and checkpoints of the audit log by their place alone.

A table whose key is several numbers, or one of a type that is not SQLite's own integer, has an index beside it, which
for rows as short as these takes as much room as the table. Needs as much room again as they take, until it is done.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    place, number = sa.Integer(), sa.BigInteger()
    entry_id = sa.Column("id", sa.LargeBinary(length=16), nullable=False)
    node = sa.Column("hash", sa.LargeBinary(length=32), nullable=False)
    note = sa.Column("note", sa.Text(), nullable=False)
    _rebuild("audit_leaves", [_key("idx", place), entry_id], sa.UniqueConstraint("id"))
    _rebuild("audit_nodes", [_key("level", sa.SmallInteger()), _key("n", number), node], sqlite_with_rowid=False)
    _rebuild("audit_checkpoints", [_key("size", place), note])


def _key(name: str, type_: Any) -> sa.Column[Any]:
    return sa.Column(name, type_, primary_key=True, autoincrement=False, nullable=False)


def _rebuild(table: str, columns: list[sa.Column[Any]], *constraints: Any, **options: Any) -> None:
    # A table takes what keeps it from being changed with it when it goes.
    named = sa.text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
    triggers = list(op.get_bind().scalars(named, {"table": table}))
    op.rename_table(table, f"{table}_before")
    op.create_table(table, *columns, *constraints, **options)
    names = ", ".join(column.name for column in columns)
    op.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM {table}_before")  # noqa: S608
    op.drop_table(f"{table}_before")
    for trigger in triggers:
        op.execute(trigger)
