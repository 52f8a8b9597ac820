"""What agencies and granters read of the count log: an agency its own UTC day, a granter what a grant was used for.

An agency is not told how many records its questions were compared with: only, of strangers, when they are too many.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from broker.linkunit import raised
from broker.linkunit.book import START, Book
from broker.linkunit.ledger import Ledger
from broker.wire.counts import (
    TICKET_STRANGERS,
    ChainPoint,
    CountedDelivery,
    CountedTicket,
    CountedUnusual,
    GrantStatement,
    TicketStatement,
    are_many,
)

DAY = 86_400

_TICKETS = """
SELECT first.id, first.use, first.at, first.purpose, max(later.purpose),
    coalesce(sum(later.use IN ('compare1', 'compare2')), 0),
    coalesce(sum(later.count) FILTER (WHERE later.use = 'different'), 0),
    coalesce(sum(later.count) FILTER (WHERE later.use = 'strangers'), 0)
FROM spent AS first LEFT JOIN spent AS later
    ON later.id = first.id AND later.agency = first.agency
    AND later.use IN ('compare1', 'compare2', 'different', 'strangers')
WHERE first.agency = ? AND first.use IN ('ask', 'review') AND first.at >= ? AND first.at < ?
GROUP BY first.serial ORDER BY first.serial
"""
_DELIVERIES = """
SELECT id, min(at), sum(count) FROM spent WHERE agency = ? AND use = 'post' AND at >= ? AND at < ?
GROUP BY id ORDER BY min(serial)
"""
_UNUSUAL = """
SELECT purpose, substr(use, 9), at, count FROM spent
WHERE agency = ? AND use IN ('unusual_hour', 'unusual_day') AND at >= ? AND at < ? ORDER BY serial
"""


def statement(ledger: Ledger, agency: str, day: dt.date, *, now: int, signature: bytes) -> TicketStatement:
    """The unsigned statement for one agency and day. Raises `Unavailable` when the ledger can't be read."""
    begins = int(dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC).timestamp())
    of_day = (agency, begins, begins + DAY)
    with ledger.reading(now) as book:
        found = [_Found(*row) for row in book.database.execute(_TICKETS, of_day)]
        deliveries = book.database.execute(_DELIVERIES, of_day).fetchall()
        unusual = book.database.execute(_UNUSUAL, of_day).fetchall()
        grants = raised.of_day(book, agency, day)
        start, end = (_point(book, before) for before in (begins, begins + DAY))
    return TicketStatement(
        v=1,
        agency=agency,
        day=day,
        made=now,
        tickets=tuple(_ticket(one) for one in found),
        deliveries=tuple(CountedDelivery(batch=batch, at=at, inputs=inputs) for batch, at, inputs in deliveries),
        many_strangers=are_many(sum(one.strangers for one in found), sum(one.different for one in found)),
        unusual=tuple(CountedUnusual(use=use, span=span, at=at, count=count) for use, span, at, count in unusual),
        grants=tuple(grant.terms for grant in grants),
        start=start,
        end=end,
        signature=signature,
    )


def grant_statement(ledger: Ledger, grant: bytes, *, now: int, signature: bytes) -> GrantStatement:
    """The unsigned statement about one grant; all counts are 0 of one that was not used. Raises `Unavailable`."""
    query = "SELECT blocks, openings, different, strangers, last FROM granted WHERE id = ?"
    with ledger.reading(now) as book:
        found = book.database.execute(query, (grant,)).fetchone() or (0, 0, 0, 0, 0)
    blocks, openings, different, strangers, last = found
    return GrantStatement(
        v=1,
        grant=grant,
        made=now,
        blocks=blocks,
        openings=openings,
        different=different,
        strangers=strangers,
        last=last,
        signature=signature,
    )


@dataclass(frozen=True)
class _Found:
    """A ticket as the count log has it."""

    id: bytes
    use: str
    at: int
    own_purpose: str
    purpose: str | None
    calls: int
    different: int
    strangers: int


def _ticket(found: _Found) -> CountedTicket:
    if found.use == "review":
        return CountedTicket(id=found.id, kind="review", purpose=found.own_purpose, at=found.at, calls=1)
    told = found.strangers if found.strangers > TICKET_STRANGERS else 0
    purpose, calls = found.purpose or None, found.calls
    return CountedTicket(id=found.id, kind="question", purpose=purpose, at=found.at, calls=calls, strangers=told)


def _point(book: Book, before: int) -> ChainPoint:
    """Where the chain stood before a time."""
    query = "SELECT serial, chain FROM spent WHERE at < ? ORDER BY serial DESC LIMIT 1"
    found = book.database.execute(query, (before,)).fetchone()
    size, head = found or (0, START)
    return ChainPoint(size=size, head=head.hex())
