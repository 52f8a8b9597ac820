"""An IG officer's queue: read, an item taken or closed by somebody whom it is not about, and how its rules fare."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from broker.actions.open_matters import open_matter
from broker.actions.raise_alerts import KEPT_DAYS, raise_alerts
from broker.actions.search_log import Officer, hit_of, note, ready, said_in, told, with_receipt
from broker.audit.oversight_events import alert_event
from broker.errors import BadInput, Conflict, NotAllowed, NotFound
from broker.parts import Parts
from broker.policy.clocks import last_day
from broker.store import deliveries, lookqueue
from broker.store.engine import Released, Tx
from broker.store.lookqueue import Item
from broker.wire.audit_queue import DecideLook, LookReceipt, Queue, QueuedLook
from broker.wire.fields import decode64, encode64
from broker.wire.reference import reference_prefix, spoken_reference

MOST = 200
_REMEMBERED = 30 * 86_400


@dataclass(frozen=True)
class RuleFigures:
    """How often a rule brought a look-up into a queue, and what came of those that are closed."""

    rule: str
    raised: int
    closed: int
    outcomes: dict[str, int]

    @property
    def false_percent(self) -> int | None:
        """The share of false alarms and of what was justified; None while nothing is closed."""
        fine = self.outcomes.get("false_alarm", 0) + self.outcomes.get("justified", 0)
        return round(100 * fine / self.closed) if self.closed else None


@dataclass(frozen=True)
class ReviewReport:
    """The queues of all agencies: what waits, what is overdue, and each rule's figures."""

    waiting: int
    overdue: int
    agencies: dict[str, int]
    rules: tuple[RuleFigures, ...]


def read_queue(parts: Parts, *, by: Officer) -> Released[Queue]:
    """What waits for an agency's officers, the gravest first; the log is read up to now before."""
    raise_alerts(parts)
    parts = ready(parts)
    with parts.store.look() as connection:
        items = lookqueue.of_agency(connection, parts.keyring, by.org, waiting=True)
    return _told(parts, sorted(items, key=lambda one: (-one.why.severity, one.due, one.id)), by=by, act="queue")


def read_closed(parts: Parts, *, by: Officer) -> Released[Queue]:
    """What an agency's officers have closed, the latest first, with their notes: sealed to that agency."""
    parts = ready(parts)
    with parts.store.look() as connection:
        items = lookqueue.of_agency(connection, parts.keyring, by.org, waiting=False)
    closed = [one for one in items if one.state == "closed"]
    return _told(parts, sorted(closed, key=lambda one: (-one.made, one.id)), by=by, act="notes")


def _told(parts: Parts, items: list[Item], *, by: Officer, act: str) -> Released[Queue]:
    now, first = int(parts.now().timestamp()), items[:MOST]
    with parts.store.look() as connection:
        opened = [open_matter(parts, connection, bytes.fromhex(one.why.about)) for one in first]
    queued = tuple(
        QueuedLook(
            reference=spoken_reference(one.id),
            state=one.state,
            due=last_day(dt.datetime.fromtimestamp(one.due, dt.UTC)),
            is_overdue=one.due <= now and one.state != "closed",
            reasons=one.why.reasons,
            severity=one.why.severity,
            thresholds=one.why.thresholds,
            hit=hit_of(matter, by.agency),
            taken_by=one.why.taken_by,
            outcome=one.why.outcome,
            reviewer=one.why.reviewer,
            note=decode64(one.why.note) if one.why.note else None,
        )
        for one, matter in zip(first, opened, strict=True)
    )
    made = partial(Queue, v=1, agency=by.org, items=queued, said=said_in(parts.policies, opened))
    return told(parts, note(parts, by, act, found=len(items), about={}), made)


def decide_look(parts: Parts, reference: str, said: DecideLook, *, agency: str) -> Released[LookReceipt]:
    """Takes an item of this agency, or closes it.

    Raises `NotFound` for what is not this agency's, `NotAllowed` for whoever it is about, `Conflict` when it is closed.
    """
    if said.outcome is None and said.note is not None:
        raise BadInput("look-note", "a note is written when something is closed", field="note")
    now = int(parts.now().timestamp())
    with parts.store.begin() as tx:
        deliveries.spend(tx.connection, "look", said.id, expires=now + _REMEMBERED, now=now)
        item = _held(parts, tx, reference, agency=agency)
        if item.why.actor == said.staff:
            raise NotAllowed("look-own", "nobody decides about their own look-up", hint="a colleague who reviews does")
        if item.state == "closed":
            raise Conflict("look-closed", "this is closed already; yours is not recorded", hint="look at the queue")
        why = replace(item.why, taken_by=item.why.taken_by or said.staff)
        if said.outcome is not None:
            why = replace(why, outcome=said.outcome, reviewer=said.staff, note=encode64(said.note) if said.note else "")
        item = replace(item, state="closed" if said.outcome else "open", why=why)
        lookqueue.put(tx.connection, parts.keyring, item, random=parts.random)
        private = {"about": why.about, "rules": list(why.reasons), "staff": said.staff, "outcome": said.outcome or ""}
        stamp = parts.stamp(agency)
        event = alert_event(stamp, "closed" if said.outcome else "opened", private=private)
        entry = parts.entry(event)
        tx.audit(entry)
        reference, state, outcome = spoken_reference(item.id), item.state, item.why.outcome
        make: Callable[..., LookReceipt] = partial(LookReceipt, v=1, reference=reference, state=state, outcome=outcome)
        held = tx.release(make)
    return with_receipt(parts, entry, held.released())


def review_report(parts: Parts) -> Released[ReviewReport]:
    """How the queues of all agencies stand, and how each rule fares."""
    raise_alerts(parts)
    now = int(parts.now().timestamp())
    with parts.store.begin() as tx:
        lookqueue.forget(tx.connection, made_before=now - KEPT_DAYS * 86_400)
        items = lookqueue.of_agency(tx.connection, parts.keyring, None, waiting=False)
        tx.audit(note(parts, Officer(), "counted", found=len(items), about={"by": "queue"}))
        waiting = [one for one in items if one.state != "closed"]
        held = tx.release(
            ReviewReport(
                waiting=len(waiting),
                overdue=sum(one.due <= now for one in waiting),
                agencies=dict(sorted(Counter(one.agency for one in waiting).items())),
                rules=tuple(_figures(items)),
            )
        )
    return held.released()


def _figures(items: list[Item]) -> list[RuleFigures]:
    found = []
    for rule in sorted({name for one in items for name in one.why.reasons}):
        mine = [one for one in items if rule in one.why.reasons]
        outcomes = Counter(one.why.outcome for one in mine if one.why.outcome)
        found.append(RuleFigures(rule, len(mine), outcomes.total(), dict(sorted(outcomes.items()))))
    return found


def _held(parts: Parts, tx: Tx, reference: str, *, agency: str) -> Item:
    found = lookqueue.with_prefix(tx.connection, parts.keyring, reference_prefix(reference))
    mine = [one for one in found if one.agency == agency]
    if len(mine) != 1:
        hint = "check every character; `broker-agency audit-queue` lists what waits"
        raise NotFound("look-unknown", "your agency's queue has nothing under this reference", hint=hint)
    return mine[0]
