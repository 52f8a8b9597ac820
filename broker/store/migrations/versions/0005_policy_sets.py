"""Sets of agreements by digest, and which of them is in force."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "policysets",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("files", sa.LargeBinary(), nullable=False),
        sa.Column("proven_at", sa.BigInteger(), nullable=False),
        sa.Column("software", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "policyset_in_force",
        sa.Column("one", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("one"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER policysets_no_{verb.lower()} BEFORE {verb} ON policysets "
                "BEGIN SELECT RAISE(ABORT, 'a set of agreements is append-only'); END"
            )
        return
    # The function is the audit log's (0001): it refuses whatever it is asked about.
    op.execute(
        "CREATE TRIGGER policysets_append_only BEFORE UPDATE OR DELETE ON policysets "
        "FOR EACH ROW EXECUTE FUNCTION broker_append_only()"
    )
