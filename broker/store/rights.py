"""Rights in use: which right a person uses about which record, what its clock did, and what was decided.

    id       HMAC-SHA256(verdict key, "tysc/right/v1\\0" | agency | request id)[:16]
    sealed   under the verdict seal key, bound to the id and the agency

A dump tells which agency owes how many answers by when; which right, about which record and what came of it is sealed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Row, delete, insert, select, update

from broker.errors import Untrusted
from broker.keys import context
from broker.keys.envelope import NONCE_BYTES, pad, unpad
from broker.keys.keyring import Keyring
from broker.policy.rights import RightClock
from broker.store.case_tables import rights
from broker.wire.rights import Ground, Right, RightOutcome, RightState

_STEP = 1024
WAITING: tuple[RightState, ...] = ("open", "paused", "escalated")


@dataclass(frozen=True)
class Matter:
    """What a right in use is about. `record` is a record's id in hex and `version` the one it had; days are ISO dates.

    `staff` took it in or opened it again, and `entry` is the register's entry that it made, in hex.
    """

    right: Right
    source: str
    record: str
    version: int
    staff: str
    received: str
    identified: str | None = None
    acknowledged: str | None = None
    paused_since: str | None = None
    paused_for: Literal["identity", "clarification"] | None = None
    paused_days: int = 0
    months: int = 1
    entry: str = ""
    outcome: RightOutcome | None = None
    ground: Ground | None = None
    reviewer: str = ""
    decided: str = ""
    told: tuple[str, ...] = ()
    chased: str = ""
    """The day of the stop (`paused_since`) of which the agency was told that it lasts long."""
    written_late: int = 0
    """By how many days something that mended an overdue clock was written down after it is said to have happened."""

    @property
    def clock(self) -> RightClock:
        """What its due day follows from."""
        return RightClock(
            dt.date.fromisoformat(self.received),
            _day(self.identified),
            self.paused_days,
            self.months,
            _day(self.acknowledged),
        )

    @property
    def stopped(self) -> dt.date | None:
        """Since when its clock stands still."""
        return _day(self.paused_since)


@dataclass(frozen=True)
class RightInUse:
    """`made` and `due` are seconds since 1970; of one that is paused or settled `due` says nothing."""

    id: bytes
    agency: str
    state: RightState
    made: int
    due: int
    matter: Matter = field(repr=False)

    @property
    def is_waiting(self) -> bool:
        """Whether nobody has decided it yet."""
        return self.state in WAITING


def right_id(keyring: Keyring, agency: str, request: bytes) -> bytes:
    """The id of what an agency takes in with a request."""
    return hmac.digest(keyring.verdict_key, context.bind(context.RIGHT, agency, request), hashlib.sha256)[:16]


def put(connection: Connection, keyring: Keyring, one: RightInUse, *, random: Callable[[int], bytes]) -> None:
    """Keeps a new one."""
    connection.execute(insert(rights), {"id": one.id, **_row(keyring, one, random)})


def change(connection: Connection, keyring: Keyring, one: RightInUse, *, random: Callable[[int], bytes]) -> None:
    """Writes one anew that was read `held`."""
    connection.execute(update(rights).where(rights.c.id == one.id).values(**_row(keyring, one, random)))


def with_prefix(connection: Connection, keyring: Keyring, prefix: bytes, *, held: bool = False) -> list[RightInUse]:
    """Those whose id begins with `prefix`; `held`: nobody else changes them until the transaction ends."""
    rest = 16 - len(prefix)
    query = select(rights).where(rights.c.id.between(prefix + bytes(rest), prefix + b"\xff" * rest))
    return list(_opened(keyring, connection.execute(query.with_for_update() if held else query)))


def of_agency(connection: Connection, keyring: Keyring, agency: str) -> list[RightInUse]:
    """All that is kept of an agency, the earliest due first."""
    query = select(rights).where(rights.c.agency == agency).order_by(rights.c.due, rights.c.id)
    return list(_opened(keyring, connection.execute(query)))


def running_out(connection: Connection, keyring: Keyring, *, now: int) -> list[RightInUse]:
    """What nobody has decided by its due day; held until the transaction ends."""
    late = select(rights).where(rights.c.state == "open", rights.c.due <= now).order_by(rights.c.id)
    return list(_opened(keyring, connection.execute(late.with_for_update())))


def stopped(connection: Connection, keyring: Keyring) -> list[RightInUse]:
    """Those whose clock stands still; held until the transaction ends."""
    still = select(rights).where(rights.c.state == "paused").order_by(rights.c.id)
    return list(_opened(keyring, connection.execute(still.with_for_update())))


def forget(connection: Connection, *, due_before: int) -> int:
    """Deletes what was settled and due long ago; what waits or lasts stays. Returns how many."""
    old = delete(rights).where(rights.c.due < due_before, rights.c.state == "closed")
    return len(connection.execute(old.returning(rights.c.id)).all())


def _row(keyring: Keyring, one: RightInUse, random: Callable[[int], bytes]) -> dict[str, Any]:
    nonce = random(NONCE_BYTES)
    plain = pad(json.dumps(asdict(one.matter)).encode(), _STEP)
    bound = context.bind(context.RIGHT_SEAL, one.id, one.agency)
    sealed = nonce + AESGCM(keyring.verdict_seal_key).encrypt(nonce, plain, bound)
    return {"agency": one.agency, "state": one.state, "made": one.made, "due": one.due, "sealed": sealed}


def _opened(keyring: Keyring, rows: Iterable[Row[Any]]) -> Iterator[RightInUse]:
    for row in rows:
        sealed, bound = bytes(row.sealed), context.bind(context.RIGHT_SEAL, bytes(row.id), row.agency)
        try:
            plain = AESGCM(keyring.verdict_seal_key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
        except InvalidTag:
            raise Untrusted("seal-broken", "a right in use does not open where it stands") from None
        content = json.loads(unpad(plain))
        matter = Matter(**{**content, "told": tuple(content["told"])})
        yield RightInUse(bytes(row.id), row.agency, row.state, row.made, row.due, matter)


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
