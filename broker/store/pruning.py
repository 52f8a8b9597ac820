"""The beginning of the audit log is taken out of the database; nothing else ever takes anything out of it.

The triggers that forbid it are put aside and back in the same transaction. Events of the system stay, as the broker
reads from them which agreements and keys it has; and so do all hashes that later proofs need (`audit.tiles.left_edge`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, delete, func, select, text

from broker.audit.tiles import is_left
from broker.store.audit_tables import audit_details, audit_entries, audit_leaves, audit_nodes

_TABLES = ("audit_entries", "audit_leaves", "audit_nodes")


def first_since(connection: Connection, t: str) -> int | None:
    """The place of the first event of the instant `t` or later."""
    joined = audit_leaves.join(audit_entries, audit_entries.c.id == audit_leaves.c.id)
    query = select(func.min(audit_leaves.c.idx)).select_from(joined).where(audit_entries.c.t >= t)
    found = connection.execute(query).scalar()
    return None if found is None else int(found)


def details_before(connection: Connection, first: int, *, without: Collection[str]) -> int:
    """How many events before a place have their details, those of types `without` not counted."""
    joined = audit_leaves.join(audit_entries, audit_entries.c.id == audit_leaves.c.id)
    joined = joined.join(audit_details, audit_details.c.id == audit_leaves.c.id)
    query = select(func.count()).select_from(joined).where(audit_leaves.c.idx < first)
    return int(connection.execute(query.where(audit_entries.c.typ.not_in(sorted(without)))).scalar_one())


def prune(connection: Connection, first: int, *, keep: Collection[str]) -> int:
    """Takes out the events before `first`, but for those of types `keep`. Returns how many went."""
    gone = select(audit_leaves.c.id).join(audit_entries, audit_entries.c.id == audit_leaves.c.id)
    gone = gone.where(audit_leaves.c.idx < first, audit_entries.c.typ.not_in(sorted(keep)))
    ids = [bytes(one) for one in connection.scalars(gone)]
    with _allowed(connection):
        for start in range(0, len(ids), 900):
            some = ids[start : start + 900]
            connection.execute(delete(audit_leaves).where(audit_leaves.c.id.in_(some)))
            connection.execute(delete(audit_entries).where(audit_entries.c.id.in_(some)))
        top = connection.execute(select(func.max(audit_nodes.c.level))).scalar_one()
        for level in range(int(top) + 1):
            edge = (audit_nodes.c.level == level, audit_nodes.c.n < is_left(level, first))
            connection.execute(delete(audit_nodes).where(*edge))
    return len(ids)


@contextmanager
def _allowed(connection: Connection) -> Iterator[None]:
    if connection.dialect.name == "postgresql":
        for table in _TABLES:
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER {table}_append_only"))
        yield
        for table in _TABLES:
            connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER {table}_append_only"))
        return
    made = text("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")
    triggers = [(name, sql) for name, table, sql in connection.execute(made) if table in _TABLES]
    for name, _ in triggers:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    yield
    for _, sql in triggers:
        connection.exec_driver_sql(sql)
