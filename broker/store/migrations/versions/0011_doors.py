"""Search marks are made after the answer: how far the log has them. Sign-in and sessions at the doors."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_MATTERS = "typ NOT IN ('disclose', 'deny', 'nothing', 'untold')"


def upgrade() -> None:
    op.create_table(
        "audit_marked",
        sa.Column("one", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("one"),
    )
    # Until here marks were written with their events; a log that has none gets them from its beginning.
    op.execute(
        "INSERT INTO audit_marked (one, size) SELECT 1,"
        " CASE WHEN EXISTS (SELECT 1 FROM audit_marks) THEN size ELSE 0 END FROM audit_state"
    )
    op.create_index(
        "audit_entries_by_type",
        "audit_entries",
        ["typ", "org", "t"],
        unique=False,
        sqlite_where=sa.text(_MATTERS),
        postgresql_where=sa.text(_MATTERS),
    )
    op.create_table(
        "request_rates",
        sa.Column("agency", sa.String(length=40), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("agency"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "credentials",
        sa.Column("key_id", sa.String(length=82), nullable=False),
        sa.Column("id", sa.LargeBinary(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", "id"),
        sqlite_with_rowid=False,
    )
