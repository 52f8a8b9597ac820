"""How many requests an agency may send, over restarts and over all processes of one broker.

What is kept of an agency is one time: up to when its allowance is used (the generic cell rate algorithm, ITU-T I.371).
Each request moves it on by a minute's share. An agency that was silent has a whole minute's requests before it; one
that runs further ahead of the clock than that waits. Requests are taken in blocks, so that one in fifty costs a
statement; a process that ends takes what is left of its block along, which errs on the side of fewer.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from sqlalchemy import Connection, case, literal
from sqlalchemy.dialects import postgresql, sqlite

from broker.errors import TooFast
from broker.store.door_tables import request_rates
from broker.store.engine import Store

BLOCK = 50
_MINUTE = 60_000


@dataclass
class Rates:
    """The allowance of each agency, `a_minute` requests."""

    store: Store
    a_minute: int
    _left: dict[str, int] = field(default_factory=dict)
    _again: dict[str, int] = field(default_factory=dict)
    """When whoever was refused may come again: until then the database is not asked, which has one writer."""
    _turn: Lock = field(default_factory=Lock)

    def count(self, agency: str, now: dt.datetime) -> None:
        """Counts one request. Raises `TooFast` when the agency has to wait, and `Unavailable`."""
        at = int(now.timestamp() * 1000)
        with self._turn:
            left = self._left.get(agency, 0)
            if left > 0:
                self._left[agency] = left - 1
                return
            if 0 < (wait := self._again.get(agency, 0) - at) <= _MINUTE:
                raise TooFast(-(-wait // 1000))
        block = min(BLOCK, self.a_minute)
        share = block * _MINUTE // self.a_minute
        with self.store.derive() as connection:
            ahead = _move(connection, agency, at=at, by=share) - at
            if ahead > _MINUTE:
                self._again[agency] = at + ahead - _MINUTE
                # The transaction is undone: who is refused has used nothing.
                raise TooFast(-(-(ahead - _MINUTE) // 1000))
        with self._turn:
            self._left[agency] = self._left.get(agency, 0) + block - 1


def _move(connection: Connection, agency: str, *, at: int, by: int) -> int:
    """Moves on the time up to which the allowance is used, from `at` at least. Returns it."""
    dialect: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
    first = dialect.insert(request_rates).values(agency=agency, until=at + by)
    until = request_rates.c.until
    # What lies further ahead was written by a clock that was wrong.
    moved = case((until.between(at, at + 2 * _MINUTE), until), else_=literal(at)) + by
    return int(
        connection.execute(
            first.on_conflict_do_update(index_elements=[request_rates.c.agency], set_={"until": moved}).returning(until)
        ).scalar_one()
    )
