"""Tables of what has to go by itself: keys of the audit log's details, holds that stop it, how far it has come."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, LargeBinary, String, Table

from broker.store.metadata import metadata

audit_keys = Table(
    "audit_keys",
    metadata,
    # The key of one class's details of one month (UTC), wrapped. Once the month has run out `wrapped` is null.
    Column("name", String(24), primary_key=True),
    Column("wrapped", LargeBinary),
    Column("expired", BigInteger),
)


holds = Table(
    "holds",
    metadata,
    # A record that must not be destroyed, until two people lift it. Who held it and who would lift it is sealed.
    Column("id", LargeBinary(16), primary_key=True),
    Column("source", String(40), nullable=False),
    Column("review_by", Date, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)


disposals = Table(
    "disposals",
    metadata,
    # How far the last round has come with each source: up to which record, and what it has done.
    Column("source", String(40), primary_key=True),
    Column("day", Date, nullable=False),
    Column("after", LargeBinary(16), nullable=False),
    Column("ended", Boolean, nullable=False),
    Column("looked_at", Integer, nullable=False),
    Column("records", Integer, nullable=False),
    Column("destroyed", Integer, nullable=False),
    Column("held", Integer, nullable=False),
)
