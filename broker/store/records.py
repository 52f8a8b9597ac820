"""Records at rest: four sealed parts under one data key, opened one by one and only when they may be.

tokens    the unmasked points, padded to 30, for the second hop and for rotation
evidence  the envelope sealed to the linkage unit, sealed again: a dump with that unit's key opens nothing
content   the involvement without its items: status, contact, dates, relationships, facts
items     one ciphertext for each item, so that deciding about one opens no other
"""

from __future__ import annotations

import json
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from broker.errors import Unavailable, Untrusted
from broker.keys.envelope import DATA_KEY_BYTES, NONCE_BYTES, DataKey, RecordName, unwrap_each, wrap_each
from broker.keys.keysets import Keyset, Keysets
from broker.store import driver, holds, inlist
from broker.store.labels import Points
from broker.store.tables import records
from broker.tokens import MAX_TOKENS
from broker.wire.delivery import ItemValue, Payload

Random = Callable[[int], bytes]
_POINT_STEP = 1024
_CONTENT_STEP = 1024
_ITEM_STEP = 8
_PARTS = ("tokens", "evidence", "content", "items")
_BY_REFS = "SELECT * FROM records WHERE source = {mark} AND ref {among}"
_BY_IDS = "SELECT {columns} FROM records WHERE id {among} AND NOT closed ORDER BY id"
_NOTHING: Mapping[str, Any] = {"generation": 0, "evidence_seal": 0, **dict.fromkeys(("wrapped_key", *_PARTS))}
"""What is left of a record once it is destroyed."""
_COMPARED = ("id", "source", "ref", "version", "batch", "closed", "generation", "wrapped_key", "tokens", "evidence")
_TOLD = ("id", "version", "content", "items")


@dataclass(frozen=True)
class Content:
    """A record's involvement and the codes of its items; the items' values stay sealed."""

    payload: Payload = field(repr=False)
    items: tuple[str, ...]
    protections: tuple[bytes, ...] = ()
    """Ids of this record's entries in the register of protections."""
    seen_key: bytes = field(default=b"", repr=False)
    """The key of its day tags, from its first version on; empty in a row of before there were any."""


@dataclass(frozen=True)
class Record:
    """One open record, as stored; nothing of it is opened until it is asked for."""

    name: RecordName
    ref: bytes
    data_key: DataKey = field(repr=False)
    sealed: Mapping[str, bytes] = field(repr=False)
    keyset: Keyset
    """Of the generation that its row is of."""

    @property
    def source(self) -> str:
        return self.name.source

    @property
    def id(self) -> bytes:
        return self.name.record_id

    @property
    def is_whole(self) -> bool:
        """Whether what is told of it is here too (`completed`)."""
        return "content" in self.sealed

    def points(self) -> Points:
        """The unmasked points with their match-key numbers, of the newest epoch."""
        return self._points

    @cached_property
    def _points(self) -> Points:
        return self.keyset.newest(self.stored_points())

    def stored_points(self) -> list[tuple[int, bytes]]:
        """The points as they stand in the row, of its generation's epoch."""
        return self._stored_points

    @cached_property
    def _stored_points(self) -> list[tuple[int, bytes]]:
        plain = self.data_key.open(self.name, "tokens", self.sealed["tokens"])
        return [(plain[at], plain[at + 1 : at + 33]) for at in range(0, len(plain), 33) if plain[at]]

    def evidence(self) -> bytes:
        """The evidence envelope, which only the linkage unit opens."""
        return self.data_key.open(self.name, "evidence", self.sealed["evidence"])

    def content(self) -> Content:
        """The involvement without the values of its items."""
        return self._content

    @cached_property
    def _content(self) -> Content:
        plain = json.loads(self.data_key.open(self.name, "content", self.sealed["content"]))
        return Content(
            Payload.model_validate_json(json.dumps(plain["payload"])),
            tuple(plain["items"]),
            tuple(bytes.fromhex(one) for one in plain["protections"]),
            bytes.fromhex(plain.get("seen", "")),
        )

    def seen_key(self) -> bytes:
        """The key of its day tags (`envelope.day_tag`): the same in all its versions, and gone when it is closed."""
        return self.content().seen_key or self.data_key.seen_key()

    def items(self, code: str) -> tuple[ItemValue, ...]:
        """The values of one item: opens those ciphertexts and no other."""
        return tuple(
            ItemValue.model_validate_json(self.data_key.open(self.name, f"item {at}", sealed))
            for at, (item, sealed) in enumerate(zip(self.content().items, _split(self.sealed["items"]), strict=False))
            if item == code
        )


