"""PostgreSQL: who holds the lock gives everybody's committed events their places. One statement reads, one writes.

Requests commit side by side there, and a place given inside of one could be lost with it. Who finds the lock taken
waits until it is free, and mostly finds its own events placed. The holder loses it when it stands still for some
seconds; whatever gets past that, such as a process that wakes up again, is stopped by the fence: the tree's size moves
on only from what was read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from sqlalchemy import Connection

from broker.audit import tree
from broker.errors import Conflict, Untrusted
from broker.store import driver
from broker.store.batches import Batch, grown

_LOCK = "hashtextextended('the audit log''s sequencer', 0)"
_STANDS_STILL = "3s"
_LEADS = f"""
SELECT pg_try_advisory_xact_lock({_LOCK}), set_config('idle_in_transaction_session_timeout', %s, true)
"""
_INSISTS = _LEADS.replace("pg_try_advisory_xact_lock", "pg_advisory_xact_lock")
_WAITS = f"SELECT pg_advisory_xact_lock_shared({_LOCK})"
# The state and the last checkpoint; what waits; and the hashes on the tree's right edge, each read by its key.
_READ = """
SELECT 0, s.size, coalesce(c.size, 0), ''::bytea, ''::bytea, coalesce(c.note, '')
FROM audit_state s LEFT JOIN (SELECT size, note FROM audit_checkpoints ORDER BY size DESC LIMIT 1) c ON true
UNION ALL
SELECT 1, 0, 0, e.id, e.leaf, e.t FROM audit_entries e WHERE e.id = ANY(ARRAY(SELECT id FROM audit_pending))
UNION ALL
SELECT 2, l, (s.size >> l) - 1,
 (SELECT n.hash FROM audit_nodes n WHERE n.level = l AND n.n = (s.size >> l) - 1), ''::bytea, ''
FROM audit_state s CROSS JOIN generate_series(0, 62) l WHERE (s.size >> l) & 1 = 1
"""
_WRITTEN = """
WITH moved AS (
 UPDATE audit_state SET size = %s WHERE one = 1 AND size = %s RETURNING size
), placed AS (
 INSERT INTO audit_leaves (idx, id)
 SELECT one.idx, one.id FROM unnest(%s::bigint[], %b::bytea[]) AS one(idx, id) WHERE EXISTS (SELECT 1 FROM moved)
), hashed AS (
 INSERT INTO audit_nodes (level, n, hash)
 SELECT one.level, one.n, one.hash FROM unnest(%s::smallint[], %s::bigint[], %b::bytea[]) AS one(level, n, hash)
 WHERE EXISTS (SELECT 1 FROM moved)
), gone AS (
 DELETE FROM audit_pending WHERE id = ANY(%b) AND EXISTS (SELECT 1 FROM moved)
), kept AS (
 INSERT INTO audit_checkpoints (size, note)
 SELECT one.size, one.note FROM unnest(%s::bigint[], %s::text[]) AS one(size, note) WHERE EXISTS (SELECT 1 FROM moved)
 ON CONFLICT DO NOTHING
)
SELECT size FROM moved
"""


@dataclass(frozen=True)
class Led:
    """What the lock's holder placed, and the last checkpoint that was kept before: its size, its note."""

    batch: Batch
    signed: int
    note: str = field(repr=False)


Signs: TypeAlias = Callable[[Led], Batch]
"""Gives what is being placed a signature, or leaves it without one."""


def lead(connection: Connection, *, insists: bool) -> bool:
    """Whether this process is the one that gives places, until the transaction ends.

    If another is, it waits until that one is done, unless it `insists`: then it is the next.
    """
    [(held, _)] = driver.rows(connection, _INSISTS if insists else _LEADS, (_STANDS_STILL,))
    if held is False:
        driver.rows(connection, _WAITS, ())
        return False
    return True


def place(connection: Connection, signs: Signs) -> Led:
    """Gives what waits its places. Raises `Conflict` when another was faster, `Untrusted` when a hash is gone."""
    state: dict[int, list[Any]] = {0: [], 1: [], 2: []}
    for row in driver.rows(connection, _READ, ()):
        state[row[0]].append(row)
    [(_, size, signed, _, _, note)] = state[0]
    edge = {(row[1], row[2]): bytes(row[3]) for row in state[2] if row[3] is not None}
    if len(edge) < len(state[2]):
        raise Untrusted("log-node-missing", "the log lacks a hash: it was pruned there, or is damaged")
    waiting = [(bytes(row[3]), bytes(row[4])) for row in sorted(state[1], key=lambda row: (row[5], bytes(row[3])))]
    batch, nodes = grown(size, waiting, tree.reader(edge))
    led = Led(batch, signed, note)
    if waiting:
        led = replace(led, batch=signs(led))
        _write(connection, led.batch, nodes)
    return led


def _write(connection: Connection, batch: Batch, nodes: dict[tuple[int, int], bytes]) -> None:
    ids, hashes = list(batch.places), sorted(nodes.items())
    levels, numbers = [level for (level, _), _ in hashes], [n for (_, n), _ in hashes]
    indices = list(range(batch.first, batch.size))
    new = (levels, numbers, [node for _, node in hashes])
    kept = ([batch.size], [batch.note]) if batch.note else ([], [])
    values = (batch.size, batch.first, indices, ids, *new, ids, *kept)
    if not driver.rows(connection, _WRITTEN, values):
        raise Conflict("sequencer-overtaken", "another process extended the audit log first")
