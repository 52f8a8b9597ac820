"""The audit log's rows: entries wait in `audit_pending` until the sequencer gives them their place in the tree."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from broker.audit import tree
from broker.audit.events import Event, instant, leaf
from broker.errors import Conflict, Untrusted
from broker.keys import context
from broker.keys.envelope import NONCE_BYTES, pad, unpad
from broker.keys.keyring import Keyring
from broker.store import driver, inlist
from broker.store.audit_tables import (
    audit_checkpoints,
    audit_details,
    audit_entries,
    audit_leaves,
    audit_pending,
    audit_state,
)
from broker.store.engine import Entry

_PAGE = 1000
_NODE = "SELECT hash FROM audit_nodes WHERE level = {mark} AND n = {mark}"
_NODES = "SELECT level, n, hash FROM audit_nodes WHERE level = {mark} AND n = {mark}"
_NODES_AT_ONCE = 256
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


def entry(event: Event, keyring: Keyring, *, random: Callable[[int], bytes]) -> Entry:
    """An event as it goes into the log: its leaf, and its salts and private values sealed apart from it."""
    sealable = leaf(event, lambda: random(16))
    entry_id = bytes.fromhex(event.id)
    plain = json.dumps(dict(sealable.disclosures)).encode()
    nonce = random(NONCE_BYTES)
    bound = context.bind(context.DETAIL, entry_id)
    sealed = nonce + AESGCM(keyring.detail_key).encrypt(nonce, pad(plain, 1024), bound)
    return Entry(entry_id, instant(event.t), event.typ, event.org, sealable.leaf_bytes, sealed, sealable.disclosures)


def disclosures(connection: Connection, keyring: Keyring, entry_id: bytes) -> dict[str, str]:
    """The disclosures of an entry's private fields, by name. Raises `Untrusted` when they were changed."""
    sealed = connection.execute(select(audit_details.c.sealed).where(audit_details.c.id == entry_id)).scalar_one()
    return opened_details(keyring, entry_id, bytes(sealed))


def opened_details(keyring: Keyring, entry_id: bytes, sealed: bytes) -> dict[str, str]:
    """The disclosures sealed beside an entry, by name. Raises `Untrusted` when they were changed."""
    try:
        bound = context.bind(context.DETAIL, entry_id)
        plain = unpad(AESGCM(keyring.detail_key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound))
    except InvalidTag:
        raise Untrusted("seal-broken", "the details of an audit event do not open where they stand") from None
    return {str(name): str(shown) for name, shown in json.loads(plain).items()}


def size(connection: Connection) -> int:
    """Leaves integrated so far."""
    return int(connection.execute(select(audit_state.c.size)).scalar_one())


def pending(connection: Connection) -> list[tuple[bytes, bytes]]:
    """(id, leaf) of the entries without a place, oldest first."""
    return [(bytes(entry_id), bytes(leaf_bytes)) for entry_id, leaf_bytes in driver.rows(connection, _PENDING, ())]


def integrate(
    connection: Connection, ids: list[bytes], nodes: Mapping[tuple[int, int], bytes], *, old_size: int
) -> None:
    """Gives `ids` their places after `old_size`. Raises `Conflict` when another sequencer was faster."""
    new_size = old_size + len(ids)
    moved = update(audit_state).where(audit_state.c.one == 1, audit_state.c.size == old_size).values(size=new_size)
    if connection.execute(moved.returning(audit_state.c.size)).first() is None:
        raise Conflict("sequencer-overtaken", "another process extended the audit log first")
    driver.insert(connection, "audit_leaves", ("idx", "id"), list(enumerate(ids, old_size)))
    new = [(level, n, node) for (level, n), node in sorted(nodes.items())]
    driver.insert(connection, "audit_nodes", ("level", "n", "hash"), new)
    for start in range(0, len(ids), 900):
        connection.execute(delete(audit_pending).where(audit_pending.c.id.in_(ids[start : start + 900])))


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
        return bytes(connection.exec_driver_sql(text, (level, n)).scalar_one())

    return read


def nodes_for(connection: Connection, ask: Callable[[tree.Nodes], object]) -> tree.Nodes:
    """A reader of the nodes that `ask` asks for, read together. Which those are must not depend on any hash."""
    wanted: dict[tuple[int, int], bytes] = {}

    def note(level: int, n: int) -> bytes:
        return wanted.setdefault((level, n), tree.EMPTY_ROOT)

    ask(note)
    one, places = _NODES.format(mark=inlist.mark(connection)), sorted(wanted)
    for start in range(0, len(places), _NODES_AT_ONCE):
        some = places[start : start + _NODES_AT_ONCE]
        # Filled up to a few lengths, so that the database keeps the prepared statement.
        some += some[-1:] * (-len(some) % 8)
        text, values = " UNION ALL ".join([one] * len(some)), tuple(value for place in some for value in place)
        wanted |= {(row[0], row[1]): bytes(row[2]) for row in driver.rows(connection, text, values)}
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
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    new = dialect.insert(audit_checkpoints).values(size=checkpoint_size, note=note)
    connection.execute(new.on_conflict_do_nothing())


def latest_checkpoint(connection: Connection) -> tuple[int, str] | None:
    query = (
        select(audit_checkpoints.c.size, audit_checkpoints.c.note).order_by(audit_checkpoints.c.size.desc()).limit(1)
    )
    row = connection.execute(query).first()
    return None if row is None else (row.size, row.note)


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
