"""What agencies get back about their own records: sealed to each, in random order, replaced by the next run.

A row opens under the key-encrypting key of its agency and nowhere else, and all are of one length, so that a dump shows
how many an agency has and links nothing. It names a record and its version: what came since makes it void.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import TypeAlias

from sqlalchemy import Connection, delete, func, insert, select, update

from broker.errors import Untrusted
from broker.keys import context
from broker.keys.envelope import NONCE_BYTES, pad, unpad
from broker.keys.keysets import Keyset, Keysets
from broker.linkage.population import Differing, Gift
from broker.store.tables import gifts

_STEP = 2048
_AT_ONCE = 500

Row: TypeAlias = tuple[bytes, str, bytes, int]
"""Id, agency, the sealed gift, and the generation of keys it is sealed under."""


@dataclass(frozen=True)
class StoredGift:
    """A gift and the record it is about."""

    source: str
    ref: bytes
    version: int
    gift: Gift


def seal(stored: StoredGift, agency: str, *, keyset: Keyset, random: Callable[[int], bytes]) -> Row:
    """A gift as a row for `agency`."""
    plain = {"source": stored.source, "ref": stored.ref.hex(), "version": stored.version, **asdict(stored.gift)}
    return _sealed(pad(json.dumps(plain).encode(), _STEP), random(16), agency, keyset=keyset, nonce=random(NONCE_BYTES))


def opened(row: Row, keysets: Keysets) -> StoredGift:
    """The gift in a row. Raises `Untrusted` when it was moved or changed."""
    plain = json.loads(unpad(_plain(row, keysets)))
    fields = tuple(Differing(**one) for one in plain["fields"])
    gift = Gift(fields, plain["duplicates"], tuple(plain["identifiers"]))
    return StoredGift(plain["source"], bytes.fromhex(plain["ref"]), plain["version"], gift)


def replace(connection: Connection, rows: Iterable[Row]) -> None:
    """Writes rows in place of all there are, in the order of their ids, which is the order of nothing."""
    connection.execute(delete(gifts))
    some: list[dict[str, object]] = []
    for row_id, agency, sealed, generation in rows:
        some.append({"id": row_id, "agency": agency, "sealed": sealed, "generation": generation})
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
    return [(bytes(row.id), row.agency, bytes(row.sealed), row.generation) for row in connection.execute(query)]


def renew(
    connection: Connection, keysets: Keysets, generation: int, *, most: int, random: Callable[[int], bytes]
) -> int:
    """Brings at most `most` rows of a generation of keys to the newest one. Returns how many."""
    query = select(gifts).where(gifts.c.generation == generation).order_by(gifts.c.id).limit(most)
    rows = connection.execute(query.with_for_update(skip_locked=True)).all()
    for row in rows:
        new = renewed((bytes(row.id), row.agency, bytes(row.sealed), row.generation), keysets, random=random)
        values = {"sealed": new[2], "generation": new[3]}
        connection.execute(update(gifts).where(gifts.c.id == row.id).values(**values))
    return len(rows)


def renewed(row: Row, keysets: Keysets, *, random: Callable[[int], bytes]) -> Row:
    """The row under the newest generation. Raises `Untrusted` when its own is closed."""
    if row[3] == keysets.newest.number:
        return row
    return _sealed(_plain(row, keysets), row[0], row[1], keyset=keysets.newest, nonce=random(NONCE_BYTES))


def _sealed(plain: bytes, row_id: bytes, agency: str, *, keyset: Keyset, nonce: bytes) -> Row:
    bound = context.bind(context.GIFT, agency, row_id)
    [sealed] = keyset.key_encrypting_key(agency).wrap_each([(plain, bound)], nonces=[nonce])
    return row_id, agency, sealed, keyset.number


def _plain(row: Row, keysets: Keysets) -> bytes:
    row_id, agency, sealed, generation = row
    key = keysets.of(generation).key_encrypting_key(agency)
    try:
        return key.unwrap_each([(sealed, context.bind(context.GIFT, agency, row_id))])[0]
    except Untrusted:
        raise Untrusted("seal-broken", "what an agency gets back of a run does not open where it stands") from None
