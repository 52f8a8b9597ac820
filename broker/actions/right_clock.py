"""The clock of a right in use: stopped while the agency waits, prolonged where it is complex, set going again.

pause_identity        the agency has asked who the person is
pause_clarification   it has asked what a request for access is after; for no other right does that stop the clock
resume                it knows; no day between counts, and the month begins when it knows who
extend                complex, or one of many: three months in all, said to the person within the first
acknowledge           a complaint
reopen                what was decided and lasts is looked at again, because the person or the facts have changed
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal, get_args

from broker.actions import recall
from broker.actions.find_right import check_agency, find, hold, record_of
from broker.actions.right_effects import Effect, needs_readers, take_effect
from broker.actions.take_right import REMEMBERED, check_day, due_seconds, event_of, noted, receipt_of
from broker.audit.canonical import Value
from broker.errors import Conflict
from broker.parts import Parts
from broker.policy.clocks import last_day
from broker.policy.days import london_date
from broker.policy.rights import COMPLEX_MONTHS, MONTHS
from broker.store import deliveries, feed, rights
from broker.store.engine import Released
from broker.store.feed import Notice
from broker.store.rights import Matter, RightInUse
from broker.wire.reference import spoken_reference
from broker.wire.rights import ClockAct, ClockRequest, RightReceipt


def move_clock(parts: Parts, reference: str, said: ClockRequest, *, agency: str) -> Released[RightReceipt]:
    """Stops, prolongs or sets going the clock of what waits, or opens again what lasts.

    Raises `NotFound` for what is not this agency's, `BadInput` for a day that can't be, and `Conflict` for an act that
    does not fit how it stands.
    """
    check_agency(said.agency, agency)
    now, seen = parts.now(), find(parts, reference, agency=agency)
    # Tracing reads much of the log: not for an act that is going to be refused.
    _moved(parts, seen, said)
    reopens = said.act == "reopen" and needs_readers(seen.matter.right, None)
    traced = recall.trace(parts, frozenset({bytes.fromhex(seen.matter.record)})) if reopens else []
    with parts.store.begin() as tx:
        parts, at = parts.writing(tx.connection), int(now.timestamp())
        deliveries.spend(tx.connection, "right", said.id, expires=at + REMEMBERED, now=at)
        one = hold(parts, tx, seen)
        moved = _moved(parts, one, said)
        effect = Effect(entry=moved.matter.entry)
        if said.act == "reopen":
            effect = take_effect(parts, tx, moved, replace(record_of(parts, tx, one), traced=traced))
        moved = noted(moved, effect)
        rights.change(tx.connection, parts.keyring, moved, random=parts.random)
        waits = Notice(agency, "right_waits", spoken_reference(one.id), last_day(_instant(moved.due)))
        feed.put(tx.connection, [*([waits] if said.act == "reopen" else []), *effect.notices], at=at)
        more: dict[str, Value] = {"on": said.on.isoformat(), "written_late": moved.matter.written_late}
        entry = event_of(parts, moved, said.act, staff=said.staff, more=more)
        tx.audit(entry)
        waiting = tx.release((moved, effect))
    return waiting.released().map(lambda made: receipt_of(parts, made[0], made[1], entry))


def possible(one: RightInUse, *, now: dt.datetime) -> tuple[ClockAct, ...]:
    """What can be said of its clock: each act is tried on the last day on which it could have happened."""
    day = london_date(now)
    if one.state in ("open", "escalated"):
        day = min(day, last_day(_instant(one.due)))
    return tuple(act for act in get_args(ClockAct) if _fits(one, act, on=day))


def _fits(one: RightInUse, act: ClockAct, *, on: dt.date) -> bool:
    try:
        _MOVES[act](one, ClockRequest(v=1, id=bytes(16), agency=one.agency, staff=one.matter.staff, act=act, on=on))
    except Conflict:
        return False
    return True


def _moved(parts: Parts, one: RightInUse, said: ClockRequest) -> RightInUse:
    """It with its clock moved."""
    now = parts.now()
    earliest = dt.date.fromisoformat(one.matter.paused_since or one.matter.decided or one.matter.received)
    check_day(said.on, earliest=earliest, now=now, field="on")
    moved = _MOVES[said.act](one, said)
    # What was done in time counts whenever it is written down; but that it was not until the day was over is shown.
    is_over = one.is_waiting and one.state != "paused" and last_day(_instant(one.due)) < london_date(now)
    late = (london_date(now) - said.on).days if is_over else 0
    return replace(moved, matter=replace(moved.matter, written_late=max(late, one.matter.written_late)))


def _paused(one: RightInUse, said: ClockRequest) -> RightInUse:
    _refuse_unless(_ran(one, said) and one.matter.right != "complaint", "its clock runs, and it is no complaint")
    matter = one.matter
    is_identity = said.act == "pause_identity"
    _refuse_unless(is_identity or matter.right == "access", "it waits for proof of who asks, or it asks for access")
    _refuse_unless(not (is_identity and matter.identified), "who they are has not been asked before")
    why: Literal["identity", "clarification"] = "identity" if is_identity else "clarification"
    return replace(one, state="paused", matter=replace(matter, paused_since=said.on.isoformat(), paused_for=why))


def _resumed(one: RightInUse, said: ClockRequest) -> RightInUse:
    matter = one.matter
    _refuse_unless(one.state == "paused" and matter.paused_since is not None, "its clock is stopped")
    waited = (said.on - dt.date.fromisoformat(matter.paused_since or matter.received)).days
    if matter.paused_for == "identity":
        # The month begins when the person is known; what was not counted before that would be given twice.
        matter = replace(matter, identified=said.on.isoformat(), paused_days=0)
    else:
        matter = replace(matter, paused_days=matter.paused_days + waited)
    return _running(one, replace(matter, paused_since=None, paused_for=None))


def _extended(one: RightInUse, said: ClockRequest) -> RightInUse:
    fits = _ran(one, said) and one.matter.right != "complaint" and one.matter.months == MONTHS
    _refuse_unless(fits, "its first month runs, and it is no complaint")
    return _running(one, replace(one.matter, months=COMPLEX_MONTHS))


def _acknowledged(one: RightInUse, said: ClockRequest) -> RightInUse:
    fits = one.is_waiting and one.matter.right == "complaint" and one.matter.acknowledged is None
    _refuse_unless(fits, "it is a complaint that nobody has acknowledged")
    return _running(one, replace(one.matter, acknowledged=said.on.isoformat()))


def _reopened(one: RightInUse, said: ClockRequest) -> RightInUse:
    _refuse_unless(one.state == "in_force", "it was decided and its effect lasts")
    old = one.matter
    again = Matter(
        old.right, old.source, old.record, old.version, said.staff, said.on.isoformat(), entry=old.entry, told=old.told
    )
    return _running(one, again)


_MOVES: Mapping[ClockAct, Callable[[RightInUse, ClockRequest], RightInUse]] = {
    "pause_identity": _paused,
    "pause_clarification": _paused,
    "resume": _resumed,
    "extend": _extended,
    "acknowledge": _acknowledged,
    "reopen": _reopened,
}


def _ran(one: RightInUse, said: ClockRequest) -> bool:
    """Whether its clock ran on the day named: what was done in time counts, also when it is written down late."""
    return one.state in ("open", "escalated") and said.on <= last_day(_instant(one.due))


def _running(one: RightInUse, matter: Matter) -> RightInUse:
    return replace(one, state="open", due=due_seconds(matter), matter=matter)


def _refuse_unless(fits: bool, wanted: str) -> None:
    if not fits:
        raise Conflict("right-clock", f"this is possible only while {wanted}", hint="`broker-agency rights --taken`")


def _instant(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
