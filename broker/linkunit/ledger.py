"""What was asked, by whom and when, on disk before the answer: SQLite, write-ahead log, every call synced.

    spent     (serial, agency, use, id, count, at, purpose, part, chain)   the count log; a ticket is in it for ever
    used      (agency, nonce, expires)           request nonces, until their signature has expired anyway
    given     (key, id, at)                      which access credentials were given, while they last
    rates     (agency, until)                    how far a minute's requests are used (`rates`)
    totals    (agency, use, day, count)          what one UTC day has used, held against the allowance
    raised    (id, agency, use, first, last, ...)        what two people allow beyond it (`raised`)
    hours     (agency, use, hour, count, told)   what is usual (`pace`)
    granted   (grant, openings, blocks, different, strangers, last)   what a population run has used and seen

It knows agencies, tickets, grants and positions in a grant's list, and nothing about people. Several processes may
share a ledger: a spending is one transaction that takes the write lock before it reads.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from broker import admission
from broker.errors import Conflict, Misconfigured, TooFast, Unavailable
from broker.keys.trust import Trust
from broker.linkunit import pace, raised
from broker.linkunit.book import START, Allowance, Book, Line, Row, link
from broker.linkunit.pace import Unusual
from broker.turnedaway import Counts
from broker.wire.evaluation import Use

RECHECKED = 10_000
"""Lines at the end of the count log whose hashes are computed again when a ledger is opened."""

_TABLES = """
CREATE TABLE IF NOT EXISTS spent (
    serial INTEGER PRIMARY KEY, agency TEXT NOT NULL, use TEXT NOT NULL, id BLOB NOT NULL, count INTEGER NOT NULL,
    at INTEGER NOT NULL, purpose TEXT NOT NULL, part INTEGER NOT NULL, chain BLOB NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS spent_id ON spent (id, agency, use, part);
CREATE INDEX IF NOT EXISTS spent_at ON spent (at);
CREATE UNIQUE INDEX IF NOT EXISTS ticket ON spent (agency, id, use)
    WHERE use IN ('ask', 'compare1', 'compare2', 'review');
CREATE TABLE IF NOT EXISTS used (
    agency TEXT NOT NULL, nonce TEXT NOT NULL, expires INTEGER NOT NULL, PRIMARY KEY (agency, nonce)) STRICT;
CREATE INDEX IF NOT EXISTS used_until ON used (expires);
CREATE TABLE IF NOT EXISTS given (
    key TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (key, id)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rates (agency TEXT NOT NULL PRIMARY KEY, until INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS totals (
    agency TEXT NOT NULL, use TEXT NOT NULL, day TEXT NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (agency, use, day)) STRICT;
CREATE TABLE IF NOT EXISTS granted (
    id BLOB NOT NULL PRIMARY KEY, openings INTEGER NOT NULL DEFAULT 0, blocks INTEGER NOT NULL DEFAULT 0,
    different INTEGER NOT NULL DEFAULT 0, strangers INTEGER NOT NULL DEFAULT 0, last INTEGER NOT NULL DEFAULT 0) STRICT;
"""
_TABLES += pace.TABLE + raised.TABLE


@dataclass(frozen=True)
class Spending:
    """One evaluation about to be answered: `count` inputs for a delivery or ticket `id`, in a request with `nonce`."""

    agency: str
    use: Use
    id: bytes
    count: int
    nonce: str

    @property
    def price(self) -> int:
        """What it takes from the allowance: a delivery its inputs; a question one, with all that may follow from it."""
        return 1 if self.use == "ask" else self.count


class Ledger:
    """An open ledger. `allowances` are what one agency may use in one UTC day."""

    def __init__(self, path: Path, allowances: Mapping[Allowance, int]) -> None:
        """Opens or makes the ledger at `path`. Raises `Misconfigured` when it can't be or its chain is broken."""
        self._allowances = dict(allowances)
        self._lock = threading.Lock()
        try:
            path.touch(mode=0o600)
            self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = FULL")
            self._database.executescript(_TABLES)
            # Whoever reads takes no lock: a long count log must not keep a question waiting.
            self._reading = threading.Lock()
            self._reader = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
            self._reader.execute("PRAGMA query_only = ON")
            unbroken = self._is_chained()
        except (OSError, sqlite3.Error):
            raise Misconfigured(
                "ledger-unusable", f"can't open the ledger {path}", hint="see deploy/README.md"
            ) from None
        if not unbroken:
            hint = "keep the file: somebody changed it; see deploy/README.md"
            raise Misconfigured("ledger-changed", f"the count log in {path} does not fit its own hashes", hint=hint)

    def spend(self, spending: Spending, *, now: int, trust: Trust | None = None) -> Unusual | None:
        """Records `spending` durably; when this returns, the answer may leave. Says when it is more than usual.

        `now` in seconds since 1970; `trust` says whose leave for more counts. Raises `Conflict` for a request or ticket
        that was seen before, `QuotaReached` when the day's allowance would be exceeded, `Unavailable` when the ledger
        can't be written; nothing is spent then.
        """
        with self.writing(now) as book:
            book.use_nonce(spending.agency, spending.nonce)
            if spending.use == "ask" and book.times("ask", spending.id, agency=spending.agency):
                raise Conflict("ticket-used", "this ticket has been used", hint="ask again with a new ticket")
            agency, use = spending.agency, spending.use
            book.charge(agency, use, spending.price, more=lambda: raised.more(book, agency, use, trust))
            book.append(Row(agency, use, spending.id, spending.count))
            return pace.note(book, agency, use, spending.price, id=spending.id)

    def note(self, key_id: str, ids: Sequence[str], *, now: int) -> bool:
        """As an `admission.Book`: notes one credential for a key; False when one of the ids was used before."""
        with self.writing(now) as book:
            book.database.execute("DELETE FROM given WHERE at <= ?", (now - admission.SPAN,))
            rows = [(key_id, one, now) for one in ids]
            added = book.database.executemany("INSERT OR IGNORE INTO given VALUES (?, ?, ?)", rows).rowcount
            of_key = "SELECT count(*), min(at) FROM given WHERE key = ?"
            count, oldest = book.database.execute(of_key, (key_id,)).fetchone()
            if count > admission.MOST * len(ids):
                # Whatever is raised here takes the rows back, so a refusal does not lengthen the wait.
                raise TooFast(oldest + admission.SPAN - now)
            return added == len(ids)

    def turned_away(self, counts: Counts, *, now: int, id: bytes) -> None:
        """Adds to the count log how many were turned away, by the party that they said they were."""
        with self.writing(now) as book:
            for party, reasons in counts.items():
                book.append(Row(party, "refused", id, sum(reasons.values()), purpose=""))

    def spent(self, agency: str, use: Allowance, *, now: int) -> int:
        """What `agency` has used of an allowance in the UTC day of `now`."""
        with self.reading(now) as book:
            return book.total(agency, use)

    def lines(self, after: int, *, most: int) -> list[Line]:
        """Up to `most` lines of the count log that follow the line `after`."""
        query = (
            "SELECT serial, agency, use, id, count, purpose, part, at, chain FROM spent WHERE serial > ? "
            "ORDER BY serial LIMIT ?"
        )
        with self.reading(0) as book:
            found = book.database.execute(query, (after, most)).fetchall()
        return [Line(one[0], Row(*one[1:7]), one[7], one[8]) for one in found]

    def check(self) -> None:
        """Raises `Unavailable` unless the ledger could take a spending now. Leaves nothing behind."""
        with self.writing(0) as book:
            book.database.execute("SAVEPOINT probe")
            book.database.execute("INSERT INTO used VALUES ('', '', 0)")
            book.database.execute("ROLLBACK TO probe")

    def close(self) -> None:
        with self._lock, self._reading:
            self._database.close()
            self._reader.close()

    @contextmanager
    def reading(self, now: int) -> Iterator[Book]:
        """What is on disk at one moment, while others write. Raises `Unavailable` when it can't be read."""
        with self._reading:
            try:
                self._reader.execute("BEGIN")
                yield Book(self._reader, self._allowances, now)
            except sqlite3.Error:
                raise Unavailable("ledger-unavailable", "the ledger can't be read", hint="try again later") from None
            finally:
                with suppress(sqlite3.Error):
                    if self._reader.in_transaction:
                        self._reader.execute("ROLLBACK")

    @contextmanager
    def writing(self, now: int, *, is_flushed: bool = True) -> Iterator[Book]:
        """A transaction that holds the write lock from its first statement. Raises `Unavailable` when it can't.

        It is on disk when the block ends; an error inside leaves nothing behind. Where it is not flushed, the next one
        that is takes it along, and till then only a machine that loses its power forgets it.
        """
        with self._lock:
            try:
                self._database.execute(f"PRAGMA synchronous = {'FULL' if is_flushed else 'NORMAL'}")
                self._database.execute("BEGIN IMMEDIATE")
                yield Book(self._database, self._allowances, now)
                self._database.execute("COMMIT")
            except sqlite3.Error:
                raise Unavailable("ledger-unavailable", "the ledger can't be written", hint="try again later") from None
            finally:
                with suppress(sqlite3.Error):
                    if self._database.in_transaction:
                        self._database.execute("ROLLBACK")

    def _is_chained(self) -> bool:
        """Whether the last lines of the log fit their hashes."""
        size = int(self._database.execute("SELECT coalesce(max(serial), 0) FROM spent").fetchone()[0])
        before, chain = max(0, size - RECHECKED), START
        if before:
            chain = next((line.chain for line in self.lines(before - 1, most=1) if line.serial == before), START)
        lines = self.lines(before, most=RECHECKED)
        for line in lines:
            if line.serial != before + 1 or line.chain != link(chain, line.row, serial=line.serial, at=line.at):
                return False
            chain, before = line.chain, line.serial
        return True
