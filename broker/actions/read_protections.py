"""What of the register of protections is an agency's own, for its reviewers; and how many each agency has.

Who set what is sealed in each entry, so the whole register is opened and the agency's own picked out.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from broker.actions.publish_checkpoint import prove, publish_checkpoint
from broker.actions.run_clocks import escalate
from broker.parts import Parts
from broker.policy.clocks import last_day
from broker.policy.days import london_date
from broker.store import protections
from broker.store.engine import Entry as AuditEntry
from broker.store.engine import Released
from broker.store.protections import Entry
from broker.wire.protection import ProtectionDone, Register, Registered
from broker.wire.reference import spoken_reference

COUNTS = ("in_force", "to_confirm", "to_lift", "late", "due_for_review", "lifted")


@dataclass(frozen=True)
class AgencyRow:
    """How many protections an agency has: in force; of them to be confirmed, proposed to be lifted, not looked at by a
    second person in time, past their day of review; and lifted."""

    agency: str
    in_force: int
    to_confirm: int
    to_lift: int
    late: int
    due_for_review: int
    lifted: int


def read_protections(parts: Parts, *, agency: str, staff: str) -> Released[Register]:
    """The agency's own entries: what waits for somebody first, then what is due for review, what was lifted last."""
    stamp = parts.stamp(agency)
    read = stamp.event("admin", {"act": "read-protections", "what": "ours"}, {"staff": staff})
    entry = parts.entry(read)
    parts = _noted(parts, entry)
    with parts.store.look() as connection:
        mine = [one for one in protections.every(connection, parts.keysets) if _agency(parts, one) == agency]
    [proven] = prove(parts, [entry.id])
    on = london_date(parts.now())
    shown = tuple(_shown(parts, one, agency, on) for one in sorted(mine, key=lambda one: _place(one, on)))
    told = Register(v=1, agency=agency, entries=shown, leaf=proven.leaf, proof=proven.proof)
    return parts.store.recorded(told, entry.id)


def report_protections(parts: Parts) -> tuple[AgencyRow, ...]:
    """How many each agency has, of every agency that has any. That somebody asked is an event of the audit log."""
    stamp = parts.stamp("broker")
    event = stamp.event("admin", {"act": "reported-protections", "what": "by-agency"}, {})
    parts = _noted(parts, parts.entry(event))
    with parts.store.look() as connection:
        every = protections.every(connection, parts.keysets)
    publish_checkpoint(parts)
    on = london_date(parts.now())
    counts = Counter((_agency(parts, one), what) for one in every for what in _counted(one, on))
    agencies = sorted({agency for agency, _ in counts})
    return tuple(AgencyRow(agency, *(counts[agency, what] for what in COUNTS)) for agency in agencies)


def _noted(parts: Parts, entry: AuditEntry) -> Parts:
    """The parts of now, after what has run out was noticed, and that somebody reads is in the log.

    The whole register is opened afterwards: nobody who writes waits for that.
    """
    with parts.store.begin() as tx:
        parts = parts.at(tx.connection)
        escalate(parts, tx)
        tx.audit(entry)
    return parts


def _agency(parts: Parts, entry: Entry) -> str:
    known = parts.policies.vocabulary.sources.get(entry.source)
    return known.agency if known else ""


def _counted(entry: Entry, on: dt.date) -> list[str]:
    if entry.is_lifted:
        return ["lifted"]
    is_so = {
        "to_confirm": entry.awaits == "confirm",
        "to_lift": entry.awaits == "lift",
        "late": entry.is_late,
        "due_for_review": entry.review_by < on,
    }
    return ["in_force", *(what for what, so in is_so.items() if so)]


def _place(entry: Entry, on: dt.date) -> tuple[bool, bool, bool, bool, dt.date]:
    return entry.is_lifted, not entry.is_late, entry.awaits is None, entry.review_by >= on, entry.review_by


def _shown(parts: Parts, entry: Entry, agency: str, on: dt.date) -> Registered:
    return Registered.model_validate(
        {
            "reference": spoken_reference(entry.id),
            "source": entry.source,
            "ref": entry.ref or None,
            "kind": entry.kind,
            "in_force": not entry.is_lifted,
            "made_by": entry.made_by,
            "review_by": entry.review_by,
            "is_due": entry.review_by < on and not entry.is_lifted,
            "awaits": entry.awaits,
            "due": None if entry.due is None else last_day(dt.datetime.fromtimestamp(entry.due, dt.UTC)),
            "is_late": entry.is_late,
            "escalated_to": _escalated_to(parts, agency) if entry.is_late else None,
            "done": tuple(ProtectionDone(act=one.act, staff=one.staff, on=one.on) for one in entry.done),
        }
    )


def _escalated_to(parts: Parts, agency: str) -> str | None:
    """The agency's data protection officer, as its agreements name them."""
    parties = (agreement.party(agency) for agreement in parts.policies.agreements.values())
    return next((party.dpo for party in parties if party is not None), None)
