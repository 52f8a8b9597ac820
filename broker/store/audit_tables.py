"""The audit log's tables: leaves as they are hashed, their details sealed apart, the tree over them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    text,
)

from broker.store.metadata import metadata

is_matter = text("audit_entries.typ NOT IN ('disclose', 'deny', 'nothing', 'untold')")
"""What has an index by type: all but the parts of answers, of which there are ten for each other event.

A database uses the index only for a query that says this too.
"""

# What SQLite keeps a table by without an index beside it; there it has eight bytes too.
_place = BigInteger().with_variant(Integer, "sqlite")

audit_entries = Table(
    "audit_entries",
    metadata,
    Column("id", LargeBinary(16), primary_key=True),
    Column("t", String(32), nullable=False),
    Column("typ", String(20), nullable=False),
    Column("org", String(40), nullable=False),
    Column("leaf", LargeBinary, nullable=False),
)

_indexed = text("typ NOT IN ('disclose', 'deny', 'nothing', 'untold')")
Index(
    "audit_entries_by_type",
    audit_entries.c.typ,
    audit_entries.c.org,
    audit_entries.c.t,
    sqlite_where=_indexed,
    postgresql_where=_indexed,
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
    Column("idx", _place, primary_key=True, autoincrement=False),
    Column("id", LargeBinary(16), nullable=False, unique=True),
)


audit_nodes = Table(
    "audit_nodes",
    metadata,
    Column("level", SmallInteger, primary_key=True, autoincrement=False),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), nullable=False),
    sqlite_with_rowid=False,
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
    Column("size", _place, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
)

audit_marks = Table(
    "audit_marks",
    metadata,
    # Under a key: what a matter of the log can be found by (`auditmarks`).
    Column("mark", LargeBinary(16), primary_key=True),
    Column("t", String(32), primary_key=True),
    Column("id", LargeBinary(16), primary_key=True),
    sqlite_with_rowid=False,
)

audit_marked = Table(
    "audit_marked",
    metadata,
    # One row: so many events, from the first on, have their marks.
    Column("one", SmallInteger, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
)

audit_indexes = Table(
    "audit_indexes",
    metadata,
    # Of every closed index the range of the log that it covers, [first, last), and the event that says so.
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
)

audit_index_rows = Table(
    "audit_index_rows",
    metadata,
    # The rows of each index: tags of records that mean nothing on any other day, and the places of their looks.
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    Column("tag", LargeBinary(16), primary_key=True),
    Column("n", BigInteger, nullable=False),
    Column("next", LargeBinary(16), nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("looks", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

audit_index_nodes = Table(
    "audit_index_nodes",
    metadata,
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    Column("level", SmallInteger, primary_key=True, autoincrement=False),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), nullable=False),
    sqlite_with_rowid=False,
)

audit_cosignatures = Table(
    "audit_cosignatures",
    metadata,
    Column("witness", String(320), primary_key=True),
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("line", Text, nullable=False),
)


witness_alarms = Table(
    "witness_alarms",
    metadata,
    Column("what", String(80), primary_key=True),
    Column("at", BigInteger, nullable=False),
)
