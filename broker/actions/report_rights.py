"""How people's rights went, right by right, out of the audit log; and what is owed now: `broker rights report`.

It names nobody and no agency's record: counts, for the board, the auditor and the commissioner.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from broker.actions.publish_checkpoint import publish_checkpoint
from broker.actions.shown_refusals import parse_leaf
from broker.audit.disclosures import reveal
from broker.audit.events import instant
from broker.parts import Parts
from broker.store import auditlog, auditread
from broker.store.case_tables import recalls, rights

COLUMNS = ("taken", "decided", "granted", "withdrawn", "overdue")
_GRANTED = frozenset({"upheld", "restricted", "corrected", "erased", "answered"})


@dataclass(frozen=True)
class RightRow:
    """One right: how many were taken in, decided, of those granted and withdrawn, and how many were not in time."""

    right: str
    taken: int
    decided: int
    granted: int
    withdrawn: int
    overdue: int


@dataclass(frozen=True)
class OwedRow:
    """One agency, now: how many wait, of them overdue or stopped, and how many are in force."""

    agency: str
    waiting: int
    overdue: int
    stopped: int
    in_force: int


@dataclass(frozen=True)
class RightsReport:
    """Since when; right by right; agency by agency; and how many notices to earlier readers nobody has fetched yet."""

    since: dt.datetime
    rights: tuple[RightRow, ...]
    agencies: tuple[OwedRow, ...]
    notices_unread: int


def report_rights(parts: Parts, *, days: int) -> RightsReport:
    """The report of the last `days` days. That somebody made it is an event of the audit log."""
    since = parts.now() - dt.timedelta(days=days)
    with parts.store.look() as connection:
        counts = _counted(parts, connection, instant(since))
        owed = _owed(connection)
        unread = select(func.count()).select_from(recalls).where(recalls.c.read_at.is_(None))
        notices = int(connection.execute(unread).scalar_one())
    stamp = parts.stamp("broker")
    event = stamp.event("admin", {"act": "reported-rights", "what": f"{days}-days"}, {})
    with parts.store.begin() as tx:
        tx.audit(parts.entry(event))
    publish_checkpoint(parts)
    names = sorted({right for _, right in counts})
    rows = tuple(RightRow(right, *(counts[what, right] for what in COLUMNS)) for right in names)
    return RightsReport(since, rows, owed, notices)


def _counted(parts: Parts, connection: Connection, since: str) -> Counter[tuple[str, str]]:
    counts: Counter[tuple[str, str]] = Counter()
    for leaf_bytes, sealed in auditread.of_types(connection, ("right",), since=since):
        leaf = parse_leaf(leaf_bytes)
        if leaf["act"] not in ("taken", "decided", "overdue"):
            continue
        shown = auditlog.opened_details(parts.keyring, bytes.fromhex(leaf["id"]), sealed)
        private = {name: reveal(text)[1] for name, text in shown.items()}
        counts[leaf["act"], private["right"]] += 1
        counts["granted", private["right"]] += private.get("outcome") in _GRANTED
        counts["withdrawn", private["right"]] += private.get("outcome") == "withdrawn"
    return counts


def _owed(connection: Connection) -> tuple[OwedRow, ...]:
    query = select(rights.c.agency, rights.c.state, func.count()).group_by(rights.c.agency, rights.c.state)
    found = {(agency, state): int(many) for agency, state, many in connection.execute(query)}
    return tuple(
        OwedRow(
            agency,
            sum(found.get((agency, state), 0) for state in ("open", "paused", "escalated")),
            found.get((agency, "escalated"), 0),
            found.get((agency, "paused"), 0),
            found.get((agency, "in_force"), 0),
        )
        for agency in sorted({agency for agency, _ in found})
    )
