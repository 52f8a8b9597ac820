"""What agencies get back about their own records: sealed to each, in random order, replaced by the next run.

A row opens under the key-encrypting key of its agency and nowhere else, and all are of one length, so that a dump shows
how many an agency has and links nothing. It names a record and its version: what came since makes it void.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, delete, func, insert, select

from broker.errors import Untrusted
from broker.keys import context
from broker.keys.envelope import NONCE_BYTES, pad, unpad
from broker.linkage.population import Differing, Gift
from broker.store.tables import gifts

_STEP = 2048
_AT_ONCE = 500

Row: TypeAlias = tuple[bytes, str, bytes]
"""Id, agency, and the sealed gift."""


@dataclass(frozen=True)
class StoredGift:
    """A gift and the record it is about."""

    source: str
    ref: bytes
    version: int
    gift: Gift


def seal(stored: StoredGift, agency: str, *, key_encrypting_key: bytes, random: Callable[[int], bytes]) -> Row:
    """A gift as a row for `agency`."""
    row_id, nonce = random(16), random(NONCE_BYTES)
    plain = {"source": stored.source, "ref": stored.ref.hex(), "version": stored.version, **asdict(stored.gift)}
    bound = context.bind(context.GIFT, agency, row_id)
    sealed = AESGCM(key_encrypting_key).encrypt(nonce, pad(json.dumps(plain).encode(), _STEP), bound)
    return row_id, agency, nonce + sealed


def opened(row: Row, key_encrypting_key: bytes) -> StoredGift:
    """The gift in a row. Raises `Untrusted` when it was moved or changed."""
    row_id, agency, sealed = row
    try:
        bound = context.bind(context.GIFT, agency, row_id)
        plain = json.loads(unpad(AESGCM(key_encrypting_key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)))
    except InvalidTag:
        raise Untrusted("seal-broken", "what an agency gets back of a run does not open where it stands") from None
    fields = tuple(Differing(**one) for one in plain["fields"])
    gift = Gift(fields, plain["duplicates"], tuple(plain["identifiers"]))
    return StoredGift(plain["source"], bytes.fromhex(plain["ref"]), plain["version"], gift)


def replace(connection: Connection, rows: Iterable[Row]) -> None:
    """Writes rows in place of all there are, in the order of their ids, which is the order of nothing."""
    connection.execute(delete(gifts))
    some: list[dict[str, object]] = []
    for row_id, agency, sealed in rows:
        some.append({"id": row_id, "agency": agency, "sealed": sealed})
        if len(some) == _AT_ONCE:
            connection.execute(insert(gifts), some)
            some = []
    if some:
        connection.execute(insert(gifts), some)


def count(connection: Connection, agency: str) -> int:
    """How many rows `agency` has."""
    query = select(func.count()).select_from(gifts).where(gifts.c.agency == agency)
    return int(connection.execute(query).scalar_one())


def some_of(connection: Connection, agency: str, *, skip: int, most: int) -> list[Row]:
    """At most `most` rows of `agency` after the first `skip`, by id."""
    query = select(gifts).where(gifts.c.agency == agency).order_by(gifts.c.id).offset(skip).limit(most)
    return [(bytes(row.id), row.agency, bytes(row.sealed)) for row in connection.execute(query)]
