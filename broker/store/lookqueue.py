"""The queue of IG officers: look-ups that somebody looks at, and what the alert rules remember of the log.

    id       HMAC-SHA256(verdict key, "tysc/watch/v1\\0" | the matter's event)[:16]
    sealed   under the verdict seal key, bound to the id and the agency

A dump tells how many look-ups an agency has to look at, and by when: not which, of whom, or why.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Row, delete, insert, select, update

from broker.errors import Conflict, Untrusted
from broker.keys import context
from broker.keys.envelope import NONCE_BYTES, pad, unpad
from broker.keys.keyring import Keyring
from broker.store.case_tables import look_queue, look_watch
from broker.wire.audit_queue import LookOutcome, LookState

_STEP = 4096


@dataclass(frozen=True)
class Why:
    """What an item is about: the event of the matter in hex, who acted, and the reasons that brought it here.

    `thresholds` is the SHA-256 of those that the reasons were found under; `note` is sealed to the agency itself.
    """

    about: str
    actor: str
    reasons: tuple[str, ...]
    severity: int
    thresholds: str
    taken_by: str = ""
    outcome: LookOutcome | None = None
    reviewer: str = ""
    note: str = field(default="", repr=False)


@dataclass(frozen=True)
class Item:
    """`made` and `due` are seconds since 1970."""

    id: bytes
    agency: str
    state: LookState
    made: int
    due: int
    why: Why = field(repr=False)


def item_id(keyring: Keyring, about: str) -> bytes:
    """The one id of a matter in the queue."""
    return hmac.digest(keyring.verdict_key, context.bind(context.WATCH, "item", about), hashlib.sha256)[:16]


def is_drawn(keyring: Keyring, about: str, *, percent: int) -> bool:
    """Whether a look-up is in the sample. Nobody without the key can tell before, and it stays so."""
    drawn = hmac.digest(keyring.verdict_key, context.bind(context.WATCH, "sample", about), hashlib.sha256)
    return int.from_bytes(drawn[:8], "big") * 100 < percent << 64


def put(connection: Connection, keyring: Keyring, item: Item, *, random: Callable[[int], bytes]) -> None:
    """Keeps an item, or writes it anew."""
    row = _row(keyring, item, random)
    changed = update(look_queue).where(look_queue.c.id == item.id).values(**row).returning(look_queue.c.id)
    if connection.execute(changed).first() is None:
        connection.execute(insert(look_queue), {"id": item.id, **row})


def of(connection: Connection, keyring: Keyring, one: bytes) -> Item | None:
    """The item of this id."""
    return next(_opened(keyring, connection.execute(select(look_queue).where(look_queue.c.id == one))), None)


def with_prefix(connection: Connection, keyring: Keyring, prefix: bytes) -> list[Item]:
    """The items whose id begins with `prefix`; nobody else changes them until the transaction ends."""
    rest = 16 - len(prefix)
    between = look_queue.c.id.between(prefix + bytes(rest), prefix + b"\xff" * rest)
    return list(_opened(keyring, connection.execute(select(look_queue).where(between).with_for_update())))


def of_agency(connection: Connection, keyring: Keyring, agency: str | None, *, waiting: bool) -> list[Item]:
    """The items of an agency, or of all: what waits, or everything that is kept."""
    query = select(look_queue)
    query = query.where(look_queue.c.agency == agency) if agency is not None else query
    query = query.where(look_queue.c.state != "closed") if waiting else query
    return list(_opened(keyring, connection.execute(query.order_by(look_queue.c.due, look_queue.c.id))))


def forget(connection: Connection, *, made_before: int) -> int:
    """Deletes what was closed and is old. Returns how many."""
    old = delete(look_queue).where(look_queue.c.made < made_before, look_queue.c.state == "closed")
    return len(connection.execute(old.returning(look_queue.c.id)).all())


def remembered(connection: Connection, keyring: Keyring) -> tuple[int, dict[str, Any]]:
    """Up to where the rules have read the log, and what they remember."""
    row = connection.execute(select(look_watch)).first()
    if row is None:
        return 0, {}
    return row.place, _open(keyring, bytes(row.sealed), context.bind(context.WATCH_SEAL, "memory"))


def remember(
    connection: Connection, keyring: Keyring, content: dict[str, Any], *, was: int, place: int,
    random: Callable[[int], bytes],
) -> None:  # fmt: skip
    """Writes what the rules remember at `place`. Raises `Conflict` when another process read on from `was` first."""
    sealed = _seal(keyring, content, context.bind(context.WATCH_SEAL, "memory"), random)
    changed = update(look_watch).where(look_watch.c.place == was).values(place=place, sealed=sealed)
    if connection.execute(changed.returning(look_watch.c.one)).first() is not None:
        return
    if was or connection.execute(select(look_watch.c.one)).first() is not None:
        raise Conflict("watch-overtaken", "another process is looking through the log; it goes on by itself")
    connection.execute(insert(look_watch), {"one": 1, "place": place, "sealed": sealed})


def _row(keyring: Keyring, item: Item, random: Callable[[int], bytes]) -> dict[str, Any]:
    bound = context.bind(context.WATCH_SEAL, "item", item.id, item.agency)
    sealed = _seal(keyring, asdict(item.why), bound, random)
    return {"agency": item.agency, "state": item.state, "made": item.made, "due": item.due, "sealed": sealed}


def _opened(keyring: Keyring, rows: Iterable[Row[Any]]) -> Iterator[Item]:
    for row in rows:
        content = _open(keyring, bytes(row.sealed), context.bind(context.WATCH_SEAL, "item", bytes(row.id), row.agency))
        why = Why(**{**content, "reasons": tuple(content["reasons"])})
        yield Item(bytes(row.id), row.agency, row.state, row.made, row.due, why)


def _seal(keyring: Keyring, content: dict[str, Any], bound: bytes, random: Callable[[int], bytes]) -> bytes:
    nonce = random(NONCE_BYTES)
    return nonce + AESGCM(keyring.verdict_seal_key).encrypt(nonce, pad(json.dumps(content).encode(), _STEP), bound)


def _open(keyring: Keyring, sealed: bytes, bound: bytes) -> dict[str, Any]:
    try:
        plain = AESGCM(keyring.verdict_seal_key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
    except InvalidTag:
        raise Untrusted("seal-broken", "what waits for an IG officer does not open where it stands") from None
    content: dict[str, Any] = json.loads(unpad(plain))
    return content
