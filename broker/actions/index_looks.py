"""Each UTC day of the log is indexed by whose records were looked at, and the root of the index enters the log.

    close_days     an index of every day that has ended, and of so many leaves as it would take long to read
    index_so_far   what follows the last of them, for whoever reads now; it is in the next closed index again

An index covers a range of leaves and goes on where the one before it ended, so that late leaves and days on which the
job did not run are in the next. The order of indexes is that of the log: none is added while another waits for its
place. The broker closes days while it serves, `broker audit index` does too, and so does whoever reads one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from broker.actions.publish_checkpoint import publish_checkpoint
from broker.audit.act_events import index_event
from broker.audit.subjects import CLOSED, SO_FAR, Covered, Index, Looks, build, header_of
from broker.audit.tree import leaf_hash
from broker.errors import Conflict, Unavailable
from broker.parts import Parts
from broker.store import auditlog, indexes
from broker.store.engine import Entry, Tx

T = TypeVar("T")

TRIES = 5
MOST = 20_000
"""Leaves that one index covers: whoever reads waits for those that no closed one has yet."""


def close_days(parts: Parts) -> int:
    """Closes every index that can be. Returns how many there were.

    Raises `Unavailable` when the store can't take it; run again, it goes on.
    """
    parts, closed, conflicts = parts.fresh(), 0, 0
    while conflicts < TRIES:
        try:
            if not _close_one(parts):
                return closed
            closed += 1
        except Conflict:
            conflicts += 1
        # The next one may stand in the log only after this one.
        publish_checkpoint(parts)
    raise Unavailable("log-busy", "the audit log is busy; nothing was indexed by halves", hint="run it again")


def up_to_now(parts: Parts, read: Callable[[], T]) -> T:
    """What `read` gives, which adds the index up to now; it is called again where another index was faster.

    Raises `Unavailable` when that goes on.
    """
    close_days(parts)
    for _ in range(TRIES):
        try:
            return read()
        except Conflict:
            # Another index waits for its place, or has just taken it.
            publish_checkpoint(parts)
    raise Unavailable("log-busy", "the audit log is busy; nothing was read", hint="ask again")


def index_so_far(parts: Parts, connection: Connection) -> tuple[Covered, Index, Looks]:
    """What the leaves after the last closed index give, up to the last that has its place."""
    first, before = _end(indexes.latest(connection))
    last = max(first, auditlog.size(connection))
    looks = indexes.looks_in(connection, first, last)
    index = build(looks)
    return Covered(SO_FAR, first, last, looks.days, len(index.rows), index.root, before), index, looks


def add_index(parts: Parts, tx: Tx, covered: Covered) -> Entry:
    """Adds the event of an index. Raises `Conflict` when another index took its place meanwhile."""
    indexes.hold(tx.connection)
    if _end(indexes.latest(tx.connection)) != (covered.first, covered.before):
        raise Conflict("index-overtaken", "another process indexed the audit log first")
    event = index_event(parts.stamp("broker"), header_of(covered))
    entry = parts.entry(event)
    tx.audit(entry)
    return entry


def _close_one(parts: Parts) -> bool:
    """Closes the next index. Returns whether there is one."""
    with parts.store.look() as connection:
        first, before = _end(indexes.latest(connection))
        size, day = auditlog.size(connection), indexes.first_after(connection, first)
        has_ended = day is not None and day < parts.now().astimezone(dt.UTC).date().isoformat()
        if day is None or not (has_ended or size - first >= MOST):
            return False
        last = min(indexes.end_of_day(connection, first, day) or size, first + MOST)
        looks = indexes.looks_in(connection, first, last)
        index = build(looks)
    covered = Covered(CLOSED, first, last, looks.days, len(index.rows), index.root, before)
    with parts.store.begin(lengthy=True) as tx:
        entry = add_index(parts, tx, covered)
        indexes.keep(tx.connection, entry.leaf, (index, looks))
    return True


def _end(latest: indexes.Kept | None) -> tuple[int, str]:
    """Where the next index begins, and the hash of the one before it."""
    return (0, "") if latest is None else (latest.last, leaf_hash(latest.leaf).hex())
