"""Population runs in the database: the records they are about, and the figures of the last one for each purpose."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from broker.store.tables import records, runs


@dataclass(frozen=True)
class LastRun:
    """What the last run for a purpose found; `ended` is in seconds."""

    purpose: str
    grant: bytes
    ended: int
    figures: dict[str, Any]


def open_rows(connection: Connection, sources: Sequence[str]) -> Iterator[Row[Any]]:
    """Every open record of `sources`, a few at a time."""
    query = select(records).where(records.c.source.in_(sources), records.c.closed.is_(False))
    yield from connection.execute(query.execution_options(yield_per=500))


def put(connection: Connection, run: LastRun) -> None:
    """Keeps the figures of a run in place of the last one's for its purpose."""
    connection.execute(delete(runs).where(runs.c.purpose == run.purpose))
    text = json.dumps(run.figures, sort_keys=True)
    values = {"purpose": run.purpose, "grant_id": run.grant, "ended": run.ended, "figures": text}
    connection.execute(insert(runs), values)


def last(connection: Connection, purpose: str) -> LastRun | None:
    """The last run for `purpose`, if there has been one."""
    row = connection.execute(select(runs).where(runs.c.purpose == purpose)).one_or_none()
    return LastRun(row.purpose, bytes(row.grant_id), row.ended, json.loads(row.figures)) if row else None