@dataclass(frozen=True)
class NewRecord:
    """What one accepted row becomes."""

    source: str
    ref: bytes
    version: int
    batch: bytes
    points: Points = field(repr=False)
    evidence: bytes = field(repr=False)
    payload: Payload = field(repr=False)
    protections: tuple[bytes, ...] = ()
    evidence_epoch: int = 1
    evidence_seal: int = 1
    seen_key: bytes = field(default=b"", repr=False)
    """What the version before it had; a first version makes its own."""


def by_refs(connection: Connection, source: str, refs: Iterable[bytes], *, held: bool = False) -> dict[bytes, Row[Any]]:
    """The rows of `source` with these references, open or closed.

    `held`: nobody else changes them until the transaction ends, nor brings them to other keys.
    """
    wanted = sorted(set(refs))
    rows: dict[bytes, Row[Any]] = {}
    for start in range(0, len(wanted), inlist.LONGEST):
        some = wanted[start : start + inlist.LONGEST]
        if held:
            query = select(records).where(records.c.source == source, records.c.ref.in_(some))
            found = connection.execute(query.with_for_update())
        else:
            among, values = inlist.among(connection, some)
            text = _BY_REFS.format(mark=inlist.mark(connection), among=among)
            found = connection.exec_driver_sql(text, (source, *values))
        rows |= {row.ref: row for row in found}
    return rows


def by_ids(connection: Connection, ids: Iterable[bytes]) -> list[Row[Any]]:
    """The open rows with these record ids, in the order of the ids."""
    rows: list[Row[Any]] = []
    for text, values in _by_ids(connection, ids, "*"):
        rows += connection.exec_driver_sql(text, values).all()
    return rows


def named(connection: Connection, ids: Iterable[bytes]) -> list[Row[Any]]:
    """The name of each of these records, and whether it is closed."""
    columns = (records.c.id, records.c.source, records.c.ref, records.c.closed)
    some, rows = sorted(set(ids)), list[Any]()
    for start in range(0, len(some), 900):
        rows += connection.execute(select(*columns).where(records.c.id.in_(some[start : start + 900]))).all()
    return rows


def to_compare(connection: Connection, ids: Iterable[bytes]) -> list[Any]:
    """The same without what is told of a record: most are found, compared, and not told of (`completed`)."""
    return _some_of(connection, ids, _COMPARED)


def completed(connection: Connection, some: Iterable[Record]) -> list[Record]:
    """The records with what is told of them. Raises `Unavailable` when one was closed or replaced meanwhile."""
    known = {record.id: record for record in some}
    rows = {row.id: row for row in _some_of(connection, known, _TOLD)}
    if any(one not in rows or rows[one].version != record.name.version for one, record in known.items()):
        raise Unavailable("records-changed", "a record was changed while it was being read", hint="ask again")
    return [
        replace(record, sealed={**record.sealed, "content": rows[one].content, "items": rows[one].items})
        for one, record in known.items()
    ]


def _some_of(connection: Connection, ids: Iterable[bytes], columns: tuple[str, ...]) -> list[Any]:
    """Open rows with these columns and no more, for what every question reads."""
    row = _row_of(columns)
    asked = _by_ids(connection, ids, ", ".join(columns))
    return [row._make(one) for text, values in asked for one in driver.rows(connection, text, values)]


