"""Two people's leave for more questions, and how many questions each hour had."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quota_grants",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("agency", sa.String(40), nullable=False),
        sa.Column("use", sa.String(10), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("quota_grants_by_agency", "quota_grants", ["agency", "last"])
    op.create_table(
        "question_hours",
        sa.Column("agency", sa.String(40), nullable=False),
        sa.Column("hour", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("questions", sa.Integer(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("agency", "hour"),
    )
