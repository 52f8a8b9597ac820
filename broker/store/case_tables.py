"""Tables of what people have to look at, and of how they learn that they have to."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Table,
)

from broker.store.metadata import metadata

recalls = Table(
    "recalls",
    metadata,
    Column("name", LargeBinary(16), primary_key=True),
    Column("agency", String(40), nullable=False),
    # Null until the agency has fetched it.
    Column("read_at", BigInteger),
    Column("sealed", LargeBinary, nullable=False),
    Index("recalls_by_agency", "agency"),
    sqlite_with_rowid=False,
)


cases = Table(
    "cases",
    metadata,
    # A refusal or an emergency that a person must look at: between which two agencies, and by when. All else is sealed.
    Column("id", LargeBinary(16), primary_key=True),
    Column("kind", String(12), nullable=False),
    Column("asker", String(40), nullable=False),
    Column("holder", String(40), nullable=False),
    Column("state", String(12), nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=False),
    # Until when what was allowed may be asked for once.
    Column("until", BigInteger),
    Column("sealed", LargeBinary, nullable=False),
    Index("cases_by_holder", "holder", "state"),
    Index("cases_by_asker", "asker", "state"),
    sqlite_with_rowid=False,
)


feed = Table(
    "feed",
    metadata,
    Column("agency", String(40), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("reference", String(20), nullable=False),
    Column("due", Date),
    sqlite_with_rowid=False,
)


feed_ends = Table(
    "feed_ends",
    metadata,
    # The last number of each agency's feed: whoever adds to it waits here, so that numbers are seen in their order.
    Column("agency", String(40), primary_key=True),
    Column("number", BigInteger, nullable=False),
)


rights = Table(
    "rights",
    metadata,
    # A right of a person about a record, and by when its agency owes an answer. Which right, of whom and what came of
    # it is sealed.
    Column("id", LargeBinary(16), primary_key=True),
    Column("agency", String(40), nullable=False),
    Column("state", String(12), nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index("rights_by_agency", "agency", "state"),
    sqlite_with_rowid=False,
)


record_marks = Table(
    "record_marks",
    metadata,
    # What stands beside a record, under a keyed name of it: that it is disputed, or was erased.
    Column("name", LargeBinary(16), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)


look_queue = Table(
    "look_queue",
    metadata,
    # A look-up that an agency's IG officer looks at, and by when. Which, why and what came of it is sealed.
    Column("id", LargeBinary(16), primary_key=True),
    Column("agency", String(40), nullable=False),
    Column("state", String(12), nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index("look_queue_by_agency", "agency", "state"),
    sqlite_with_rowid=False,
)


look_watch = Table(
    "look_watch",
    metadata,
    # Up to where of the log the alert rules have read, and what they remember.
    Column("one", SmallInteger, primary_key=True, autoincrement=False),
    Column("place", BigInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)


pauses = Table(
    "pauses",
    metadata,
    # A service of which nothing is told, and since when: everybody who asks may know that. Who said so is sealed.
    Column("source", String(40), primary_key=True),
    Column("agency", String(40), nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
