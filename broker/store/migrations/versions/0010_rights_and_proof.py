"""Rights with clocks, retention, witnesses, and an index of who has seen whose records."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _ = (op, sa)
    op.create_table(
        "audit_marks",
        sa.Column("mark", sa.LargeBinary(16), nullable=False),
        sa.Column("t", sa.String(32), nullable=False),
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.PrimaryKeyConstraint("mark", "t", "id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rights",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("agency", sa.String(40), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    op.create_index("rights_by_agency", "rights", ["agency", "state"], unique=False)
    op.create_table(
        "record_marks",
        sa.Column("name", sa.LargeBinary(16), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit_keys",
        sa.Column("name", sa.String(24), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("expired", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "holds",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("review_by", sa.Date(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "disposals",
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("after", sa.LargeBinary(16), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.Column("looked_at", sa.Integer(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("destroyed", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source"),
    )
    op.create_table(
        "audit_indexes",
        sa.Column("first", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("first"),
    )
    op.create_table(
        "audit_index_rows",
        sa.Column("first", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tag", sa.LargeBinary(16), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("next", sa.LargeBinary(16), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("looks", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("first", "tag"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit_index_nodes",
        sa.Column("first", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("level", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("first", "level", "n"),
        sqlite_with_rowid=False,
    )
    op.add_column("protections", sa.Column("due", sa.BigInteger(), nullable=True))
    op.create_table(
        "audit_cosignatures",
        sa.Column("witness", sa.String(320), nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("witness", "size"),
    )
    op.create_table(
        "witness_alarms",
        sa.Column("what", sa.String(80), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("what"),
    )
    op.create_table(
        "look_queue",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("agency", sa.String(40), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    op.create_index("look_queue_by_agency", "look_queue", ["agency", "state"], unique=False)
    op.create_table(
        "look_watch",
        sa.Column("one", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("one"),
    )
