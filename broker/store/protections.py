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
from broker.keys.keysets import Keyset, Keysets
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


def put(connection: Connection, keysets: Keysets, entries: Iterable[Entry], *, random: Callable[[int], bytes]) -> None:
    """Writes entries under the newest generation, in place of those with the same ids."""
    new, keyset = list(entries), keysets.newest
    old = _read(connection, keysets, [entry.id for entry in new], held=True)
    labels.remove(connection, keysets, [(REGISTER, entry.id, entry.points) for entry in old])
    if old:
        connection.execute(delete(protections).where(protections.c.id.in_([entry.id for entry in old])))
    for entry in new:
        row = {"id": entry.id, "sealed": _seal(keyset, entry, random(12)), "review_by": entry.review_by}
        connection.execute(insert(protections), {**row, "generation": keyset.number})
    labels.add(connection, keysets, [(REGISTER, entry.id, entry.points) for entry in new], random=random)


def read(connection: Connection, keysets: Keysets, ids: Iterable[bytes]) -> list[Entry]:
    """The entries with these ids."""
    return _read(connection, keysets, ids)


def ids_of(connection: Connection, generation: int, *, most: int) -> list[bytes]:
    """The ids of at most `most` entries of a generation of keys."""
    query = select(protections.c.id).where(protections.c.generation == generation).order_by(protections.c.id)
    return [bytes(one) for one in connection.scalars(query.limit(most))]


def renew(connection: Connection, keysets: Keysets, ids: Iterable[bytes], *, random: Callable[[int], bytes]) -> int:
    """Brings those of these entries that are still there to the newest generation. Returns how many."""
    entries = _read(connection, keysets, ids, held=True)
    put(connection, keysets, entries, random=random)
    return len(entries)


def kinds_for(connection: Connection, keysets: Keysets, people: Iterable[Points]) -> list[frozenset[str]]:
    """The kinds of protection of each person: every entry that shares at least one label with them."""
    return [frozenset(entry.kind for entry in some) for some in entries_for(connection, keysets, people)]


def entries_for(connection: Connection, keysets: Keysets, people: Iterable[Points]) -> list[list[Entry]]:
    """The entries of each person: every one that shares at least one label with them, in the order of their ids."""
    wanted = [[one for some in keysets.labels_at(REGISTER, sorted(points)) for one in some] for points in people]
    found = labels.find(connection, keysets, [(REGISTER, one) for some in wanted for one in some])
    ids = {one for some in found.values() for one in some}
    known = {entry.id: entry for entry in read(connection, keysets, ids)} if ids else {}
    theirs = [{one for row_label in some for one in found.get((REGISTER, row_label), ())} for some in wanted]
    return [[known[one] for one in sorted(some)] for some in theirs]


def _read(connection: Connection, keysets: Keysets, ids: Iterable[bytes], *, held: bool = False) -> list[Entry]:
    """`held`: nobody else renews or replaces them until the transaction ends."""
    query = select(protections).where(protections.c.id.in_(sorted(set(ids)))).order_by(protections.c.id)
    rows = connection.execute(query.with_for_update() if held else query)
    return [_open(keysets.of(row.generation), row.id, row.sealed) for row in rows]


def _seal(keyset: Keyset, entry: Entry, nonce: bytes) -> bytes:
    plain = {
        "kind": entry.kind,
        "source": entry.source,
        "made_by": list(entry.made_by),
        "review_by": entry.review_by.isoformat(),
        "points": [[number, point.hex()] for number, point in sorted(entry.points)],
    }
    bound = context.bind(context.PROTECTION, entry.id)
    return nonce + AESGCM(keyset.protection_key).encrypt(nonce, pad(json.dumps(plain).encode(), 4096), bound)


def _open(keyset: Keyset, entry_id: bytes, sealed: bytes) -> Entry:
    try:
        bound = context.bind(context.PROTECTION, entry_id)
        plain = json.loads(unpad(AESGCM(keyset.protection_key).decrypt(sealed[:12], sealed[12:], bound)))
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
        keyset.newest((int(number), bytes.fromhex(point)) for number, point in plain["points"]),
    )
