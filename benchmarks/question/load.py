"""Bulk loading of made-up records into a real SQLite file or a real PostgreSQL."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from benchmarks.question.made_up import AGENCIES, MadeUp
from broker.store import engine, schema
from broker.store.engine import Store
from broker.store.records import number_of

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "tests"))

from pg import running

Progress = Callable[[int], None]
"""Told of every number of records that is loaded."""

_COLUMNS = (
    "id",
    "source",
    "ref",
    "version",
    "batch",
    "closed",
    "wrapped_key",
    "tokens",
    "evidence",
    "content",
    "items",
)
_TYPES = ["bytea", "varchar", "bytea", "int8", "bytea", "bool", *["bytea"] * 5]


@contextmanager
def on_sqlite(made_up: MadeUp, folder: Path, progress: Progress) -> Iterator[Store]:
    """A store on a SQLite file with all records."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "made-up.db"
    for old in folder.glob("made-up.db*"):
        old.unlink()
    store = engine.open_store(f"sqlite:///{path}")
    schema.migrate(store)
    store.engine.dispose()
    database = sqlite3.connect(path)
    # For loading only: the broker's own connections set these back.
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-500000", "locking_mode=EXCLUSIVE"):
        database.execute(f"PRAGMA {pragma}")
    filler = os.urandom(4096)
    for number in range(AGENCIES):
        share = made_up.share(number)
        database.executemany("INSERT INTO labels (source, label, reference) VALUES (?, ?, ?)", share.labels())
        marks = ", ".join(f":{column}" for column in _COLUMNS)
        text = f"INSERT INTO records (rowid, {', '.join(_COLUMNS)}) VALUES (:number, {marks})"
        database.executemany(text, ({"number": number_of(row["id"]), **row} for row in share.rows(filler)))
        database.commit()
        progress(len(share.ids))
    database.close()
    try:
        yield store
    finally:
        store.engine.dispose()
        for old in folder.glob("made-up.db*"):
            old.unlink()


@contextmanager
def on_postgresql(made_up: MadeUp, folder: Path, progress: Progress) -> Iterator[Store]:
    """A store on a PostgreSQL that is brought along, with all records."""
    filler = os.urandom(4096)
    with running() as server, server.database() as url:
        name = url.split("/")[3].split("?")[0]
        with psycopg.connect(host=str(server.folder), user="broker", dbname=name) as database:
            for number in range(AGENCIES):
                share = made_up.share(number)
                text = "COPY labels (source, label, reference) FROM STDIN (FORMAT BINARY)"
                with database.cursor().copy(text) as copy:
                    copy.set_types(["varchar", "bytea", "bytea"])
                    for label in share.labels():
                        copy.write_row(label)
                text = f"COPY records ({', '.join(_COLUMNS)}) FROM STDIN (FORMAT BINARY)"
                with database.cursor().copy(text) as copy:
                    copy.set_types(_TYPES)
                    for row in share.rows(filler):
                        copy.write_row([row[column] for column in _COLUMNS])
                database.commit()
                progress(len(share.ids))
        with server.connect(name) as connection:
            connection.execute("VACUUM (ANALYZE)")
        store = engine.open_store(url)
        try:
            yield store
        finally:
            store.engine.dispose()
