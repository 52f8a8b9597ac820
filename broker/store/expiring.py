"""Details of audit events that are destroyed: by class and month, one by one; and what is there."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, delete, func, select

from broker.store.audit_tables import audit_details, audit_entries, audit_leaves, audit_marks

_AT_ONCE = 900


def of_month(connection: Connection, types: Collection[str], others: bool, month: str) -> list[bytes]:
    """The ids of the events of these types, or with `others` of all but these, of one month (UTC) like `2026-11`."""
    e = audit_entries.c
    chosen = e.typ.not_in(sorted(types)) if others else e.typ.in_(sorted(types))
    between = e.t.between(month, f"{month}~")
    return [bytes(one) for one in connection.scalars(select(e.id).where(chosen, between).order_by(e.id))]


def forget(connection: Connection, ids: Sequence[bytes]) -> int:
    """Deletes the details of these events. Returns how many had any."""
    many = 0
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        gone = delete(audit_details).where(audit_details.c.id.in_(some)).returning(audit_details.c.id)
        many += len(connection.execute(gone).all())
    return many


def forget_marks(connection: Connection, month: str) -> None:
    """Deletes by what the events of a month are found."""
    connection.execute(delete(audit_marks).where(audit_marks.c.t.between(month, f"{month}~")))


def forget_marks_of(connection: Connection, some: Sequence[tuple[bytes, str]]) -> None:
    """Deletes by what these events, each with its instant, are found."""
    m = audit_marks.c
    for entry_id, t in some:
        connection.execute(delete(audit_marks).where(m.t == t, m.id == entry_id))


def at_places(connection: Connection, places: Collection[int]) -> dict[int, tuple[bytes, str, str]]:
    """(id, type, instant) of the events at these places of the log."""
    found: dict[int, tuple[bytes, str, str]] = {}
    wanted = sorted(places)
    for start in range(0, len(wanted), _AT_ONCE):
        query = select(audit_leaves.c.idx, audit_entries.c.id, audit_entries.c.typ, audit_entries.c.t).join(
            audit_entries, audit_entries.c.id == audit_leaves.c.id
        )
        rows = connection.execute(query.where(audit_leaves.c.idx.in_(wanted[start : start + _AT_ONCE])))
        found |= {idx: (bytes(entry_id), typ, t) for idx, entry_id, typ, t in rows}
    return found


def lacking(connection: Connection) -> list[tuple[int, str, str]]:
    """(place, type, instant) of the placed events without details."""
    joined = audit_leaves.join(audit_entries, audit_entries.c.id == audit_leaves.c.id)
    joined = joined.outerjoin(audit_details, audit_details.c.id == audit_leaves.c.id)
    query = select(audit_leaves.c.idx, audit_entries.c.typ, audit_entries.c.t).select_from(joined)
    rows = connection.execute(query.where(audit_details.c.id.is_(None)).order_by(audit_leaves.c.idx))
    # `Row.t` would be the row itself.
    return [(idx, typ, t) for idx, typ, t in rows]


def count(connection: Connection) -> int:
    """How many events have their details."""
    return int(connection.execute(select(func.count()).select_from(audit_details)).scalar_one())
