"""The audit log's rows: entries wait in `audit_pending` until the sequencer gives them their place in the tree."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from sqlalchemy import Connection, func, select

from broker.audit import matters, tree
from broker.audit.events import Event, instant, leaf
from broker.errors import Conflict, NotFound, Untrusted
from broker.keys.keyring import Keyring
from broker.store import auditmarks, details, driver, inlist
from broker.store.audit_tables import (
    audit_details,
    audit_entries,
    audit_leaves,
)
from broker.store.entries import Entry

_PAGE = 1000
_SEQUENCER = "the audit log's sequencer"
_STANDS_STILL = "3s"
_NODE = "SELECT hash FROM audit_nodes WHERE level = {mark} AND n = {mark}"
_NODES = "SELECT level, n, hash FROM audit_nodes WHERE level = {mark} AND n = {mark}"
_NODES_AT_ONCE = 256
_MOVED = "UPDATE audit_state SET size = {mark} WHERE one = 1 AND size = {mark} RETURNING size"
_NO_LONGER = "DELETE FROM audit_pending WHERE id IN (SELECT id FROM audit_leaves WHERE idx >= {mark})"
_KEPT = "INSERT INTO audit_checkpoints (size, note) VALUES ({mark}, {mark}) ON CONFLICT DO NOTHING"
# A CROSS JOIN, or SQLite would read the whole log to find the few that wait.
_PENDING = """
SELECT audit_entries.id, audit_entries.leaf
FROM audit_pending CROSS JOIN audit_entries WHERE audit_entries.id = audit_pending.id
ORDER BY audit_entries.t, audit_entries.id
"""
_PLACED = """
SELECT audit_leaves.id, audit_leaves.idx, audit_entries.leaf
FROM audit_leaves JOIN audit_entries ON audit_entries.id = audit_leaves.id WHERE audit_leaves.id {among}
"""


def entry(
    event: Event, keyring: Keyring, *, random: Callable[[int], bytes], terms: matters.Terms | None = None
) -> Entry:
    """An event as it goes into the log: its leaf, and its salts and private values sealed apart from it.

    `terms` are what a look-up is found by; any other event is found by its type and by who acted.
    """
    if terms is None and event.typ not in matters.PARTS:
        terms = _terms(event)
    marks = auditmarks.marks_of(keyring, terms, random=random) if terms else ()
    sealable = leaf(event, lambda: random(16))
    entry_id = bytes.fromhex(event.id)
    sealed = details.seal(sealable.disclosures, keyring, entry_id, typ=event.typ, t=instant(event.t), random=random)
    return Entry(
        entry_id, instant(event.t), event.typ, event.org, sealable.leaf_bytes, sealed, sealable.disclosures, marks
    )


def _terms(event: Event) -> matters.Terms:
    staff, purpose = event.private.get("staff", ""), event.header.get("purpose", "")
    return matters.terms_of_event(event.typ, event.org, actor=str(staff), purpose=str(purpose))


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


def lead(connection: Connection, *, insists: bool) -> bool:
    """Whether this process is the one that gives places and signs, until the transaction ends.

    If another is, it waits until that one is done, unless it `insists`: then it is the next. For PostgreSQL alone.
    """
    stand_no_longer(connection)
    lock = func.hashtextextended(_SEQUENCER, 0)
    if insists:
        connection.execute(select(func.pg_advisory_xact_lock(lock)))
    elif not connection.execute(select(func.pg_try_advisory_xact_lock(lock))).scalar():
        connection.execute(select(func.pg_advisory_xact_lock_shared(lock)))
        return False
    return True


def stand_no_longer(connection: Connection) -> None:
    """A process that stands still in this transaction loses it within seconds. For PostgreSQL alone."""
    connection.exec_driver_sql(f"SET LOCAL idle_in_transaction_session_timeout = '{_STANDS_STILL}'")


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
    # One plain statement, and the last: after a pipelined one PostgreSQL forgets how long the transaction may be idle.
    driver.run(connection, _NO_LONGER.format(mark=inlist.mark(connection)), (old_size,))


def place_waiting(connection: Connection) -> int:
    """Gives what waits its places. Returns the new size. Raises `Conflict` when another sequencer was faster."""
    # The size is read here and now, as whatever a process remembers of a tree, a write that failed could have spoilt;
    # and it is read first, so that it is too small for whoever was overtaken meanwhile.
    old_size = size(connection)
    waiting = pending(connection)
    if waiting:
        # Of the bytes as they are stored: a bit that flipped on their way can't part a leaf from its hash.
        hashes = [tree.leaf_hash(leaf_bytes) for _, leaf_bytes in waiting]
        left = nodes_for(connection, lambda nodes: tree.append(old_size, hashes, nodes=nodes))
        nodes = tree.append(old_size, hashes, nodes=left)
        integrate(connection, [entry_id for entry_id, _ in waiting], nodes, old_size=old_size)
    return old_size + len(waiting)


def put_back(
    connection: Connection, leaves: Sequence[bytes], nodes: Mapping[tuple[int, int], bytes], *, old_size: int
) -> None:
    """Gives events of the log that a restored database lacks their places again, without their private details."""
    events = [json.loads(one) for one in leaves]
    ids = [bytes.fromhex(event["id"]) for event in events]
    known: set[bytes] = set()
    for start in range(0, len(ids), 900):
        some = select(audit_entries.c.id).where(audit_entries.c.id.in_(ids[start : start + 900]))
        known |= {bytes(one) for one in connection.scalars(some)}
    rows = [
        (entry_id, event["t"], event["typ"], event["org"], one)
        for entry_id, event, one in zip(ids, events, leaves, strict=True)
        if entry_id not in known
    ]
    driver.insert(connection, "audit_entries", ("id", "t", "typ", "org", "leaf"), rows)
    integrate(connection, ids, nodes, old_size=old_size)


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
        return wanted.setdefault((level, n), tree.EMPTY_ROOT)

    ask(note)
    found = 0
    one, places = _NODES.format(mark=inlist.mark(connection)), sorted(wanted)
    for start in range(0, len(places), _NODES_AT_ONCE):
        some = places[start : start + _NODES_AT_ONCE]
        # Filled up to a few lengths, so that the database keeps the prepared statement.
        some += some[-1:] * (-len(some) % 8)
        text, values = " UNION ALL ".join([one] * len(some)), tuple(value for place in some for value in place)
        read = {(row[0], row[1]): bytes(row[2]) for row in driver.rows(connection, text, values)}
        wanted, found = wanted | read, found + len(read)
    if found < len(places):
        raise _lacking()
    return tree.reader(wanted)


def placed(connection: Connection, entries: Sequence[bytes]) -> dict[bytes, tuple[int, bytes]]:
    """(index in the tree, leaf) of those of `entries` that have their place."""
    found: dict[bytes, tuple[int, bytes]] = {}
    for start in range(0, len(entries), inlist.LONGEST):
        text, values = inlist.among(connection, entries[start : start + inlist.LONGEST])
        rows = driver.rows(connection, _PLACED.format(among=text), values)
        found |= {bytes(row[0]): (row[1], bytes(row[2])) for row in rows}
    return found


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
