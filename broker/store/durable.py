"""A broker does not start on a database that may lose what it acknowledged, nor with a clock that went back."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import text

from broker.errors import Misconfigured, Unavailable
from broker.store import driver
from broker.store.engine import Store
from broker.wire.london import in_words

_BACKWARDS = dt.timedelta(minutes=1)
"""What the clocks of two processes may differ by."""
_WEAK_SQLITE = {"synchronous": {"0", "1"}, "query_only": {"1"}}
_WEAK_POSTGRESQL = {
    "fsync": {"off"},
    "synchronous_commit": {"off", "local"},
    "full_page_writes": {"off"},
    "transaction_read_only": {"on"},
}
_NEWEST = """
SELECT audit_entries.t FROM audit_leaves JOIN audit_entries ON audit_entries.id = audit_leaves.id
ORDER BY audit_leaves.idx DESC LIMIT 1
"""


def check_durable(store: Store) -> None:
    """Refuses a database that may lose what it acknowledged, or takes nothing. Raises `Misconfigured`."""
    is_sqlite = store.engine.dialect.name == "sqlite"
    with store.look() as connection:
        for setting, weak in (_WEAK_SQLITE if is_sqlite else _WEAK_POSTGRESQL).items():
            asked = f"PRAGMA {setting}" if is_sqlite else f"SHOW {setting}"
            if (found := str(connection.execute(text(asked)).scalar_one())) in weak:
                raise Misconfigured("store-not-durable", f"the database must not run with `{setting}` = {found}")
    try:
        with store.sequence():
            pass
    except Unavailable:
        raise Misconfigured("store-read-only", "the database takes no writes", hint="see the line before") from None


def check_clock(store: Store, now: dt.datetime) -> None:
    """Refuses a clock that stands before the newest event of the log: what is written next would be backdated.

    Raises `Misconfigured`.
    """
    with store.look() as connection:
        found = driver.rows(connection, _NEWEST, ())
    if found and now + _BACKWARDS < (newest := dt.datetime.fromisoformat(found[0][0])):
        at = f"{in_words(newest)}, {newest:%H:%M} UTC"
        said = f"the clock stands before the newest event of the audit log, which is of {at}"
        raise Misconfigured("clock-behind", said, hint="set the clock")
