"""What the audit log is asked: by type, by time, by agency. Nothing here writes."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import ColumnElement, Connection, TextClause, func, select

from broker.audit.events import instant
from broker.store.audit_tables import (
    audit_details,
    audit_entries,
    audit_leaves,
    is_matter,
)

_PAGE = 1000


def last_policy(connection: Connection) -> str | None:
    """The digest of the agreements that the log last said were in force."""
    events = policy_events(connection)
    return str(events[-1]["new"]) if events else None


def policy_details(connection: Connection) -> Iterator[tuple[bytes, bytes, bytes]]:
    """(id, leaf, sealed details) of the events by which agreements came into force, in no order."""
    columns = (audit_entries.c.id, audit_entries.c.leaf, audit_details.c.sealed)
    joined = select(*columns).join(audit_details, audit_details.c.id == audit_entries.c.id)
    for entry_id, leaf, sealed in connection.execute(joined.where(audit_entries.c.typ == "policy", is_matter)):
        yield bytes(entry_id), bytes(leaf), bytes(sealed)


def leaves_of(connection: Connection, typ: str, *, since: str = "") -> Iterator[bytes]:
    """The leaves of one type from the instant `since` on, by time."""
    e = audit_entries.c
    query = select(e.leaf).where(e.typ == typ, e.t >= since, is_matter).order_by(e.t, e.id)
    yield from (bytes(one) for one in connection.scalars(query.execution_options(yield_per=_PAGE)))


def served_from(connection: Connection) -> int:
    """The place of the first event that the log is served from: what was before it is pruned."""
    return max((int(json.loads(leaf)["first"]) for leaf in leaves_of(connection, "prune")), default=0)


def keys_in_use(connection: Connection) -> dict[str, str]:
    """The public keys that the log says are in use, by their id, with their use."""
    query = select(audit_entries.c.leaf).where(audit_entries.c.typ == "key", is_matter)
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
    query = select(audit_entries.c.leaf).where(
        audit_entries.c.typ == "ingest", audit_entries.c.org.in_(agencies), is_matter
    )
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


def decided_since(connection: Connection, since: str = "", until: str = "9") -> Iterator[tuple[bytes, bytes, bytes]]:
    """(id, leaf, sealed details) of the leaves with decisions from the instant `since` on, and before `until`."""
    c = audit_entries.c
    chosen = (c.typ.in_(("disclose", "deny", "nothing", "untold")), c.t >= since, c.t < until)
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
    query = select(audit_entries.c.leaf).select_from(placed).where(audit_entries.c.typ == "policy", is_matter)
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


def _of_day(typ: str, org: str, day: dt.date) -> tuple[ColumnElement[bool] | TextClause, ...]:
    t = audit_entries.c.t.between(day.isoformat(), f"{day.isoformat()}~")
    return audit_entries.c.typ == typ, audit_entries.c.org == org, t, is_matter


def reviews_after(connection: Connection, entry_id: bytes) -> list[bytes]:
    """The ids of the same agency's reviews within two hours after `entry_id`: an answer's handles are good for one."""
    began, org = connection.execute(
        select(audit_entries.c.t, audit_entries.c.org).where(audit_entries.c.id == entry_id)
    ).one()
    until = instant(dt.datetime.fromisoformat(began) + dt.timedelta(hours=2))
    e = audit_entries.c
    chosen = (e.typ == "review", e.org == org, e.t.between(began, until), is_matter)
    query = select(e.id).where(*chosen).order_by(e.t, e.id)
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
