"""The agencies' feeds: what happened, as references, numbered from 1 for each agency.

The last number of an agency is one row, which whoever adds to its feed holds until the end of their transaction: no
number is seen before a smaller one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from broker.store.case_tables import feed, feed_ends
from broker.wire.feed import FeedKind


@dataclass(frozen=True)
class Notice:
    """Something for one agency to look at."""

    agency: str
    kind: FeedKind
    reference: str
    due: dt.date | None = None


@dataclass(frozen=True)
class Numbered:
    """A notice with its place in the agency's feed, and when it was written, in seconds since 1970."""

    number: int
    at: int
    notice: Notice


def put(connection: Connection, notices: Iterable[Notice], *, at: int) -> None:
    """Adds notices to their agencies' feeds. Once a transaction: agencies are held in one order."""
    ends = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(feed_ends)
    for one in sorted(dict.fromkeys(notices), key=lambda notice: notice.agency):
        begin = ends.values(agency=one.agency, number=1)
        more = begin.on_conflict_do_update(index_elements=[feed_ends.c.agency], set_={"number": feed_ends.c.number + 1})
        number = connection.execute(more.returning(feed_ends.c.number)).scalar_one()
        row = {"agency": one.agency, "number": number, "at": at, "kind": one.kind}
        connection.execute(insert(feed), {**row, "reference": one.reference, "due": one.due})


def after(connection: Connection, agency: str, number: int, *, most: int) -> list[Numbered]:
    """At most `most` entries of an agency's feed after `number`, the oldest first."""
    query = select(feed).where(feed.c.agency == agency, feed.c.number > number).order_by(feed.c.number).limit(most)
    rows = connection.execute(query)
    return [Numbered(row.number, row.at, Notice(row.agency, row.kind, row.reference, row.due)) for row in rows]


def forget(connection: Connection, *, before: int) -> None:
    """Deletes entries from before an instant; the numbers go on."""
    connection.execute(delete(feed).where(feed.c.at < before))
