"""The audit log's rows: entries wait in `audit_pending` until the sequencer gives them their place in the tree."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

from sqlalchemy import Connection, select

from broker.audit import tree
from broker.audit.disclosures import SALT_BYTES
from broker.audit.events import Event, instant, leaf
from broker.errors import Conflict, NotFound, Untrusted
from broker.keys.envelope import NONCE_BYTES
from broker.keys.keyring import Keyring
from broker.store import details, driver, inlist
from broker.store.audit_tables import (
    audit_details,
    audit_entries,
    audit_leaves,
)
from broker.store.batches import Batch, grown
from broker.store.entries import Entry

_PAGE = 1000
_NODE = "SELECT hash FROM audit_nodes WHERE level = {mark} AND n = {mark}"
_NODES = "SELECT level, n, hash FROM audit_nodes WHERE level = {mark} AND n = {mark}"
_NODES_OF = """
SELECT w.level, w.n, (SELECT a.hash FROM audit_nodes a WHERE a.level = w.level AND a.n = w.n)
FROM unnest(%s::smallint[], %s::bigint[]) AS w(level, n)
"""
_THERE = "SELECT id FROM audit_entries WHERE id"
_NODES_AT_ONCE = 256
_MOVED = "UPDATE audit_state SET size = {mark} WHERE one = 1 AND size = {mark} RETURNING size"
_NO_LONGER = "DELETE FROM audit_pending WHERE id IN (SELECT id FROM audit_leaves WHERE idx >= {mark})"
_KEPT = "INSERT INTO audit_checkpoints (size, note) VALUES ({mark}, {mark}) ON CONFLICT DO NOTHING"
_STANDING = """
SELECT s.size, coalesce(c.size, 0), ''::bytea, coalesce(c.note, ''), ''::bytea
FROM audit_state s LEFT JOIN (SELECT size, note FROM audit_checkpoints ORDER BY size DESC LIMIT 1) c ON true
UNION ALL
SELECT l.idx, 0, l.id, '', e.leaf FROM audit_leaves l JOIN audit_entries e ON e.id = l.id WHERE l.id = ANY(%b)
"""
_WRITTEN = """
WITH given AS (
 SELECT * FROM unnest(%b::bytea[], %s::text[], %s::text[], %s::text[], %b::bytea[], %b::bytea[])
 AS one(id, t, typ, org, leaf, sealed)
), entries AS (
 INSERT INTO audit_entries (id, t, typ, org, leaf) SELECT id, t, typ, org, leaf FROM given
), details AS (
 INSERT INTO audit_details (id, sealed) SELECT id, sealed FROM given
)
INSERT INTO audit_pending (id) SELECT id FROM given
"""
# A CROSS JOIN, or SQLite would read the whole log to find the few that wait.
_PENDING = """
SELECT audit_entries.id, audit_entries.leaf
FROM audit_pending CROSS JOIN audit_entries WHERE audit_entries.id = audit_pending.id
ORDER BY audit_entries.t, audit_entries.id
"""
_STORED = "SELECT id, leaf FROM audit_entries WHERE id"
_PLACED = """
SELECT audit_leaves.id, audit_leaves.idx, audit_entries.leaf
FROM audit_leaves JOIN audit_entries ON audit_entries.id = audit_leaves.id WHERE audit_leaves.id {among}
"""


def entry(event: Event, keyring: Keyring, *, random: Callable[[int], bytes]) -> Entry:
    """An event as it goes into the log: its leaf, and its salts and private values sealed apart from it."""
    # One draw for all: every draw lets another thread run, and waiting to go on costs more than all the rest.
    drawn = random(NONCE_BYTES + SALT_BYTES * len(event.private))
    sealable = leaf(event, [drawn[at : at + SALT_BYTES] for at in range(NONCE_BYTES, len(drawn), SALT_BYTES)])
    entry_id, t = bytes.fromhex(event.id), instant(event.t)
    sealed = details.seal(sealable.disclosures, keyring, entry_id, typ=event.typ, t=t, nonce=drawn[:NONCE_BYTES])
    return Entry(entry_id, t, event.typ, event.org, sealable.leaf_bytes, sealed, sealable.disclosures)


def disclosures(connection: Connection, keyring: Keyring, entry_id: bytes) -> dict[str, str]:
    """The disclosures of an entry's private fields, by name.

    Raises `Untrusted` when they were changed, and `NotFound` when they were destroyed or got lost.
    """
    sealed = connection.execute(select(audit_details.c.sealed).where(audit_details.c.id == entry_id)).scalar()
    if sealed is None:
        raise NotFound("details-destroyed", "the details of this event are no longer here")
    return opened_details(keyring, entry_id, bytes(sealed))


def opened_details(keyring: Keyring, entry_id: bytes, sealed: bytes) -> dict[str, str]:
    """The disclosures sealed beside an entry, by name. Raises `Untrusted` when they were changed."""
    return details.opened(keyring, entry_id, sealed)


def size(connection: Connection) -> int:
    """Leaves integrated so far."""
    return int(driver.rows(connection, "SELECT size FROM audit_state", ())[0][0])


def pending(connection: Connection) -> list[tuple[bytes, bytes]]:
    """(id, leaf) of the entries without a place, oldest first."""
    return [(bytes(entry_id), bytes(leaf_bytes)) for entry_id, leaf_bytes in driver.rows(connection, _PENDING, ())]


def integrate(
    connection: Connection, ids: list[bytes], nodes: Mapping[tuple[int, int], bytes], *, old_size: int
) -> None:
    """Gives `ids` their places after `old_size`. Raises `Conflict` when another sequencer was faster."""
    new_size = old_size + len(ids)
    if not driver.rows(connection, _MOVED.format(mark=inlist.mark(connection)), (new_size, old_size)):
        raise Conflict("sequencer-overtaken", "another process extended the audit log first")
    driver.insert(connection, "audit_leaves", ("idx", "id"), list(enumerate(ids, old_size)))
    new = [(level, n, node) for (level, n), node in sorted(nodes.items())]
    driver.insert(connection, "audit_nodes", ("level", "n", "hash"), new)


def place_waiting(connection: Connection, written: Sequence[Entry] = ()) -> Batch:
    """Gives what waits its places, and what was just `written`. Raises `Conflict` when another sequencer was faster."""
    # The size is read here and now, as whatever a process remembers of a tree, a write that failed could have spoilt;
    # and it is read first, so that it is too small for whoever was overtaken meanwhile.
    old_size = size(connection)
    late = pending(connection)
    waiting = [*late, *_stored(connection, written)]
    edge = nodes_for(connection, partial(tree.root, old_size)) if waiting else tree.reader({})
    batch, nodes = grown(old_size, waiting, edge)
    if waiting:
        integrate(connection, [entry_id for entry_id, _ in waiting], nodes, old_size=old_size)
    if late:
        _wait_no_longer(connection, old_size)
    return batch


def _stored(connection: Connection, written: Sequence[Entry]) -> list[tuple[bytes, bytes]]:
    """(id, leaf) as the database has them, oldest first."""
    ids, leaves = [entry_id for _, entry_id in sorted((one.t, one.id) for one in written)], dict[bytes, bytes]()
    for start in range(0, len(ids), inlist.LONGEST):
        among, values = inlist.among(connection, ids[start : start + inlist.LONGEST])
        leaves |= driver.rows(connection, f"{_STORED} {among}", values)
    return [(entry_id, leaves[entry_id]) for entry_id in ids]


def _wait_no_longer(connection: Connection, first: int) -> None:
    driver.run(connection, _NO_LONGER.format(mark=inlist.mark(connection)), (first,))


def put_back(
    connection: Connection, leaves: Sequence[bytes], nodes: Mapping[tuple[int, int], bytes], *, old_size: int
) -> None:
    """Gives events of the log that a restored database lacks their places again, without their private details."""
    events = [json.loads(one) for one in leaves]
    ids = [bytes.fromhex(event["id"]) for event in events]
    new = lacking(connection, ids)
    rows = [
        (entry_id, event["t"], event["typ"], event["org"], one)
        for entry_id, event, one in zip(ids, events, leaves, strict=True)
        if entry_id in new
    ]
    driver.insert(connection, "audit_entries", ("id", "t", "typ", "org", "leaf"), rows)
    integrate(connection, ids, nodes, old_size=old_size)
    _wait_no_longer(connection, old_size)


def lacking(connection: Connection, ids: Sequence[bytes]) -> frozenset[bytes]:
    """Those of `ids` of which the database has no event."""
    known: set[bytes] = set()
    for start in range(0, len(ids), inlist.LONGEST):
        text, values = inlist.among(connection, ids[start : start + inlist.LONGEST])
        known |= {bytes(row[0]) for row in driver.rows(connection, f"{_THERE} {text}", values)}
    return frozenset(ids) - known


def node_reader(connection: Connection) -> Callable[[int, int], bytes]:
    """Reads hashes of complete subtrees, for `broker.audit.tree`, each once: they never change."""
    text = _NODE.format(mark=inlist.mark(connection))

    @cache
    def read(level: int, n: int) -> bytes:
        found = connection.exec_driver_sql(text, (level, n)).scalar()
        if found is None:
            raise _lacking()
        return bytes(found)

    return read


def _lacking() -> Untrusted:
    return Untrusted("log-node-missing", "the log lacks a hash: it was pruned there, or is damaged")


def nodes_for(connection: Connection, ask: Callable[[tree.Nodes], object]) -> tree.Nodes:
    """A reader of the nodes that `ask` asks for, read together. Which those are must not depend on any hash."""
    wanted: dict[tuple[int, int], bytes] = {}

    def note(level: int, n: int) -> bytes:
        wanted[level, n] = b""
        return tree.EMPTY_ROOT

    ask(note)
    places = sorted(wanted)
    for start in range(0, len(places), _NODES_AT_ONCE):
        text, values = _nodes(connection, places[start : start + _NODES_AT_ONCE])
        for level, n, node in driver.rows(connection, text, values):
            wanted[level, n] = bytes(node or b"")
    if any(len(node) != tree.HASH_BYTES for node in wanted.values()):
        raise _lacking()
    return tree.reader(wanted)


def _nodes(connection: Connection, places: Sequence[tuple[int, int]]) -> tuple[str, Sequence[Any]]:
    if connection.dialect.name == "postgresql":
        return _NODES_OF, ([level for level, _ in places], [n for _, n in places])
    # Filled up to a few lengths, so that the database keeps the prepared statement.
    some = [*places, *[places[-1]] * (-len(places) % 8)]
    return _each_node(len(some), inlist.mark(connection)), [value for place in some for value in place]


@cache
def _each_node(count: int, mark: str) -> str:
    return " UNION ALL ".join([_NODES.format(mark=mark)] * count)


@dataclass(frozen=True)
class Standing:
    """How many leaves there are, the last checkpoint kept, and where some entries stand: (index, leaf) by id."""

    size: int
    signed: int
    note: str = field(repr=False)
    placed: Mapping[bytes, tuple[int, bytes]] = field(repr=False)


def standing(connection: Connection, entries: Sequence[bytes]) -> Standing:
    """How the log stands, the size read first, and those of `entries` that have their place."""
    if connection.dialect.name == "postgresql" and len(entries) <= inlist.LONGEST:
        state, *rows = driver.rows(connection, _STANDING, (list(entries),))
        return Standing(state[0], state[1], state[3], {bytes(row[2]): (row[0], bytes(row[4])) for row in rows})
    leaves, (signed, note) = size(connection), latest_checkpoint(connection) or (0, "")
    return Standing(leaves, signed, note, placed(connection, entries))


def placed(connection: Connection, entries: Sequence[bytes]) -> dict[bytes, tuple[int, bytes]]:
    """(index in the tree, leaf) of those of `entries` that have their place."""
    found: dict[bytes, tuple[int, bytes]] = {}
    for start in range(0, len(entries), inlist.LONGEST):
        text, values = inlist.among(connection, entries[start : start + inlist.LONGEST])
        rows = driver.rows(connection, _PLACED.format(among=text), values)
        found |= {bytes(row[0]): (row[1], bytes(row[2])) for row in rows}
    return found


def write(connection: Connection, entries: Sequence[Entry]) -> None:
    """Writes events; on PostgreSQL they wait for their places from now on."""
    if connection.dialect.name == "postgresql":
        # One statement for them all: of three the way there and back costs more than the work.
        columns = list(zip(*((one.id, one.t, one.typ, one.org, one.leaf, one.sealed) for one in entries), strict=True))
        driver.run(connection, _WRITTEN, [list(column) for column in columns])
        return
    rows = [(one.id, one.t, one.typ, one.org, one.leaf) for one in entries]
    driver.insert(connection, "audit_entries", ("id", "t", "typ", "org", "leaf"), rows)
    driver.insert(connection, "audit_details", ("id", "sealed"), [(one.id, one.sealed) for one in entries])


def keep_checkpoint(connection: Connection, checkpoint_size: int, note: str) -> None:
    """Keeps a checkpoint; of two made at the same size the first stays."""
    text = _KEPT.format(mark=inlist.mark(connection))
    driver.run(connection, text, (checkpoint_size, note))


def latest_checkpoint(connection: Connection) -> tuple[int, str] | None:
    """(size, signed note) of the checkpoint of the largest tree, or None before the first."""
    rows = driver.rows(connection, "SELECT size, note FROM audit_checkpoints ORDER BY size DESC LIMIT 1", ())
    return (rows[0][0], rows[0][1]) if rows else None


def place(connection: Connection, entry_id: bytes) -> int | None:
    """The index of an entry in the tree, or None while it waits."""
    return connection.execute(select(audit_leaves.c.idx).where(audit_leaves.c.id == entry_id)).scalar()


def leaf_of(connection: Connection, entry_id: bytes) -> bytes:
    return bytes(connection.execute(select(audit_entries.c.leaf).where(audit_entries.c.id == entry_id)).scalar_one())


def leaves(connection: Connection, first: int, last: int) -> list[bytes]:
    """The leaves with indices in [first, last), in order."""
    query = (
        select(audit_entries.c.leaf)
        .join(audit_leaves, audit_leaves.c.id == audit_entries.c.id)
        .where(audit_leaves.c.idx >= first, audit_leaves.c.idx < last)
        .order_by(audit_leaves.c.idx)
    )
    return [bytes(one) for one in connection.scalars(query)]
