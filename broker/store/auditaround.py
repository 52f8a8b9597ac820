"""The events that entered the log beside one: those of a look-up stand together, as they are of one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row, select

from broker.store import auditlog
from broker.store.audit_tables import audit_details, audit_entries, audit_leaves

_AT_ONCE = 64
Sealed: TypeAlias = "tuple[bytes, bytes, bytes | None]"
"""(id, leaf, sealed details or None where they are destroyed)."""


def same_moment(connection: Connection, entry_id: bytes) -> Iterator[Sealed]:
    """The events of the same instant and agency that stand next to `entry_id`; none while it has no place.

    The log orders what waits for a place by instant, and what was committed together waits together.
    """
    e = audit_entries.c
    at = auditlog.place(connection, entry_id)
    if at is None:
        return
    t, org = connection.execute(select(e.t, e.org).where(e.id == entry_id)).one()
    for step in (-1, 1):
        edge = at
        while rows := _page(connection, edge, step):
            for row in rows:
                if row.at != t:
                    break
                if row.org == org:
                    yield bytes(row.id), bytes(row.leaf), bytes(row.sealed) if row.sealed is not None else None
            if rows[-1].at != t:
                break
            edge = rows[-1].idx


def matters_between(
    connection: Connection, first: int, last: int, *, parts_of: Collection[str]
) -> list[tuple[str, bytes]]:
    """(t, id) of the events with places in [first, last) that are of none of the types `parts_of`, in their order."""
    e, place = audit_entries.c, audit_leaves.c.idx
    placed = select(e.t, e.id).join(audit_leaves, audit_leaves.c.id == e.id)
    chosen = placed.where(place >= first, place < last, e.typ.not_in(tuple(parts_of)))
    return [(str(t), bytes(one)) for t, one in connection.execute(chosen.order_by(place))]


def of_types_between(connection: Connection, first: int, last: int, *, types: Collection[str]) -> list[bytes]:
    """The ids of the events of these types with places in [first, last), in their order."""
    e, place = audit_entries.c, audit_leaves.c.idx
    placed = select(e.id).join(audit_leaves, audit_leaves.c.id == e.id)
    chosen = placed.where(place >= first, place < last, e.typ.in_(tuple(types)))
    return [bytes(one) for one in connection.scalars(chosen.order_by(place))]


def _page(connection: Connection, edge: int, step: int) -> list[Row[Any]]:
    e, place = audit_entries.c, audit_leaves.c.idx
    near = place.between(edge + 1, edge + _AT_ONCE) if step > 0 else place.between(edge - _AT_ONCE, edge - 1)
    joined = (
        select(place, e.id, e.t.label("at"), e.org, e.leaf, audit_details.c.sealed)
        .select_from(audit_leaves)
        .join(audit_entries, e.id == audit_leaves.c.id)
        .outerjoin(audit_details, audit_details.c.id == audit_leaves.c.id)
    )
    return list(connection.execute(joined.where(near).order_by(place if step > 0 else place.desc())))
