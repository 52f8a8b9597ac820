"""Who has been told how two records of an answer agree: for an hour, so that they may confirm that match.

    id   HMAC-SHA256(verdict key, "tysc/review/v1\\0" | agency | staff | answer | the two records' tags in it)

A row of `spent` among tickets and nonces: a dump shows that there was a review in the last hour, and no more.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

from sqlalchemy import Connection, delete, select

from broker.keys import context
from broker.keys.keyring import Keyring
from broker.store import deliveries
from broker.store.tables import spent

KIND = "explained"


@dataclass(frozen=True)
class Review:
    """A reviewer, by their agency and its pseudonym, and the pair: the records' `trace_tag`s in `answer`."""

    agency: str
    staff: str = field(repr=False)
    answer: bytes
    tags: frozenset[str] = field(repr=False)

    def name(self, keyring: Keyring) -> bytes:
        bound = context.bind(context.REVIEW, self.agency, self.staff, self.answer, *sorted(self.tags))
        return hmac.digest(keyring.verdict_key, bound, hashlib.sha256)


def keep(connection: Connection, keyring: Keyring, review: Review, *, expires: int, now: int) -> None:
    """Keeps that the reviewer was told, until `expires`; told again, they know it for longer."""
    name = review.name(keyring)
    connection.execute(delete(spent).where(spent.c.kind == KIND, spent.c.id == name))
    deliveries.spend(connection, KIND, name, expires=expires, now=now)


def holds(connection: Connection, keyring: Keyring, review: Review, *, now: int) -> bool:
    """Whether the reviewer was told, and not too long ago."""
    query = select(spent.c.id).where(spent.c.kind == KIND, spent.c.id == review.name(keyring), spent.c.expires >= now)
    return connection.execute(query).first() is not None
