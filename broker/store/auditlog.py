"""The audit log's rows: entries wait in `audit_pending` until the sequencer gives them their place in the tree."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import ColumnElement, Connection, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from broker.audit import tree
from broker.audit.events import Event, instant, leaf
from broker.errors import Conflict, Untrusted
from broker.keys import context
from broker.keys.envelope import NONCE_BYTES, pad, unpad
from broker.keys.keyring import Keyring
from broker.store import driver, inlist
from broker.store.engine import Entry
from broker.store.tables import (
    audit_checkpoints,
    audit_details,
    audit_entries,
    audit_leaves,
    audit_pending,
    audit_state,
)

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


def last_policy(connection: Connection) -> str | None:
    """The digest of the agreements that the log last said were in force."""
    events = policy_events(connection)
    return str(events[-1]["new"]) if events else None


def keys_in_use(connection: Connection) -> dict[str, str]:
    """The public keys that the log says are in use, by their id, with their use."""
    query = select(audit_entries.c.leaf).where(audit_entries.c.typ == "key")
    known: dict[str, str] = {}
    for text in connection.scalars(query.order_by(audit_entries.c.t, audit_entries.c.id)):
        event = json.loads(text)
        if event["act"] == "made":
            known[event["key"]] = event["use"]
        else:
            known.pop(event["key"], None)
    return known


def batches_posted_with(connection: Connection, keys: Collection[str]) -> frozenset[bytes]:
    """The deliveries of which the log says that a chunk was signed with one of `keys`, by their public ids."""
    agencies = {key.partition("/")[0] for key in keys}
    query = select(audit_entries.c.leaf).where(audit_entries.c.typ == "ingest", audit_entries.c.org.in_(agencies))
    events = map(json.loads, connection.scalars(query))
    return frozenset(bytes.fromhex(event["batch"]) for event in events if event["key"] in keys)


def answer_with(connection: Connection, prefix: bytes) -> list[bytes]:
    """The ids of the cover leaves whose id begins with `prefix`."""
    rest = 16 - len(prefix)
    between = audit_entries.c.id.between(prefix + bytes(rest), prefix + b"\xff" * rest)
    return [
        bytes(one)
        for one in connection.scalars(select(audit_entries.c.id).where(between, audit_entries.c.typ == "answer"))
    ]


def answers_since(connection: Connection, since: str = "") -> Iterator[tuple[bytes, str, str, bytes]]:
    """(id, t, org, sealed details) of the cover leaves from the instant `since` on, in no order, page by page."""
    chosen = (audit_entries.c.typ == "answer", audit_entries.c.t >= since)
    columns = (audit_entries.c.id, audit_entries.c.t, audit_entries.c.org, audit_details.c.sealed)
    joined = select(*columns).join(audit_details, audit_details.c.id == audit_entries.c.id)
    last = b""
    while page := connection.execute(
        joined.where(*chosen, audit_entries.c.id > last).order_by(audit_entries.c.id).limit(_PAGE)
    ).all():
        yield from ((bytes(entry_id), t, org, bytes(sealed)) for entry_id, t, org, sealed in page)
        last = bytes(page[-1].id)


def decided_since(connection: Connection, since: str = "") -> Iterator[tuple[bytes, bytes, bytes]]:
    """(id, leaf, sealed details) of the leaves with decisions from the instant `since` on, page by page."""
    chosen = (audit_entries.c.typ.in_(("disclose", "deny", "untold")), audit_entries.c.t >= since)
    columns = (audit_entries.c.id, audit_entries.c.leaf, audit_details.c.sealed)
    joined = select(*columns).join(audit_details, audit_details.c.id == audit_entries.c.id)
    last = b""
    while page := connection.execute(
        joined.where(*chosen, audit_entries.c.id > last).order_by(audit_entries.c.id).limit(_PAGE)
    ).all():
        yield from ((bytes(entry_id), bytes(leaf), bytes(sealed)) for entry_id, leaf, sealed in page)
        last = bytes(page[-1].id)


def policy_events(connection: Connection) -> list[dict[str, str]]:
    """The events by which agreements came into force, in the order of the log; what waits for its place comes last."""
    placed = audit_entries.outerjoin(audit_leaves, audit_leaves.c.id == audit_entries.c.id)
    query = select(audit_entries.c.leaf).select_from(placed).where(audit_entries.c.typ == "policy")
    ordered = query.order_by(audit_leaves.c.idx.is_(None), audit_leaves.c.idx, audit_entries.c.t, audit_entries.c.id)
    return [json.loads(one) for one in connection.scalars(ordered)]


def alarms_of(connection: Connection, org: str, day: dt.date) -> list[bytes]:
    """The ids of an agency's alarms of one UTC day, oldest first."""
    query = select(audit_entries.c.id).where(*_of_day("alarm", org, day))
    return [bytes(one) for one in connection.scalars(query.order_by(audit_entries.c.t, audit_entries.c.id))]


def count_answers(connection: Connection, org: str, day: dt.date) -> int:
    """How many of an agency's questions were answered, or refused, on one UTC day."""
    query = select(func.count()).select_from(audit_entries).where(*_of_day("answer", org, day))
    return int(connection.execute(query).scalar_one())


def _of_day(typ: str, org: str, day: dt.date) -> tuple[ColumnElement[bool], ...]:
    t = audit_entries.c.t.startswith(day.isoformat())
    return audit_entries.c.typ == typ, audit_entries.c.org == org, t


def reviews_after(connection: Connection, entry_id: bytes) -> list[bytes]:
    """The ids of the same agency's reviews within two hours after `entry_id`: an answer's handles are good for one."""
    began, org = connection.execute(
        select(audit_entries.c.t, audit_entries.c.org).where(audit_entries.c.id == entry_id)
    ).one()
    until = instant(dt.datetime.fromisoformat(began) + dt.timedelta(hours=2))
    chosen = (audit_entries.c.typ == "review", audit_entries.c.org == org, audit_entries.c.t.between(began, until))
    query = select(audit_entries.c.id).where(*chosen).order_by(audit_entries.c.t, audit_entries.c.id)
    return [bytes(one) for one in connection.scalars(query)]


def beside(connection: Connection, entry_id: bytes) -> list[bytes]:
    """The ids of the entries of the same transaction's moment and agency: within two seconds after `entry_id`."""
    query = select(audit_entries.c.t, audit_entries.c.org).where(audit_entries.c.id == entry_id)
    began, org = connection.execute(query).one()
    until = instant(dt.datetime.fromisoformat(began) + dt.timedelta(seconds=2))
    near = select(audit_entries.c.id).where(
        audit_entries.c.org == org, audit_entries.c.t >= began, audit_entries.c.t <= until
    )
    return [bytes(one) for one in connection.scalars(near.order_by(audit_entries.c.t)) if one != entry_id]


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


def of_types(
    connection: Connection, types: Sequence[str], *, since: str = "", until: str = "~"
) -> Iterator[tuple[bytes, bytes]]:
    """(leaf, sealed details) of the events of these types from the instant `since` on and before `until`, by time."""
    e = audit_entries.c
    joined = select(e.t, e.id, e.leaf, audit_details.c.sealed).join(audit_details, audit_details.c.id == e.id)
    chosen = joined.where(e.typ.in_(tuple(types)), e.t >= since, e.t < until).order_by(e.t, e.id).limit(_PAGE)
    page = connection.execute(chosen).all()
    while page:
        yield from ((bytes(row.leaf), bytes(row.sealed)) for row in page)
        last = page[-1]
        page = connection.execute(chosen.where((e.t > last[0]) | ((e.t == last[0]) & (e.id > last.id)))).all()
