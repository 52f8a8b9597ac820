"""Tables of the doors: how far each agency has used its allowance of requests, which credentials were given."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, LargeBinary, String, Table

from broker.store.metadata import metadata

request_rates = Table(
    "request_rates",
    metadata,
    # Milliseconds since 1970 up to which the agency's allowance is used.
    Column("agency", String(40), primary_key=True),
    Column("until", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

credentials = Table(
    "credentials",
    metadata,
    # SHA-256 of what was shown to have one, for the ten minutes that it lasts.
    Column("key_id", String(82), primary_key=True),
    Column("id", LargeBinary(32), primary_key=True),
    Column("at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
