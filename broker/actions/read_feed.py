"""An agency reads its feed: references and kinds, as they were written with what they tell of.

Like the state of its own delivery this tells of nobody, so that reading it every minute leaves no event.
"""

from __future__ import annotations

from broker.parts import Parts
from broker.store import feed
from broker.wire.feed import PAGE, Entry, Feed


def read_feed(parts: Parts, *, agency: str, after: int) -> Feed:
    """The agency's entries after number `after`, the oldest first, at most a page."""
    with parts.store.look() as connection:
        found = feed.after(connection, agency, after, most=PAGE + 1)
    entries = tuple(
        Entry(number=one.number, at=one.at, kind=one.notice.kind, reference=one.notice.reference, due=one.notice.due)
        for one in found[:PAGE]
    )
    return Feed(v=1, agency=agency, entries=entries, more=len(found) > PAGE)
