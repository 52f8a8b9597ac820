"""What of a week's questions shows that somebody walks through guesses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "guesses",
        sa.Column("point", sa.LargeBinary(length=16), nullable=False),
        sa.Column("question", sa.LargeBinary(length=16), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("point", "question"),
        sqlite_with_rowid=False,
    )
    op.create_index("guesses_by_question", "guesses", ["question"], unique=False)
    op.create_index("guesses_by_hour", "guesses", ["hour"], unique=False)
