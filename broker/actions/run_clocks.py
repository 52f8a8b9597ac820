"""Clocks that have run out are noticed: when a reviewer looks, and by `broker refusals escalate` as a regular job.

A case that nobody has answered by the end of its day goes to the agreement's next, both sides are told, and it can
still be answered. An emergency that nobody has explained within its day is told of once. Settled cases are deleted
after 90 days; what was decided stays in the audit log.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from broker.actions.late_protections import late_protections
from broker.actions.late_rights import late_rights
from broker.actions.publish_checkpoint import publish_checkpoint
from broker.audit.act_events import challenge_event, emergency_event
from broker.audit.events import Event
from broker.parts import Parts
from broker.policy import reviewers
from broker.store import cases, feed, rights
from broker.store.cases import Case
from broker.store.engine import Tx
from broker.store.feed import Notice
from broker.wire.feed import FeedKind
from broker.wire.reference import spoken_reference

KEPT_DAYS = 90
RIGHTS_KEPT_DAYS = 2 * 365
"""What a person asked for is shown to them long after it was answered."""


@dataclass(frozen=True)
class RanOut:
    """How many cases went on to the next, how many emergencies are overdue to be explained, and what was deleted."""

    escalated: int
    unexplained: int
    forgotten: int


def run_clocks(parts: Parts) -> RanOut:
    """One round of the job. What was told before is not told again."""
    now = int(parts.now().timestamp())
    with parts.store.look() as connection:
        parts = parts.at(connection)
    with parts.store.begin() as tx:
        escalated, unexplained = escalate(parts, tx)
        forgotten = cases.forget(tx.connection, made_before=now - KEPT_DAYS * 86_400)
        rights.forget(tx.connection, due_before=now - RIGHTS_KEPT_DAYS * 86_400)
        feed.forget(tx.connection, before=now - KEPT_DAYS * 86_400)
        stamp = parts.stamp("broker")
        event = stamp.event("admin", {"act": "ran-clocks", "what": f"{escalated}/{unexplained}/{forgotten}"}, {})
        tx.audit(parts.entry(event))
    publish_checkpoint(parts)
    return RanOut(escalated, unexplained, forgotten)


def escalate(parts: Parts, tx: Tx) -> tuple[int, int]:
    """Notices what has run out, in `tx`. Returns how many cases went on, and how many emergencies are not explained."""
    now = int(parts.now().timestamp())
    running = cases.running_out(tx.connection, parts.keyring, now=now)
    late = [one for one in running if one.state == "open" and one.due <= now]
    unexplained = [one for one in running if _is_unexplained(one, now)]
    notices: list[Notice] = []
    for one in sorted({one.id: one for one in (*late, *unexplained)}.values(), key=lambda case: case.id):
        matter = replace(one.matter, is_late=one.matter.is_late or one in unexplained)
        changed = replace(one, state="escalated" if one in late else one.state, matter=matter)
        if not cases.change(tx.connection, parts.keyring, changed, was=one.state, random=parts.random):
            continue
        for kind in _ran_out(one in late, one in unexplained):
            notices += _notices(one, kind)
            tx.audit(parts.entry(_event(parts, one, kind)))
    notices += [*late_protections(parts, tx), *late_rights(parts, tx)]
    feed.put(tx.connection, notices, at=now)
    return len(late), len({one.matter.answer for one in unexplained})


def escalated_to(parts: Parts, case: Case) -> str | None:
    """Who else is told of a case whose clock has run out."""
    agreement = parts.policies.agreements.get(case.matter.agreement)
    if case.state != "escalated" or agreement is None:
        return None
    return reviewers.escalated_to(agreement, agency=case.holder)


def _ran_out(is_late: bool, is_unexplained: bool) -> list[FeedKind]:
    kinds: list[tuple[bool, FeedKind]] = [(is_late, "challenge_escalated"), (is_unexplained, "emergency_overdue")]
    return [kind for happened, kind in kinds if happened]


def _is_unexplained(case: Case, now: int) -> bool:
    matter = case.matter
    return case.kind == "emergency" and not (matter.explained_at or matter.is_late) and matter.explain_by <= now


def _notices(case: Case, kind: FeedKind) -> list[Notice]:
    """Both sides of it; of somebody whose whereabouts are protected the asker's own alone."""
    if case.kind in ("sample", "proposal"):
        return [] if case.matter.is_quiet else [Notice(case.holder, kind, spoken_reference(case.id))]
    reference = spoken_reference(bytes.fromhex(case.matter.answer) if case.kind == "emergency" else case.id)
    told = [case.asker] if case.matter.is_quiet else [case.asker, case.holder]
    return [Notice(agency, kind, reference) for agency in told]


def _event(parts: Parts, case: Case, kind: FeedKind) -> Event:
    stamp = parts.stamp("broker")
    matter, is_emergency = case.matter, case.kind == "emergency"
    about = matter.answer if is_emergency else f"{matter.answer}/{matter.number}"
    private = {"about": about, "case": case.id.hex(), "kind": case.kind, "holder": case.holder}
    if kind == "emergency_overdue":
        return emergency_event(stamp, "overdue", private=private)
    to = escalated_to(parts, replace(case, state="escalated")) or ""
    return challenge_event(stamp, "escalated", private={**private, "to": to})


def utc(seconds: int) -> dt.datetime:
    """The instant so many seconds after 1970."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