@cache
def _row_of(columns: tuple[str, ...]) -> Any:
    return namedtuple("_row_of", columns)


def _by_ids(connection: Connection, ids: Iterable[bytes], columns: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), inlist.LONGEST):
        among, values = inlist.among(connection, wanted[start : start + inlist.LONGEST])
        yield _BY_IDS.format(columns=columns, among=among), values


def not_in_batch(connection: Connection, source: str, batch: bytes) -> list[Row[Any]]:
    """The open rows of `source` that the delivery `batch` did not hold, for whoever closes them now."""
    query = select(records).where(records.c.source == source, records.c.closed.is_(False), records.c.batch != batch)
    return list(connection.execute(query.with_for_update()).all())


def count_in_batch(connection: Connection, source: str, batch: bytes) -> int:
    """How many open records of `source` the delivery `batch` brought."""
    where = (records.c.source == source, records.c.closed.is_(False), records.c.batch == batch)
    return int(connection.execute(select(func.count()).select_from(records).where(*where)).scalar_one())


def opened(row: Row[Any], keysets: Keysets, agency: str) -> Record:
    """The record of an open row of `agency`, as far as the row has it. Raises `Untrusted` as `opened_each` does."""
    return opened_each([row], keysets, agency)[0]


def opened_each(rows: Iterable[Row[Any]], keysets: Keysets, agency: str) -> list[Record]:
    """The records of open rows of one agency, in their order, their keys unwrapped together.

    Raises `Untrusted` when a row was moved or changed, or is of a generation that is closed.
    """
    some = list(rows)
    names = [RecordName(row.source, row.id, row.version) for row in some]
    keys: dict[int, DataKey] = {}
    for number in {row.generation for row in some}:
        mine = [at for at, row in enumerate(some) if row.generation == number]
        wrapped = [(names[at], some[at].wrapped_key) for at in mine]
        keys |= dict(zip(mine, unwrap_each(keysets.of(number).key_encrypting_key(agency), wrapped), strict=True))
    return [
        Record(names[at], row.ref, keys[at], _parts(row), keysets.of(row.generation)) for at, row in enumerate(some)
    ]


def opened_or_not(
    rows: Iterable[Row[Any]], keysets: Keysets, agency: str
) -> tuple[list[Record], list[tuple[Row[Any], Untrusted]]]:
    """The records of open rows of one agency whose points open; and the rows that somebody changed, each with why."""
    some = list(rows)
    try:
        return [_with_points(one) for one in opened_each(some, keysets, agency)], []
    except Untrusted:
        pass
    found, damaged = [], []
    for row in some:
        try:
            found.append(_with_points(opened(row, keysets, agency)))
        except Untrusted as error:
            damaged.append((row, error))
    return found, damaged


def _with_points(record: Record) -> Record:
    record.stored_points()
    return record


def _parts(row: Any) -> dict[str, bytes]:
    return {part: getattr(row, part) for part in _PARTS if part in row._fields}


def sealed_rows(
    some: Iterable[tuple[bytes, NewRecord]], keyset: Keyset, agency: str, *, random: Random
) -> list[dict[str, Any]]:
    """The rows of new records or versions of one agency, each (record id, record) under a fresh data key."""
    new = [
        (RecordName(one.source, record_id, one.version), DataKey(random(DATA_KEY_BYTES)), one)
        for record_id, one in some
    ]
    nonces = [random(NONCE_BYTES) for _ in new]
    kept = [(name, data_key) for name, data_key, _ in new]
    wrapped = wrap_each(keyset.key_encrypting_key(agency), kept, nonces=nonces) if new else []
    return [
        _sealed_row(one, name, data_key, random=random) | {"wrapped_key": own, "generation": keyset.number}
        for (name, data_key, one), own in zip(new, wrapped, strict=True)
    ]


