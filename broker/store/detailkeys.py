"""The keys of the audit log's details: one for each class and month, random, wrapped, and destroyed when it runs out.

    name      answers.2026-11                                   `audit.retention` says how long a class is kept
    row       name, wrapped under the broker's detail key       null once it is destroyed
    event     HMAC-SHA-256(key of its class and month, its id)  the key of one event's details

Keys are made two years ahead, when the broker starts and by every round of the job: an event is sealed inside of a
transaction, and making a key is another.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from broker.audit.retention import MONTHS
from broker.errors import NotFound, Unavailable, Untrusted
from broker.keys import context
from broker.keys.envelope import NONCE_BYTES
from broker.store.retention_tables import audit_keys

if TYPE_CHECKING:
    from broker.store.engine import Store

AHEAD_MONTHS = 24
KEY_BYTES = 32
_KNOWN_SECONDS = 3600.0


class DetailKeys:
    """The keys as a process knows them: each is read once an hour, by a connection of its own."""

    def __init__(self, store: Store, wrapping: bytes) -> None:
        self._store, self._wrapping = store, wrapping
        self._known: dict[str, bytes] = {}
        self._until = 0.0

    def __repr__(self) -> str:
        return "<DetailKeys>"

    def of(self, name: str) -> bytes:
        """The key `name`. Raises `Unavailable` when nobody has made it, and `NotFound` when it has run out."""
        if time.monotonic() > self._until:
            # Another process may have destroyed one: it must not stay here for ever.
            self._known, self._until = {}, time.monotonic() + _KNOWN_SECONDS
        return self._known.get(name) or self._read(name)

    def _read(self, name: str) -> bytes:
        with self._store.look() as connection:
            row = connection.execute(select(audit_keys.c.wrapped).where(audit_keys.c.name == name)).one_or_none()
        if row is None:
            hint = "run `broker retention run`"
            raise Unavailable("detail-key-missing", "the audit log's key of this month was not made", hint=hint)
        if row.wrapped is None:
            raise NotFound("details-destroyed", "the details of this event were destroyed when their time ran out")
        key = self._known[name] = unwrapped(bytes(row.wrapped), name, self._wrapping)
        return key


def ready(store: Store, wrapping: bytes, *, today: dt.date, random: Callable[[int], bytes]) -> DetailKeys:
    """The keys, those of the last month to two years ahead among them: what is lacking is made.

    That of the last month, because a clock may be put back over its end.

    One that does not open, because the key that wraps it was replaced, is made anew; what it sealed is lost with it.
    """
    first = today.year * 12 + today.month - 1
    months = [f"{one // 12:04}-{one % 12 + 1:02}" for one in range(first - 1, first + AHEAD_MONTHS)]
    names = {f"{kept}.{month}" for kept in MONTHS for month in months}
    with store.look() as connection:
        rows = connection.execute(select(audit_keys).where(audit_keys.c.wrapped.is_not(None))).all()
    lost = {row.name for row in rows if row.name in names and not _opens(bytes(row.wrapped), row.name, wrapping)}
    lacking = sorted(names - {row.name for row in rows} | lost)
    if lacking:
        made = [{"name": name, "wrapped": _wrapped(random, name, wrapping)} for name in lacking]
        with store.sequence() as connection:
            if lost:
                connection.execute(delete(audit_keys).where(audit_keys.c.name.in_(sorted(lost))))
            # Two processes may start at once: whose key is there first is the key.
            new = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(audit_keys)
            connection.execute(new.on_conflict_do_nothing(), made)
    return DetailKeys(store, wrapping)


def _wrapped(random: Callable[[int], bytes], name: str, wrapping: bytes) -> bytes:
    nonce = random(NONCE_BYTES)
    return nonce + AESGCM(wrapping).encrypt(nonce, random(KEY_BYTES), context.bind(context.DETAIL_KEY_WRAP, name))


def _opens(wrapped: bytes, name: str, wrapping: bytes) -> bool:
    try:
        unwrapped(wrapped, name, wrapping)
    except Untrusted:
        return False
    return True


def unwrapped(wrapped: bytes, name: str, wrapping: bytes) -> bytes:
    """The key `name`. Raises `Untrusted` when it does not open where it stands."""
    try:
        bound = context.bind(context.DETAIL_KEY_WRAP, name)
        return AESGCM(wrapping).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], bound)
    except InvalidTag:
        raise Untrusted("seal-broken", "a key of the audit log's details does not open where it stands") from None


def held(connection: Connection) -> list[tuple[str, int | None]]:
    """The names of the keys that are not destroyed, and since when each has run out."""
    query = select(audit_keys.c.name, audit_keys.c.expired).where(audit_keys.c.wrapped.is_not(None))
    return [(row.name, row.expired) for row in connection.execute(query.order_by(audit_keys.c.name))]


def run_out(connection: Connection, name: str, *, at: int) -> None:
    """Notes that a key's time is over: what it opens is being destroyed."""
    connection.execute(update(audit_keys).where(audit_keys.c.name == name).values(expired=at))


def destroy(connection: Connection, name: str) -> None:
    """Destroys a key for ever."""
    connection.execute(update(audit_keys).where(audit_keys.c.name == name).values(wrapped=None))
