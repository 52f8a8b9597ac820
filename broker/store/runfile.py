"""What a population run keeps while it goes on: its sums, its position, and what agencies will get back, sealed.

One SQLite file beside the grant, deleted when the run has ended. A record's share is added with the position in one
transaction, so that a run that is killed goes on with the record it was at and counts none twice. It holds no link, no
weight and no reference: sums, a number, and rows that only the agencies' key-encrypting keys open.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from broker.errors import Conflict, Misconfigured
from broker.linkage.population import Counts
from broker.store.gifts import Row

_TABLES = (
    "CREATE TABLE IF NOT EXISTS run (one INTEGER PRIMARY KEY CHECK (one = 1), grant_id BLOB NOT NULL, "
    "position INTEGER NOT NULL) STRICT",
    "CREATE TABLE IF NOT EXISTS sums (kind TEXT PRIMARY KEY, many INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS gifts (id BLOB PRIMARY KEY, agency TEXT NOT NULL, sealed BLOB NOT NULL, "
    "generation INTEGER NOT NULL) "
    "STRICT, WITHOUT ROWID",
)
_PRAGMAS = ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = NORMAL", "secure_delete = ON")
_BETWEEN = "|"


class RunFile:
    """The file of one run. Close it with `close`, or with `delete` at the end."""

    def __init__(self, path: Path, grant: bytes) -> None:
        """Begins or goes on. Raises `Conflict` when it is another grant's, `Misconfigured` when it is no such file."""
        self._path = path
        self._database = sqlite3.connect(path, isolation_level=None, timeout=1)
        try:
            # A power cut may cost the last few records, which are made once more; a killed process costs none.
            # Locked while it is open: a run that is given twice at once would count everybody twice.
            for pragma in _PRAGMAS:
                self._database.execute(f"PRAGMA {pragma}")
            for table in _TABLES:
                self._database.execute(table)
            self._database.execute("INSERT OR IGNORE INTO run VALUES (1, ?, 0)", (grant,))
        except sqlite3.Error:
            self.close()
            hint = "is this run going on already"
            raise Misconfigured("run-file-unusable", f"can't keep a run's progress in {path}", hint=hint) from None
        begun = self._database.execute("SELECT grant_id FROM run").fetchone()[0]
        if begun != grant:
            self.close()
            raise Conflict("run-other", f"{path} holds the progress of a run under another grant")

    @property
    def position(self) -> int:
        """How many records of the granted list are done."""
        return int(self._database.execute("SELECT position FROM run").fetchone()[0])

    def keep(self, position: int, counts: Counts, gift: Row | None) -> None:
        """Adds one record's share and moves the position on, or neither."""
        with self._together():
            many = [(_BETWEEN.join(kind), number) for kind, number in counts.items()]
            more = "INSERT INTO sums VALUES (?, ?) ON CONFLICT (kind) DO UPDATE SET many = many + excluded.many"
            self._database.executemany(more, many)
            if gift is not None:
                self._database.execute("INSERT INTO gifts VALUES (?, ?, ?, ?)", gift)
            self._database.execute("UPDATE run SET position = ?", (position,))

    def sums(self) -> Counts:
        """Everything added so far."""
        rows = self._database.execute("SELECT kind, many FROM sums").fetchall()
        return Counter({tuple(kind.split(_BETWEEN)): many for kind, many in rows})

    def gifts(self) -> Iterator[Row]:
        """The sealed rows so far, by id."""
        with closing(self._database.execute("SELECT id, agency, sealed, generation FROM gifts ORDER BY id")) as rows:
            yield from rows

    def close(self) -> None:
        """Leaves the file for another time."""
        self._database.close()

    def delete(self) -> None:
        """Ends it: nothing of the run stays here."""
        self.close()
        for path in (self._path, *(self._path.with_name(self._path.name + end) for end in ("-wal", "-shm"))):
            path.unlink(missing_ok=True)

    @contextmanager
    def _together(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")
