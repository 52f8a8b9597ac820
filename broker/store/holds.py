"""Records that must not be destroyed until two people lift it: for a court, an inquiry, a complaint.

A hold opens nothing. A held record that its agency takes back is closed for everybody, as any other, and only kept
sealed (`records.close`) until the hold is lifted. A row tells which record and until when to look again; who held it,
and who would lift it, is sealed.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Row, delete, insert, select, update

from broker.errors import Untrusted
from broker.keys import context
from broker.keys.envelope import NONCE_BYTES, pad, unpad
from broker.keys.keyring import Keyring
from broker.store.retention_tables import holds

_AT_ONCE = 900
_STEP = 256


@dataclass(frozen=True)
class Hold:
    """One record's hold: by which staff (the agency's pseudonym), since when (seconds), who has asked to lift it."""

    id: bytes
    source: str
    review_by: dt.date
    made_by: str = field(repr=False)
    made_at: int
    lifted_by: str = field(default="", repr=False)


def among(connection: Connection, ids: Iterable[bytes], *, locked: bool = False) -> set[bytes]:
    """Those of these records that are held; `locked`: nobody lifts it until the transaction ends."""
    wanted, found = sorted(set(ids)), set[bytes]()
    for start in range(0, len(wanted), _AT_ONCE):
        query = select(holds.c.id).where(holds.c.id.in_(wanted[start : start + _AT_ONCE]))
        found |= {bytes(one) for one in connection.scalars(query.with_for_update() if locked else query)}
    return found


def put(connection: Connection, keyring: Keyring, hold: Hold, *, random: Callable[[int], bytes]) -> None:
    """Keeps a new hold, or a changed one in place of what it was."""
    row = {"source": hold.source, "review_by": hold.review_by, "sealed": _seal(keyring, hold, random(NONCE_BYTES))}
    if not connection.execute(update(holds).where(holds.c.id == hold.id).values(**row)).rowcount:
        connection.execute(insert(holds), {"id": hold.id, **row})


def of(connection: Connection, keyring: Keyring, record_id: bytes) -> Hold | None:
    """A record's hold, which nobody else changes until the transaction ends; None when there is none."""
    row = connection.execute(select(holds).where(holds.c.id == record_id).with_for_update()).one_or_none()
    return None if row is None else _opened(keyring, row)


def of_sources(connection: Connection, keyring: Keyring, sources: Iterable[str]) -> list[Hold]:
    """The holds of these sources, the first to be looked at again first."""
    query = select(holds).where(holds.c.source.in_(sorted(sources))).order_by(holds.c.review_by, holds.c.id)
    return [_opened(keyring, row) for row in connection.execute(query)]


def lift(connection: Connection, record_id: bytes) -> None:
    """Ends a hold."""
    connection.execute(delete(holds).where(holds.c.id == record_id))


def _seal(keyring: Keyring, hold: Hold, nonce: bytes) -> bytes:
    plain = json.dumps({"made_by": hold.made_by, "made_at": hold.made_at, "lifted_by": hold.lifted_by}).encode()
    bound = context.bind(context.HOLD_SEAL, hold.id, hold.source)
    return nonce + AESGCM(keyring.verdict_seal_key).encrypt(nonce, pad(plain, _STEP), bound)


def _opened(keyring: Keyring, row: Row[Any]) -> Hold:
    sealed, bound = bytes(row.sealed), context.bind(context.HOLD_SEAL, bytes(row.id), row.source)
    try:
        plain = AESGCM(keyring.verdict_seal_key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
    except InvalidTag:
        raise Untrusted("seal-broken", "a hold does not open where it stands") from None
    return Hold(bytes(row.id), row.source, row.review_by, **json.loads(unpad(plain)))
