"""One transaction of the ledger: nonces, allowances, and the count log as a chain of hashes.

    chain(n) = SHA-256( chain(n-1) | JSON of [n, agency, use, id, count, at, purpose, part] ),   chain(0) = 32 zeros

A row that is changed, removed or put in later breaks every hash after it, and agencies keep hashes of earlier days.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from broker.errors import Conflict, QuotaReached
from broker.wire.evaluation import Use

Counted = (
    Use
    | Literal["compare1", "compare2", "block1", "block2", "reseal", "review", "different", "strangers"]
    | Literal["granted", "unusual_hour", "unusual_day", "refused"]
)
"""What a row counts: blinded points of a delivery or question, envelopes opened, what a call saw (`seen`), how much
more two people allow (`raised`), what is more than usual (`pace`), or who was turned away (`turnedaway`)."""
Allowance = Use | Literal["review"]

START = bytes(32)
CLOCK_STEP = 3_600
"""Seconds by which our clock may be set back without the log's times following it."""
NONCE_SECONDS = 900
"""How long a nonce is remembered: well over the age at which a request's signature is refused."""

_ALLOWANCES: Mapping[Allowance, tuple[str, str]] = {
    "post": ("deliveries", "inputs"),
    "ask": ("questions", "tickets"),
    "review": ("explanations", "envelopes"),
}


@dataclass(frozen=True)
class Row:
    """One line of the count log. `part` is the index of a block; 0 for everything else."""

    agency: str
    use: Counted
    id: bytes
    count: int
    purpose: str = ""
    part: int = 0


@dataclass(frozen=True)
class Line:
    """A row as it stands in the log."""

    serial: int
    row: Row
    at: int
    chain: bytes


@dataclass(frozen=True)
class Book:
    """The ledger inside one transaction, which has the write lock unless it only reads. `now` is in seconds since
    1970."""

    database: sqlite3.Connection
    allowances: Mapping[Allowance, int]
    now: int

    def use_nonce(self, signer: str, nonce: str) -> None:
        """Raises `Conflict` when a request of this signer had this nonce."""
        self.database.execute("DELETE FROM used WHERE expires < ?", (self.now,))
        row = (signer, nonce, self.now + NONCE_SECONDS)
        if self.database.execute("INSERT OR IGNORE INTO used VALUES (?, ?, ?)", row).rowcount == 0:
            raise Conflict("request-replayed", "this request has been answered before", hint="sign it again")

    def times(self, use: Counted, id: bytes, *, agency: str, part: int = 0) -> int:
        """How often this has been counted."""
        query = "SELECT count(*) FROM spent WHERE id = ? AND agency = ? AND use = ? AND part = ?"
        return int(self.database.execute(query, (id, agency, use, part)).fetchone()[0])

    def charge(self, agency: str, allowance: Allowance, amount: int, *, more: Callable[[], int] = lambda: 0) -> None:
        """Takes `amount` from the day's allowance. Raises `QuotaReached` when it is not there.

        `more` says what two people allow besides; it is asked when the allowance alone is not enough.
        """
        day = day_of(self.now)
        total = self.total(agency, allowance) + amount
        allowed, (name, unit) = self.allowances[allowance], _ALLOWANCES[allowance]
        allowed += more() if total > allowed else 0
        if total > allowed:
            raise QuotaReached(
                "quota-reached",
                f"the allowance for {name}, {allowed} {unit} a day, is used up",
                hint=f"it begins again at {_next_day(self.now)}",
            )
        self.database.execute("INSERT OR REPLACE INTO totals VALUES (?, ?, ?, ?)", (agency, allowance, day, total))

    def total(self, agency: str, allowance: Allowance) -> int:
        """What the agency has used of the allowance in this UTC day."""
        query = "SELECT count FROM totals WHERE agency = ? AND use = ? AND day = ?"
        found = self.database.execute(query, (agency, allowance, day_of(self.now))).fetchone()
        return int(found[0]) if found else 0

    def append(self, row: Row) -> Line:
        """Puts `row` at the end of the log."""
        last = self.database.execute("SELECT serial, at, chain FROM spent ORDER BY serial DESC LIMIT 1").fetchone()
        serial, before, chain = (last[0] + 1, last[1], last[2]) if last else (1, 0, START)
        # A clock that is set back by a little must not put a line into a day that was closed.
        at = before if 0 < before - self.now <= CLOCK_STEP else self.now
        line = Line(serial, row, at, link(chain, row, serial=serial, at=at))
        self.database.execute(
            "INSERT INTO spent (serial, agency, use, id, count, at, purpose, part, chain) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (serial, row.agency, row.use, row.id, row.count, at, row.purpose, row.part, line.chain),
        )
        return line


def link(chain: bytes, row: Row, *, serial: int, at: int) -> bytes:
    """The hash of the chain after `row`, which follows a line whose hash is `chain`."""
    content = [serial, row.agency, row.use, row.id.hex(), row.count, at, row.purpose, row.part]
    return hashlib.sha256(chain + json.dumps(content, separators=(",", ":")).encode()).digest()


def day_of(now: int) -> str:
    """The UTC day of a time in seconds since 1970."""
    return dt.datetime.fromtimestamp(now, dt.UTC).date().isoformat()


def _next_day(now: int) -> str:
    tomorrow = dt.datetime.fromtimestamp(now, dt.UTC).date() + dt.timedelta(days=1)
    return f"{tomorrow.isoformat()}T00:00:00Z"
