"""How many requests an agency may send in a minute, whatever they are: as at the broker, over restarts.

    rates     (agency, until)     up to when its allowance is used, in milliseconds since 1970

What is refused, repeated or only read costs no allowance of a day, so it has this one. The generic cell rate algorithm
(ITU-T I.371), taken in blocks: one request in fifty is written down. The broker is not counted: whatever it sends is
paid for by a ticket or a grant.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from threading import Lock

from broker.errors import TooFast
from broker.linkunit.ledger import Ledger

BLOCK = 50
_MINUTE = 60_000
# What lies further ahead than two minutes was written by a clock that was wrong.
_MOVE = f"""
INSERT INTO rates VALUES (:agency, :at + :by) ON CONFLICT (agency) DO UPDATE SET
until = CASE WHEN until BETWEEN :at AND :at + {2 * _MINUTE} THEN until ELSE :at END + :by RETURNING until
"""  # noqa: S608 - a number of ours


@dataclass
class Rates:
    """The allowance of each agency, `a_minute` requests."""

    ledger: Ledger
    a_minute: int
    _left: dict[str, int] = field(default_factory=dict)
    _again: dict[str, int] = field(default_factory=dict)
    """When whoever was refused may come again: until then nothing is written."""
    _turn: Lock = field(default_factory=Lock)

    def count(self, agency: str, now: dt.datetime) -> None:
        """Counts one request. Raises `TooFast` when the agency has to wait, and `Unavailable`."""
        at = int(now.timestamp() * 1000)
        with self._turn:
            if self._left.get(agency, 0) > 0:
                self._left[agency] -= 1
                return
            if 0 < (wait := self._again.get(agency, 0) - at) <= _MINUTE:
                raise TooFast(-(-wait // 1000))
            block = min(BLOCK, self.a_minute)
            self._take(agency, at, block * _MINUTE // self.a_minute)
            self._left[agency] = block - 1

    def _take(self, agency: str, at: int, share: int) -> None:
        with self.ledger.writing(at // 1000) as book:
            row = book.database.execute(_MOVE, {"agency": agency, "at": at, "by": share}).fetchall()
            if (ahead := row[0][0] - at) > _MINUTE:
                self._again[agency] = at + ahead - _MINUTE
                # The transaction is undone: who is refused has used nothing.
                raise TooFast(-(-(ahead - _MINUTE) // 1000))
