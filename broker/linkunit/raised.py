"""Two people's leave for more than the allowance, kept as they signed it.

    raised    (id, agency, use, first, last, grant)     whole grants, as JSON

A grant counts on its days, and only while both who signed it are granters of the trust list: it is checked again each
time that the allowance alone is not enough. Taking one in is a line of the count log.
"""

from __future__ import annotations

import datetime as dt

from broker.errors import BrokerError, Conflict
from broker.keys.granting import check_quota_grant
from broker.keys.trust import Trust
from broker.linkunit.book import Book, Row, day_of
from broker.wire.evaluation import Use
from broker.wire.fields import parse
from broker.wire.quota import QuotaGrant

TABLE = """
CREATE TABLE IF NOT EXISTS raised (
    id BLOB NOT NULL PRIMARY KEY, agency TEXT NOT NULL, use TEXT NOT NULL, first TEXT NOT NULL, last TEXT NOT NULL,
    content TEXT NOT NULL) STRICT;
"""


def take(book: Book, grant: QuotaGrant) -> None:
    """Keeps a checked grant; the same terms once more allow nothing more. Raises `Conflict` for others of its id.

    The signatures are those that were handed in last: who signed before may have left the trust list.
    """
    terms, content = grant.terms, grant.model_dump_json()
    found = book.database.execute("SELECT content FROM raised WHERE id = ?", (terms.id,)).fetchone()
    if found is not None:
        if parse(QuotaGrant, found[0]).terms != terms:
            raise Conflict("grant-other", "another grant has this id", hint="have new terms signed")
        book.database.execute("UPDATE raised SET content = ? WHERE id = ?", (content, terms.id))
        return
    days = (terms.first.isoformat(), terms.last.isoformat())
    book.database.execute(
        "INSERT INTO raised VALUES (?, ?, ?, ?, ?, ?)", (terms.id, terms.agency, terms.use, *days, content)
    )
    book.append(Row(terms.agency, "granted", terms.id, terms.more, purpose=terms.use))


def of_day(book: Book, agency: str, day: dt.date) -> list[QuotaGrant]:
    """The kept grants whose days hold `day`, for questions and deliveries, oldest id first."""
    query = "SELECT content FROM raised WHERE agency = ? AND first <= ? AND last >= ? ORDER BY id"
    found = book.database.execute(query, (agency, day.isoformat(), day.isoformat()))
    return [parse(QuotaGrant, row[0]) for row in found]


def more(book: Book, agency: str, use: Use, trust: Trust | None) -> int:
    """What two people allow today beyond the allowance; without a trust list, nothing."""
    if trust is None:
        return 0
    day = dt.date.fromisoformat(day_of(book.now))
    some = [one for one in of_day(book, agency, day) if one.terms.use == use]
    return sum(one.terms.more for one in some if _stands(one, trust, agency=agency, day=day))


def _stands(grant: QuotaGrant, trust: Trust, *, agency: str, day: dt.date) -> bool:
    try:
        check_quota_grant(grant, trust, agency=agency, day=day)
    except BrokerError:
        return False
    return True