def sealed_points(points: Points, name: RecordName, *, data_key: DataKey, nonce: bytes) -> bytes:
    """Points as the part `tokens` of a record."""
    plain = b"".join(bytes([number]) + point for number, point in sorted(points)).ljust(33 * MAX_TOKENS, b"\0")
    return data_key.seal(name, "tokens", plaintext=plain, nonce=nonce, step=_POINT_STEP)


def _sealed_row(new: NewRecord, name: RecordName, data_key: DataKey, *, random: Random) -> dict[str, Any]:
    values = new.payload.items
    content = {
        "payload": new.payload.model_dump(mode="json", exclude={"items"}, exclude_none=True),
        "items": [value.item for value in values],
        "protections": [one.hex() for one in new.protections],
        "seen": (new.seen_key or data_key.seen_key()).hex(),
    }

    def seal(part: str, plaintext: bytes, step: int) -> bytes:
        return data_key.seal(name, part, plaintext=plaintext, nonce=random(NONCE_BYTES), step=step)

    # Filled up with empty ones, so that a dump does not show how many items there are.
    plain = [value.model_dump_json(exclude_none=True).encode() for value in values]
    plain += [b""] * (-len(plain) % _ITEM_STEP)
    items = [seal(f"item {at}", one, 256) for at, one in enumerate(plain)]
    return {
        "id": name.record_id,
        "source": new.source,
        "ref": new.ref,
        "version": new.version,
        "batch": new.batch,
        "closed": False,
        "tokens": sealed_points(new.points, name, data_key=data_key, nonce=random(NONCE_BYTES)),
        "evidence": seal("evidence", new.evidence, 1),
        "content": seal("content", json.dumps(content, separators=(",", ":")).encode(), _CONTENT_STEP),
        "items": _join(items),
        "evidence_epoch": new.evidence_epoch,
        "evidence_seal": new.evidence_seal,
    }


def put(connection: Connection, rows: list[dict[str, Any]], *, replaced: Iterable[bytes]) -> None:
    """Writes rows, in the order of their random ids, in place of the `replaced` ones.

    SQLite would number them as they come. Numbered by their ids, what came together does not stand together.
    """
    gone = sorted(set(replaced))
    for start in range(0, len(gone), 900):
        connection.execute(delete(records).where(records.c.id.in_(gone[start : start + 900])))
    if rows:
        columns, ordered = tuple(rows[0]), sorted(rows, key=lambda row: row["id"])
        values = [tuple(row[column] for column in columns) for row in ordered]
        if connection.dialect.name == "sqlite":
            columns = ("rowid", *columns)
            values = [(number_of(row["id"]), *some) for row, some in zip(ordered, values, strict=True)]
        driver.insert(connection, "records", columns, values)


def number_of(record_id: bytes) -> int:
    """Where SQLite keeps a record: the first half of its random id."""
    return int.from_bytes(record_id[:8], "big", signed=True)


def close(connection: Connection, ids: Iterable[bytes], *, versions: Mapping[bytes, int] | None = None) -> None:
    """Closes records and destroys what they held; the name and version stay, so that an old row can't come back.

    Of a record under a hold (`holds`) nothing is destroyed: it is closed for everybody, and kept as it is sealed.
    """
    gone = sorted(set(ids))
    held = holds.among(connection, gone, locked=True)
    for record_id in gone:
        later = {"version": versions[record_id]} if versions and record_id in versions and record_id not in held else {}
        values = {"closed": True} if record_id in held else {"closed": True, **_NOTHING}
        connection.execute(update(records).where(records.c.id == record_id).values(**values, **later))


def _join(parts: list[bytes]) -> bytes:
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _split(joined: bytes) -> list[bytes]:
    parts, at = [], 0
    while at < len(joined):
        length = int.from_bytes(joined[at : at + 4], "big")
        parts.append(joined[at + 4 : at + 4 + length])
        at += 4 + length
    return parts
