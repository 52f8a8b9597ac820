"""What a witness remembers: the last checkpoint of each log that it cosigned, on disk before it is answered.

    cosigned   (origin, size, root, at, note)        one row for each log; `size` never goes down
    refused    (serial, origin, size, at, body)      signed by the log, and no continuation: evidence, the last 100

Losing the file, or going back to an older copy, makes the witness forget what it vouched for: it would then cosign a
log that was cut off in between. SQLite, every commit synced.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from broker.audit.checkpoint import Checkpoint
from broker.errors import Misconfigured, Unavailable

KEPT = 100
_TABLES = """
CREATE TABLE IF NOT EXISTS cosigned (
    origin TEXT NOT NULL PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, at INTEGER NOT NULL,
    note TEXT NOT NULL) STRICT;
CREATE TRIGGER IF NOT EXISTS only_grows BEFORE UPDATE ON cosigned WHEN NEW.size < OLD.size
    BEGIN SELECT RAISE(ABORT, 'a cosigned log never shrinks'); END;
CREATE TABLE IF NOT EXISTS refused (
    serial INTEGER PRIMARY KEY, origin TEXT NOT NULL, size INTEGER NOT NULL, at INTEGER NOT NULL,
    body BLOB NOT NULL) STRICT;
"""


@dataclass(frozen=True)
class Cosigned:
    """The last checkpoint of a log that was cosigned, when (seconds since 1970), and its note with both signatures."""

    checkpoint: Checkpoint
    at: int
    note: str


class Book:
    """An open database of a witness, for all the threads of a process; several processes may share it."""

    def __init__(self, path: Path) -> None:
        """Opens or makes it. Raises `Misconfigured` when that can't be done."""
        self._lock = threading.Lock()
        try:
            path.touch(mode=0o600)
            self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = FULL")
            self._database.executescript(_TABLES)
        except (OSError, sqlite3.Error):
            hint = "see docs/for/witnesses.md"
            raise Misconfigured("witness-book-unusable", f"can't open the witness's {path}", hint=hint) from None

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """One transaction that nobody else writes beside: what is read in it still holds when it commits.

        Raises `Unavailable` when it can't be written; nothing was kept then, and nothing may be answered.
        """
        try:
            with self._lock:
                self._database.execute("BEGIN IMMEDIATE")
                try:
                    yield Turn(self._database)
                    self._database.execute("COMMIT")
                except BaseException:
                    with suppress(sqlite3.Error):
                        self._database.execute("ROLLBACK")
                    raise
        except sqlite3.Error as error:
            hint = "send it again"
            raise Unavailable("witness-book-unavailable", "the witness can't write now", hint=hint) from error

    def close(self) -> None:
        """Closes the database."""
        self._database.close()


@dataclass(frozen=True)
class Turn:
    """One transaction of a book."""

    database: sqlite3.Connection

    def latest(self, origin: str) -> Cosigned | None:
        """The last checkpoint of the log `origin` that was cosigned."""
        query = "SELECT size, root, at, note FROM cosigned WHERE origin = ?"
        row = self.database.execute(query, (origin,)).fetchone()
        return None if row is None else Cosigned(Checkpoint(origin, row[0], bytes(row[1])), row[2], row[3])

    def every(self) -> list[Cosigned]:
        """The same of every log."""
        origins = [row[0] for row in self.database.execute("SELECT origin FROM cosigned ORDER BY origin")]
        return [found for found in map(self.latest, origins) if found is not None]

    def keep(self, cosigned: Cosigned) -> None:
        """Remembers that this was cosigned."""
        at = cosigned.checkpoint
        self.database.execute(
            "INSERT INTO cosigned (origin, size, root, at, note) VALUES (?, ?, ?, ?, ?) ON CONFLICT (origin) DO UPDATE"
            " SET size = excluded.size, root = excluded.root, at = excluded.at, note = excluded.note",
            (at.origin, at.size, at.root, cosigned.at, cosigned.note),
        )

    def keep_refused(self, checkpoint: Checkpoint, body: bytes, *, at: int) -> None:
        """Keeps what the log signed and this witness would not: the newest hundred."""
        self.database.execute(
            "INSERT INTO refused (origin, size, at, body) VALUES (?, ?, ?, ?)",
            (checkpoint.origin, checkpoint.size, at, body),
        )
        self.database.execute(
            "DELETE FROM refused WHERE serial NOT IN (SELECT serial FROM refused ORDER BY serial DESC LIMIT ?)", (KEPT,)
        )

    def refused(self) -> list[tuple[str, int, int, bytes]]:
        """(origin, size, when, body) of what was refused, the oldest first."""
        return list(self.database.execute("SELECT origin, size, at, body FROM refused ORDER BY serial"))
