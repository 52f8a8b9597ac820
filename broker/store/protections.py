"""The register of protections: kept apart from the records, its source sealed, found by the person's own labels.

Every question is matched against it, whoever may answer; one shared label is enough, because when unsure we protect.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, delete, insert, select

from broker.errors import Untrusted
from broker.keys import context
from broker.keys.envelope import pad, unpad
from broker.keys.keyring import Keyring
from broker.store import labels
from broker.store.labels import REGISTER, Points
from broker.store.tables import protections


@dataclass(frozen=True)
class Entry:
    """One protection of one person: what kind, made by whom for which source, to be looked at again by a day."""

    id: bytes
    kind: str
    source: str
    made_by: tuple[str, ...]
    review_by: dt.date
    points: Points = field(repr=False)


def put(connection: Connection, keyring: Keyring, entries: Iterable[Entry], *, random: Callable[[int], bytes]) -> None:
    """Writes entries, in place of those with the same ids."""
    new = list(entries)
    old = read(connection, keyring, [entry.id for entry in new])
    labels.remove(connection, keyring, [(REGISTER, entry.id, entry.points) for entry in old])
    if old:
        connection.execute(delete(protections).where(protections.c.id.in_([entry.id for entry in old])))
    for entry in new:
        sealed = _seal(keyring, entry, random(12))
        connection.execute(insert(protections), {"id": entry.id, "sealed": sealed, "review_by": entry.review_by})
    labels.add(connection, keyring, [(REGISTER, entry.id, entry.points) for entry in new], random=random)


def read(connection: Connection, keyring: Keyring, ids: Iterable[bytes]) -> list[Entry]:
    """The entries with these ids."""
    query = select(protections).where(protections.c.id.in_(sorted(set(ids)))).order_by(protections.c.id)
    return [_open(keyring, row.id, row.sealed) for row in connection.execute(query)]


def kinds_for(connection: Connection, keyring: Keyring, people: Iterable[Points]) -> list[frozenset[str]]:
    """The kinds of protection of each person: every entry that shares at least one label with them."""
    return [frozenset(entry.kind for entry in some) for some in entries_for(connection, keyring, people)]


def entries_for(connection: Connection, keyring: Keyring, people: Iterable[Points]) -> list[list[Entry]]:
    """The entries of each person: every one that shares at least one label with them, in the order of their ids."""
    wanted = [labels.labels_of(keyring, REGISTER, points) for points in people]
    found = labels.find(connection, keyring, [(REGISTER, one) for some in wanted for one in some])
    ids = {one for some in found.values() for one in some}
    known = {entry.id: entry for entry in read(connection, keyring, ids)} if ids else {}
    theirs = [{one for row_label in some for one in found.get((REGISTER, row_label), ())} for some in wanted]
    return [[known[one] for one in sorted(some)] for some in theirs]


def _seal(keyring: Keyring, entry: Entry, nonce: bytes) -> bytes:
    plain = {
        "kind": entry.kind,
        "source": entry.source,
        "made_by": list(entry.made_by),
        "review_by": entry.review_by.isoformat(),
        "points": [[number, point.hex()] for number, point in sorted(entry.points)],
    }
    bound = context.bind(context.PROTECTION, entry.id)
    return nonce + AESGCM(keyring.protection_key).encrypt(nonce, pad(json.dumps(plain).encode(), 4096), bound)


def _open(keyring: Keyring, entry_id: bytes, sealed: bytes) -> Entry:
    try:
        bound = context.bind(context.PROTECTION, entry_id)
        plain = json.loads(unpad(AESGCM(keyring.protection_key).decrypt(sealed[:12], sealed[12:], bound)))
    except InvalidTag:
        raise Untrusted(
            "seal-broken", "an entry of the register of protections does not open where it stands"
        ) from None
    return Entry(
        entry_id,
        plain["kind"],
        plain["source"],
        tuple(plain["made_by"]),
        dt.date.fromisoformat(plain["review_by"]),
        frozenset((int(number), bytes.fromhex(point)) for number, point in plain["points"]),
    )
