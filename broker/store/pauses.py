"""Services that have paused sharing, since when, and, sealed, by whom. One that shares has no row."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Row, delete, insert, select

from broker.errors import Untrusted
from broker.keys import context
from broker.keys.envelope import NONCE_BYTES, pad, unpad
from broker.keys.keyring import Keyring
from broker.store import driver
from broker.store.case_tables import pauses

_STEP = 256
# Every question asks for it, in the driver's words (`store.driver`).
_SINCE = "SELECT source, since FROM pauses"


@dataclass(frozen=True)
class Pause:
    """One service that tells nothing. `resuming_by` proposed to resume it, which counts until `due`; times in seconds
    since 1970, staff by their agency's pseudonyms."""

    source: str
    agency: str
    since: int
    paused_by: str
    resuming_by: str = ""
    due: int = 0

    def is_resuming(self, now: int) -> bool:
        """Whether somebody's proposal to resume it waits for a second person."""
        return bool(self.resuming_by) and now < self.due


def since(connection: Connection) -> dict[str, int]:
    """Every service that has paused, and since when."""
    return dict(driver.rows(connection, _SINCE, ()))


def every(connection: Connection) -> list[tuple[str, str, int]]:
    """Agency, service and since when, of every service that has paused, the longest first."""
    query = select(pauses.c.agency, pauses.c.source, pauses.c.since).order_by(pauses.c.since, pauses.c.source)
    return [(row.agency, row.source, row.since) for row in connection.execute(query)]


def of_agency(connection: Connection, keyring: Keyring, agency: str, *, held: bool = False) -> dict[str, Pause]:
    """An agency's by their services; `held`: nobody else changes them until the transaction ends."""
    query = select(pauses).where(pauses.c.agency == agency).order_by(pauses.c.source)
    rows = connection.execute(query.with_for_update() if held else query)
    return {row.source: _opened(keyring, row) for row in rows}


def put(connection: Connection, keyring: Keyring, new: Iterable[Pause], *, random: Callable[[int], bytes]) -> None:
    """Writes pauses, each in place of an earlier one of its service."""
    for one in new:
        remove(connection, [one.source])
        row = {"source": one.source, "agency": one.agency, "since": one.since}
        connection.execute(insert(pauses), {**row, "sealed": _sealed(keyring, one, random(NONCE_BYTES))})


def remove(connection: Connection, sources: Iterable[str]) -> None:
    """These services share again."""
    connection.execute(delete(pauses).where(pauses.c.source.in_(list(sources))))


def _sealed(keyring: Keyring, one: Pause, nonce: bytes) -> bytes:
    plain = json.dumps({"paused_by": one.paused_by, "resuming_by": one.resuming_by, "due": one.due}).encode()
    bound = context.bind(context.PAUSE, one.source, one.agency)
    return nonce + AESGCM(keyring.verdict_seal_key).encrypt(nonce, pad(plain, _STEP), bound)


def _opened(keyring: Keyring, row: Row[Any]) -> Pause:
    sealed, bound = bytes(row.sealed), context.bind(context.PAUSE, row.source, row.agency)
    try:
        plain = AESGCM(keyring.verdict_seal_key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
    except InvalidTag:
        raise Untrusted("seal-broken", "who paused a service does not open where it stands") from None
    return Pause(row.source, row.agency, row.since, **json.loads(unpad(plain)))
