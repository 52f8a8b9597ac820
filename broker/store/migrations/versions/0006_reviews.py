"""How many pairs an agency's reviewers were told of on a day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("quotas", sa.Column("reviews", sa.Integer(), server_default=sa.text("0"), nullable=False))
