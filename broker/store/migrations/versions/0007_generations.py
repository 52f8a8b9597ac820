"""Generations of keys: which are open, and which of them each row is sealed and found under."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in ("generation", "evidence_epoch", "evidence_seal"):
        op.add_column("records", _number(column))
    # No key opens a closed record: it is of no generation, and in nobody's way.
    op.execute("UPDATE records SET generation = 0, evidence_seal = 0 WHERE closed")
    op.create_index("records_by_generation", "records", ["generation", "id"])
    op.create_index("records_by_evidence_seal", "records", ["evidence_seal", "id"])
    op.add_column("protections", _number("generation"))
    op.add_column("gifts", _number("generation"))
    op.create_table(
        "keysets",
        sa.Column("generation", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.SmallInteger(), nullable=False),
        sa.Column("label", sa.SmallInteger(), nullable=False),
        sa.Column("reference", sa.SmallInteger(), nullable=False),
        sa.Column("kek", sa.SmallInteger(), nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("closed", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("generation"),
    )


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.SmallInteger(), server_default=sa.text("1"), nullable=False)
