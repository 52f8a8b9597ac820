"""The audit log's tables: leaves as they are hashed, their details sealed apart, the tree over them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
)

from broker.store.metadata import metadata

audit_entries = Table(
    "audit_entries",
    metadata,
    Column("id", LargeBinary(16), primary_key=True),
    Column("t", String(32), nullable=False),
    Column("typ", String(20), nullable=False),
    Column("org", String(40), nullable=False),
    Column("leaf", LargeBinary, nullable=False),
)


audit_details = Table(
    "audit_details",
    metadata,
    Column("id", LargeBinary(16), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)


audit_pending = Table("audit_pending", metadata, Column("id", LargeBinary(16), primary_key=True))


audit_leaves = Table(
    "audit_leaves",
    metadata,
    Column("idx", BigInteger, primary_key=True, autoincrement=False),
    Column("id", LargeBinary(16), nullable=False, unique=True),
)


audit_nodes = Table(
    "audit_nodes",
    metadata,
    Column("level", SmallInteger, primary_key=True, autoincrement=False),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), nullable=False),
)


audit_state = Table(
    "audit_state",
    metadata,
    Column("one", SmallInteger, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
)


audit_checkpoints = Table(
    "audit_checkpoints",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
)
