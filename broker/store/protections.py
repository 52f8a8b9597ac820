"""The register of protections: kept apart from the records, its source sealed, found by the person's own labels.

Every question is matched against it, whoever may answer; one shared label is enough, because when unsure we protect.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Row, delete, insert, select

from broker.errors import Untrusted
from broker.keys import context
from broker.keys.envelope import pad, unpad
from broker.keys.keyring import Keyring
from broker.keys.keysets import Keyset, Keysets
from broker.store import labels
from broker.store.labels import REGISTER, Points
from broker.store.tables import protections
from broker.wire.protection import Awaits

KEPT_ACTS = 10
"""So many of what was done to an entry are kept with it; all of it is in the audit log."""


@dataclass(frozen=True)
class Done:
    """One thing that was done to an entry: which, by which member of staff (the agency's pseudonym), on which day."""

    act: str
    staff: str
    on: dt.date


@dataclass(frozen=True)
class Entry:
    """One protection of one person: what kind, made by whom for which source, to be looked at again by a day.

    Made by one person it is in force, and waits for a second to `confirm` it; to `lift` it two are needed. `due` is by
    when the second must have acted, in seconds since 1970, and `is_late` that they had not. A lifted one has no points
    any more, so that nobody is found by it, and stays as history. `ref` is the record's, empty in the oldest entries.
    """

    id: bytes
    kind: str
    source: str
    made_by: tuple[str, ...]
    review_by: dt.date
    points: Points = field(repr=False)
    ref: bytes = field(default=b"", repr=False)
    awaits: Awaits | None = None
    lifting_by: str = ""
    due: int | None = None
    is_late: bool = False
    is_lifted: bool = False
    done: tuple[Done, ...] = ()

    def then(self, act: str, *, staff: str, on: dt.date, **changes: Any) -> Entry:
        """The entry after somebody did something to it."""
        return replace(self, done=(*self.done, Done(act, staff, on))[-KEPT_ACTS:], **changes)

    def lifted(self, *, staff: str, on: dt.date) -> Entry:
        """The entry as history: it protects nobody any more."""
        ended: dict[str, Any] = {"points": frozenset(), "awaits": None, "lifting_by": "", "due": None}
        return self.then("lifted", staff=staff, on=on, is_lifted=True, is_late=False, **ended)


def entry_id(keyring: Keyring, source: str, ref: bytes, *, kind: str) -> bytes:
    """The one id of a kind of protection of the person whom a record of `source` is about."""
    bound = context.bind(context.PROTECTION_ID, source, ref, kind)
    return hmac.digest(keyring.verdict_key, bound, hashlib.sha256)[:16]


def put(connection: Connection, keysets: Keysets, entries: Iterable[Entry], *, random: Callable[[int], bytes]) -> None:
    """Writes entries under the newest generation, in place of those with the same ids."""
    new, keyset = list(entries), keysets.newest
    old = _read(connection, keysets, [entry.id for entry in new], held=True)
    labels.remove(connection, keysets, [(REGISTER, entry.id, entry.points) for entry in old])
    if old:
        connection.execute(delete(protections).where(protections.c.id.in_([entry.id for entry in old])))
    for entry in new:
        row = {"id": entry.id, "sealed": _seal(keyset, entry, random(12)), "review_by": entry.review_by}
        connection.execute(insert(protections), {**row, "generation": keyset.number, "due": entry.due})
    labels.add(connection, keysets, [(REGISTER, entry.id, entry.points) for entry in new], random=random)


def remove(connection: Connection, keysets: Keysets, ids: Iterable[bytes]) -> None:
    """Deletes entries that are nobody's history: of a right that was decided, whose case keeps what happened."""
    old = _read(connection, keysets, ids, held=True)
    labels.remove(connection, keysets, [(REGISTER, entry.id, entry.points) for entry in old])
    connection.execute(delete(protections).where(protections.c.id.in_([entry.id for entry in old])))


def read(connection: Connection, keysets: Keysets, ids: Iterable[bytes]) -> list[Entry]:
    """The entries with these ids."""
    return _read(connection, keysets, ids)


def held(connection: Connection, keysets: Keysets, ids: Iterable[bytes]) -> list[Entry]:
    """The same, which nobody else changes until the transaction ends."""
    return _read(connection, keysets, ids, held=True)


def every(connection: Connection, keysets: Keysets) -> list[Entry]:
    """The whole register, in the order of its ids, with what was lifted: who set what is sealed, so all is opened."""
    return _opened(keysets, connection.execute(select(protections).order_by(protections.c.id)))


def overdue(connection: Connection, keysets: Keysets, *, now: int) -> list[Entry]:
    """Entries that a second person has not looked at by now; nobody else changes them until the transaction ends."""
    late = select(protections).where(protections.c.due <= now).order_by(protections.c.id)
    return _opened(keysets, connection.execute(late.with_for_update()))


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
    return _opened(keysets, connection.execute(query.with_for_update() if held else query))


def _opened(keysets: Keysets, rows: Iterable[Row[Any]]) -> list[Entry]:
    return [_open(keysets.of(row.generation), row) for row in rows]


def _seal(keyset: Keyset, entry: Entry, nonce: bytes) -> bytes:
    plain = {
        "kind": entry.kind,
        "source": entry.source,
        "made_by": list(entry.made_by),
        "review_by": entry.review_by.isoformat(),
        "ref": entry.ref.hex(),
        "awaits": entry.awaits,
        "lifting_by": entry.lifting_by,
        "is_late": entry.is_late,
        "is_lifted": entry.is_lifted,
        "done": [[one.act, one.staff, one.on.isoformat()] for one in entry.done],
        "points": [[number, point.hex()] for number, point in sorted(entry.points)],
    }
    bound = context.bind(context.PROTECTION, entry.id)
    return nonce + AESGCM(keyset.protection_key).encrypt(nonce, pad(json.dumps(plain).encode(), 4096), bound)


def _open(keyset: Keyset, row: Row[Any]) -> Entry:
    entry_id, sealed = bytes(row.id), bytes(row.sealed)
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
        ref=bytes.fromhex(plain.get("ref", "")),
        awaits=plain.get("awaits"),
        lifting_by=plain.get("lifting_by", ""),
        due=row.due,
        is_late=plain.get("is_late", False),
        is_lifted=plain.get("is_lifted", False),
        done=tuple(Done(act, staff, dt.date.fromisoformat(on)) for act, staff, on in plain.get("done", ())),
    )
