"""What was asked, by whom and when, on disk before the answer: SQLite, write-ahead log, every commit synced.

    spent     (agency, use, id, count, at)       the count log; an `ask` id, a ticket, is in it once and for ever
    used      (agency, nonce, expires)           request nonces, until their signature has expired anyway
    totals    (agency, use, day, count)          inputs of one UTC day, held against the allowance

It knows agencies and tickets, and nothing about people. Several processes may share a ledger: a spending is one
transaction that takes the write lock before it reads.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from broker.errors import Conflict, Misconfigured, QuotaReached, Unavailable
from broker.wire.evaluation import Use

NONCE_SECONDS = 900
"""How long a nonce is remembered: well over the age at which a request's signature is refused."""

_TABLES = """
CREATE TABLE IF NOT EXISTS spent (
    serial INTEGER PRIMARY KEY, agency TEXT NOT NULL, use TEXT NOT NULL, id BLOB NOT NULL, count INTEGER NOT NULL,
    at INTEGER NOT NULL) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS ticket ON spent (agency, id) WHERE use = 'ask';
CREATE TABLE IF NOT EXISTS used (
    agency TEXT NOT NULL, nonce TEXT NOT NULL, expires INTEGER NOT NULL, PRIMARY KEY (agency, nonce)) STRICT;
CREATE INDEX IF NOT EXISTS used_until ON used (expires);
CREATE TABLE IF NOT EXISTS totals (
    agency TEXT NOT NULL, use TEXT NOT NULL, day TEXT NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (agency, use, day)) STRICT;
"""
_ALLOWANCE = {"post": "deliveries", "ask": "questions"}


@dataclass(frozen=True)
class Spending:
    """One evaluation about to be answered: `count` inputs for a delivery or ticket `id`, in a request with `nonce`."""

    agency: str
    use: Use
    id: bytes
    count: int
    nonce: str


class Ledger:
    """An open ledger. `allowances` are inputs of one agency in one UTC day, for each use."""

    def __init__(self, path: Path, allowances: Mapping[Use, int]) -> None:
        """Opens or makes the ledger at `path`. Raises `Misconfigured` when it can't be."""
        self._allowances = dict(allowances)
        self._lock = threading.Lock()
        try:
            path.touch(mode=0o600)
            self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = FULL")
            self._database.executescript(_TABLES)
        except (OSError, sqlite3.Error):
            raise Misconfigured(
                "ledger-unusable", f"can't open the ledger {path}", hint="see deploy/README.md"
            ) from None

    def spend(self, spending: Spending, *, now: int) -> None:
        """Records `spending` durably; when this returns, the answer may leave.

        `now` in seconds since 1970. Raises `Conflict` for a request or ticket that was seen before, `QuotaReached` when
        the day's allowance would be exceeded, `Unavailable` when the ledger can't be written; nothing is spent then.
        """
        with self._write() as database:
            database.execute("DELETE FROM used WHERE expires < ?", (now,))
            self._use_nonce(database, spending, now)
            if spending.use == "ask":
                self._refuse_used_ticket(database, spending)
            self._charge(database, spending, now)
            row = (spending.agency, spending.use, spending.id, spending.count, now)
            database.execute("INSERT INTO spent (agency, use, id, count, at) VALUES (?, ?, ?, ?, ?)", row)

    def spent(self, agency: str, use: Use, *, now: int) -> int:
        """Inputs that `agency` has spent on `use` in the UTC day of `now`."""
        with self._write() as database:
            return _total(database, agency, use, _day(now))

    def check(self) -> None:
        """Raises `Unavailable` unless the ledger could take a spending now. Leaves nothing behind."""
        with self._write() as database:
            database.execute("SAVEPOINT probe")
            database.execute("INSERT INTO used VALUES ('', '', 0)")
            database.execute("ROLLBACK TO probe")

    def close(self) -> None:
        with self._lock:
            self._database.close()

    @staticmethod
    def _use_nonce(database: sqlite3.Connection, spending: Spending, now: int) -> None:
        row = (spending.agency, spending.nonce, now + NONCE_SECONDS)
        if database.execute("INSERT OR IGNORE INTO used VALUES (?, ?, ?)", row).rowcount == 0:
            raise Conflict("request-replayed", "this request has been answered before", hint="sign it again")

    @staticmethod
    def _refuse_used_ticket(database: sqlite3.Connection, spending: Spending) -> None:
        query = "SELECT 1 FROM spent WHERE use = 'ask' AND agency = ? AND id = ?"
        if database.execute(query, (spending.agency, spending.id)).fetchone():
            raise Conflict("ticket-used", "this ticket has been used", hint="ask again with a new ticket")

    def _charge(self, database: sqlite3.Connection, spending: Spending, now: int) -> None:
        day = _day(now)
        total = _total(database, spending.agency, spending.use, day) + spending.count
        allowed = self._allowances[spending.use]
        if total > allowed:
            raise QuotaReached(
                "quota-reached",
                f"the allowance for {_ALLOWANCE[spending.use]}, {allowed} inputs a day, is used up",
                hint=f"it begins again at {_next_day(now)}",
            )
        database.execute(
            "INSERT OR REPLACE INTO totals VALUES (?, ?, ?, ?)", (spending.agency, spending.use, day, total)
        )

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        """A transaction that holds the write lock from its first statement. Raises `Unavailable` when it can't."""
        with self._lock:
            try:
                self._database.execute("BEGIN IMMEDIATE")
                yield self._database
                self._database.execute("COMMIT")
            except sqlite3.Error:
                raise Unavailable("ledger-unavailable", "the ledger can't be written", hint="try again later") from None
            finally:
                with suppress(sqlite3.Error):
                    if self._database.in_transaction:
                        self._database.execute("ROLLBACK")


def _total(database: sqlite3.Connection, agency: str, use: Use, day: str) -> int:
    query = "SELECT count FROM totals WHERE agency = ? AND use = ? AND day = ?"
    row = database.execute(query, (agency, use, day)).fetchone()
    return int(row[0]) if row else 0


def _day(now: int) -> str:
    return dt.datetime.fromtimestamp(now, dt.UTC).date().isoformat()


def _next_day(now: int) -> str:
    tomorrow = dt.datetime.fromtimestamp(now, dt.UTC).date() + dt.timedelta(days=1)
    return f"{tomorrow.isoformat()}T00:00:00Z"
