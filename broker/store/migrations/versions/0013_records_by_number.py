"""SQLite keeps records by number, and what is read first stands first.

In a table that is kept by its random key every page of the tree on the way to a row holds whole rows: of rows this long
half a dozen, so that a look-up read eight pages. Now the key is an index of its own, and leads to a number. Needs as
much room again as the records take, until it is done.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_INDEXES = {
    "records_by_name": ["source", "ref"],
    "records_by_generation": ["generation", "id"],
    "records_by_evidence_seal": ["evidence_seal", "id"],
}


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for name in _INDEXES:
        op.drop_index(name, "records")
    op.rename_table("records", "records_before")
    columns = _columns()
    op.create_table("records", *columns, sa.PrimaryKeyConstraint("id"))
    names = ", ".join(column.name for column in columns)
    # In the order of the random ids, so that numbers say nothing.
    op.execute(f"INSERT INTO records ({names}) SELECT {names} FROM records_before ORDER BY id")  # noqa: S608
    op.drop_table("records_before")
    for name, indexed in _INDEXES.items():
        op.create_index(name, "records", indexed, unique=name == "records_by_name")


def _columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("ref", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("batch", sa.LargeBinary(length=16), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        *(
            sa.Column(name, sa.SmallInteger(), server_default=sa.text("1"), nullable=False)
            for name in ("generation", "evidence_epoch", "evidence_seal")
        ),
        *(
            sa.Column(name, sa.LargeBinary(), nullable=True)
            for name in ("wrapped_key", "tokens", "evidence", "content", "items")
        ),
    ]
