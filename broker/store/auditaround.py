"""The events that entered the log beside one: those of a look-up stand together, as they are of one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection

from broker.store import auditlog, driver, inlist

_AT_ONCE = 64
_LINES = """
SELECT audit_leaves.idx, audit_leaves.id, audit_entries.t, audit_entries.typ, audit_entries.org, audit_entries.leaf,
 audit_details.sealed
FROM audit_leaves
CROSS JOIN audit_entries LEFT JOIN audit_details ON audit_details.id = audit_entries.id
WHERE audit_entries.id = audit_leaves.id AND audit_leaves.idx >= {mark} AND audit_leaves.idx < {mark}
ORDER BY audit_leaves.idx {order} LIMIT {most}
"""


class Line(NamedTuple):
    """One event in its place, and its sealed details: None where they are destroyed."""

    place: int
    id: bytes
    t: str
    typ: str
    org: str
    leaf: bytes
    sealed: bytes | None


def same_moment(connection: Connection, entry_id: bytes) -> Iterator[Line]:
    """The event and those of the same instant and agency that stand next to it; none while it has no place.

    The log orders what waits for a place by instant, and what was committed together waits together.
    """
    at = auditlog.place(connection, entry_id)
    own = [] if at is None else _lines(connection, at, at + 1, most=1)
    for line in own:
        yield line
        yield from _beside(connection, line, back=True)
        yield from _beside(connection, line, back=False)


def beside(connection: Connection, entry_id: bytes) -> list[bytes]:
    """The ids of those events of the same instant and agency, in their order; none while it has no place."""
    return [line.id for line in sorted(same_moment(connection, entry_id)) if line.id != entry_id]


def between(connection: Connection, first: int, last: int, *, most: int) -> list[Line]:
    """Some `most` events with places in [first, last), in their order. Those of one instant are not parted.

    So no look-up is, if none was before `first`; more than `most` come only where they are all of one instant.
    """
    while True:
        lines = _lines(connection, first, last, most=most)
        if len(lines) < most:
            return lines
        whole = [line for line in lines if line.t != lines[-1].t]
        if whole:
            return whole
        most *= 2


def _beside(connection: Connection, own: Line, *, back: bool) -> Iterator[Line]:
    edge = own.place
    while True:
        first, last = (max(0, edge - _AT_ONCE), edge) if back else (edge + 1, edge + 1 + _AT_ONCE)
        lines = _lines(connection, first, last, most=_AT_ONCE, back=back)
        for line in lines:
            if line.t != own.t:
                return
            if line.org == own.org:
                yield line
        if not lines:
            return
        edge = lines[-1].place


def _lines(connection: Connection, first: int, last: int, *, most: int, back: bool = False) -> list[Line]:
    text = _LINES.format(mark=inlist.mark(connection), order="DESC" if back else "ASC", most=most)
    return [Line(*row) for row in driver.rows(connection, text, (first, last))]
