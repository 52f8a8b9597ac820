"""The tables of records, of what is asked, and of agreements; `case_tables` and `audit_tables` hold the rest.

What a dump may tell is decided here. No row holds a clear identifier. A label row carries no record id, no time and no
serial number, and on SQLite these tables are kept in the order of their random-looking keys (WITHOUT ROWID; records by
a number made of theirs, `records.put`), so that what was written together does not stand together. Between agencies
nothing is equal.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
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

records = Table(
    "records",
    metadata,
    Column("id", LargeBinary(16), primary_key=True),
    Column("source", String(40), nullable=False),
    Column("ref", LargeBinary(16), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("batch", LargeBinary(16), nullable=False),
    Column("closed", Boolean, nullable=False),
    # What opens and finds it (`keysets`); 0 once the record is closed, which no key opens.
    Column("generation", SmallInteger, nullable=False, server_default=text("1")),
    # The newest key the evidence was made under, and which of the linkage unit's keys its envelope is sealed to.
    Column("evidence_epoch", SmallInteger, nullable=False, server_default=text("1")),
    Column("evidence_seal", SmallInteger, nullable=False, server_default=text("1")),
    # All null once the record is closed: destroying the wrapped data key destroys the rest.
    Column("wrapped_key", LargeBinary),
    Column("tokens", LargeBinary),
    Column("evidence", LargeBinary),
    Column("content", LargeBinary),
    Column("items", LargeBinary),
    Index("records_by_name", "source", "ref", unique=True),
    Index("records_by_generation", "generation", "id"),
    Index("records_by_evidence_seal", "evidence_seal", "id"),
)

labels = Table(
    "labels",
    metadata,
    Column("source", String(40), primary_key=True),
    Column("label", LargeBinary(16), primary_key=True),
    Column("reference", LargeBinary(44), primary_key=True),
    sqlite_with_rowid=False,
)

protections = Table(
    "protections",
    metadata,
    Column("id", LargeBinary(16), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("review_by", Date, nullable=False),
    Column("generation", SmallInteger, nullable=False, server_default=text("1")),
    # By when a second person must have looked at it, in seconds since 1970; null where nobody is waited for.
    Column("due", BigInteger),
    sqlite_with_rowid=False,
)

keysets = Table(
    "keysets",
    metadata,
    # A generation of keys as the numbers of its secrets. One or two are open; a closed one is never opened again.
    Column("generation", SmallInteger, primary_key=True, autoincrement=False),
    Column("epoch", SmallInteger, nullable=False),
    Column("label", SmallInteger, nullable=False),
    Column("reference", SmallInteger, nullable=False),
    Column("kek", SmallInteger, nullable=False),
    Column("opened", BigInteger, nullable=False),
    Column("closed", BigInteger),
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("pair", LargeBinary(16), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)


guesses = Table(
    "guesses",
    metadata,
    # For a week, under a key: points of one question, bound to who asked it. No staff, no time but the hour.
    Column("point", LargeBinary(16), primary_key=True),
    Column("question", LargeBinary(16), primary_key=True),
    Column("number", SmallInteger, nullable=False),
    Column("hour", Integer, nullable=False),
    Index("guesses_by_question", "question"),
    Index("guesses_by_hour", "hour"),
    sqlite_with_rowid=False,
)

batches = Table(
    "batches",
    metadata,
    Column("batch", LargeBinary(16), primary_key=True),
    Column("agency", String(40), nullable=False),
    Column("source", String(40), nullable=False),
    Column("delivery", String(10), nullable=False),
    Column("closed", Boolean, nullable=False),
    Column("closed_records", Integer, nullable=False),
)

chunks = Table(
    "chunks",
    metadata,
    Column("batch", LargeBinary(16), primary_key=True),
    Column("digest", LargeBinary(32), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("entry", LargeBinary(16), nullable=False),
    Column("receipt", Text, nullable=False),
    Index("chunks_by_number", "batch", "number", unique=True),
)

coverage = Table(
    "coverage",
    metadata,
    Column("source", String(40), primary_key=True),
    Column("as_of", Date, nullable=False),
    Column("coverage_from", Date, nullable=False),
    Column("coverage_to", Date, nullable=False),
    Column("coverage_area", String(80), nullable=False),
    Column("complete", Boolean, nullable=False),
)

spent = Table(
    "spent",
    metadata,
    # Tickets, evaluations and request nonces that must not be used again, kept until they would have expired anyway.
    Column("kind", String(12), primary_key=True),
    Column("id", LargeBinary(32), primary_key=True),
    Column("expires", BigInteger, nullable=False),
    Index("spent_by_expiry", "expires"),
)

quotas = Table(
    "quotas",
    metadata,
    Column("agency", String(40), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("questions", Integer, nullable=False),
    Column("reviews", Integer, nullable=False, server_default=text("0")),
)

quota_grants = Table(
    "quota_grants",
    metadata,
    # Two people's leave for more than the allowance, as they signed it (`wire.quota`).
    Column("id", LargeBinary(16), primary_key=True),
    Column("agency", String(40), nullable=False),
    Column("use", String(10), nullable=False),
    Column("first", Date, nullable=False),
    Column("last", Date, nullable=False),
    Column("content", Text, nullable=False),
    Index("quota_grants_by_agency", "agency", "last"),
)

question_hours = Table(
    "question_hours",
    metadata,
    # What is usual for an agency: questions by hours since 1970, for 28 days; whether more than usual was told of.
    Column("agency", String(40), primary_key=True),
    Column("hour", BigInteger, primary_key=True, autoincrement=False),
    Column("questions", Integer, nullable=False),
    Column("told", Boolean, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    # The figures of the last population run for each purpose: sums and nothing else.
    Column("purpose", String(40), primary_key=True),
    Column("grant_id", LargeBinary(16), nullable=False),
    Column("ended", BigInteger, nullable=False),
    Column("figures", Text, nullable=False),
)

gifts = Table(
    "gifts",
    metadata,
    # What agencies get back of the last match-quality run: sealed to each, in random order, all of one length.
    Column("id", LargeBinary(16), primary_key=True),
    Column("agency", String(40), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("generation", SmallInteger, nullable=False, server_default=text("1")),
    Index("gifts_by_agency", "agency", "id"),
    sqlite_with_rowid=False,
)


policysets = Table(
    "policysets",
    metadata,
    # Agreements are no secret and hold nothing about people. A set stays for ever, so that what was decided under it
    # can be decided again. Compressed, so that whoever searches the database for a name finds no school's.
    Column("digest", String(64), primary_key=True),
    Column("files", LargeBinary, nullable=False),
    Column("proven_at", BigInteger, nullable=False),
    Column("software", String(40), nullable=False),
)

trials = Table(
    "trials",
    metadata,
    # A change of a clause that an agency tries: how far it is, when that was last said, and what came of it. Nothing of
    # anybody is in it; compressed like a set.
    Column("id", LargeBinary(16), primary_key=True),
    Column("agency", String(40), nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("seen", BigInteger, nullable=False),
    Column("stage", String(12), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Index("trials_by_agency", "agency", "made"),
    sqlite_with_rowid=False,
)

policyset_in_force = Table(
    "policyset_in_force",
    metadata,
    # One row, once the broker has started for the first time.
    Column("one", SmallInteger, primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False),
)
