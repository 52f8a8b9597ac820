"""What of a week's questions shows a walk through guesses, and nothing of who was asked about.

    point     HMAC-SHA256(guess key, "tysc/guess/v1\\0" | agency | staff | number | point)[:16]
    question  16 random bytes, the same in all rows of one question
    number    the match key's number; 0 for a row that stands for something else than a point
    hour      hours since 1970

Who asked is inside every HMAC: the same person asked about by two members of staff gives nothing equal. There is no row
for a member of staff, no second, and nothing that leads to a record or to an answer. Rows are deleted after seven days,
with the next question of anybody. Questions of one agency wait for each other at its allowance (`charge_question`),
which the caller has charged before: of two at the same moment the later one sees the other's rows.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from broker.keys import context
from broker.keys.keyring import Keyring
from broker.linkage.compare import Points
from broker.store import driver, inlist
from broker.store.engine import Tx
from broker.store.tables import guesses

KEPT_HOURS = 7 * 24
_DAY_HOURS = 24
_NO_QUESTION = bytes(16)

# What another transaction is forgetting now is left to it: waiting for it would put all questions in one line.
_OLD = "SELECT point, question FROM guesses WHERE hour < %s FOR UPDATE SKIP LOCKED"
_FORGET = {
    "sqlite": "DELETE FROM guesses WHERE hour < ?",
    "postgresql": f"DELETE FROM guesses WHERE (point, question) IN ({_OLD})",  # noqa: S608
}
_LINKED = (
    "SELECT question, number, point FROM guesses"
    " WHERE question IN (SELECT question FROM guesses WHERE point {among}) AND number IN ({numbers})"
)

Asked: TypeAlias = dict[int, frozenset[bytes]]
"""Of one question, for each match-key number, its points' HMACs."""


@dataclass(frozen=True)
class Asker:
    """Who asks: an agency and its own pseudonym for a member of staff, and when."""

    agency: str
    staff: str = field(repr=False)
    at: dt.datetime

    @property
    def hour(self) -> int:
        return int(self.at.timestamp()) // 3600


def forget_old(connection: Connection, now: dt.datetime) -> None:
    """Deletes what is older than seven days."""
    driver.run(connection, _FORGET[connection.dialect.name], (int(now.timestamp()) // 3600 - KEPT_HOURS,))


def named(keyring: Keyring, asker: Asker, points: Points) -> Asked:
    """The HMACs of a question's points, by match-key number."""
    found: dict[int, set[bytes]] = {}
    for number, point in points:
        found.setdefault(number, set()).add(_hmac(keyring, asker, number, point))
    return {number: frozenset(names) for number, names in found.items()}


def linked(connection: Connection, points: Asked, *, addresses: Collection[int]) -> list[Asked]:
    """Of each kept question that shares one of `points`, the points under the match keys `addresses`."""
    names = [name for some in points.values() for name in some]
    among, values = inlist.among(connection, names)
    text = _LINKED.format(among=among, numbers=", ".join(map(str, sorted(addresses))))
    found: dict[bytes, dict[int, set[bytes]]] = {}
    for question, number, point in driver.rows(connection, text, values):
        found.setdefault(bytes(question), {}).setdefault(number, set()).add(bytes(point))
    return [{number: frozenset(some) for number, some in one.items()} for one in found.values()]


def keep(tx: Tx, asker: Asker, points: Asked, *, question: bytes) -> None:
    """Keeps a question's points for seven days; `question` is 16 random bytes."""
    rows = [(name, question, number, asker.hour) for number, names in points.items() for name in names]
    tx.insert("guesses", ("point", "question", "number", "hour"), rows)


def count_blind(connection: Connection, keyring: Keyring, asker: Asker, *, question: bytes) -> int:
    """Keeps that a question with nothing but an address found nobody. Returns how many there were in 24 hours."""
    name = _hmac(keyring, asker, "blind")
    connection.execute(insert(guesses), {"point": name, "question": question, "number": 0, "hour": asker.hour})
    late = guesses.c.hour >= asker.hour - _DAY_HOURS
    query = select(func.count()).select_from(guesses).where(guesses.c.point == name, late)
    return int(connection.execute(query).scalar_one())


def is_first_today(connection: Connection, keyring: Keyring, asker: Asker, *, rule: str) -> bool:
    """Whether a rule has not spoken about this member of staff yet on this UTC day. Asked again, it has."""
    name = _hmac(keyring, asker, "alarm", rule, asker.at.date().isoformat())
    row = {"point": name, "question": _NO_QUESTION, "number": 0, "hour": asker.hour}
    claimed = _dialect(connection).insert(guesses).values(**row).on_conflict_do_nothing()
    return connection.execute(claimed.returning(guesses.c.point)).first() is not None


def _hmac(keyring: Keyring, asker: Asker, *about: str | bytes | int) -> bytes:
    bound = context.bind(context.GUESS, asker.agency, asker.staff, *about)
    return hmac.digest(keyring.guess_key, bound, hashlib.sha256)[:16]


def _dialect(connection: Connection) -> Any:
    return sqlite if connection.dialect.name == "sqlite" else postgresql
