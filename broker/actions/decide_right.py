"""A right is decided by a reviewer who did not take it in, on a ground of the law where the person does not get it.

Of two at once the first wins: what waits is read in the transaction that changes it, and held until its end.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from broker.actions import recall
from broker.actions.find_right import check_agency, find, hold, record_of
from broker.actions.right_effects import needs_readers, refuse_held, settle
from broker.actions.take_right import REMEMBERED, event_of, noted, receipt_of
from broker.errors import BadInput, Conflict, NotAllowed
from broker.parts import Parts
from broker.policy.days import london_date
from broker.policy.rights import LASTING, OUTCOMES, outcomes
from broker.store import deliveries, feed, rights
from broker.store.engine import Released
from broker.store.feed import Notice
from broker.store.rights import RightInUse
from broker.wire.reference import spoken_reference
from broker.wire.rights import DecideRequest, RightReceipt


def decide_right(parts: Parts, reference: str, said: DecideRequest, *, agency: str) -> Released[RightReceipt]:
    """Decides what waits under this reference.

    Raises `NotFound` for what is not this agency's, `NotAllowed` for whoever took it in, `BadInput` for a decision or
    ground that it can't have, and `Conflict` when it is decided, or said to be corrected and no later version is held.
    """
    check_agency(said.agency, agency)
    now, seen = parts.now(), find(parts, reference, agency=agency)
    # Tracing reads much of the log: not for a decision that is going to be refused.
    _check_decision(seen, said)
    right, record = seen.matter.right, bytes.fromhex(seen.matter.record)
    traced = recall.trace(parts, frozenset({record})) if needs_readers(right, said.outcome) else []
    with parts.store.begin() as tx:
        parts, at = parts.writing(tx.connection), int(now.timestamp())
        deliveries.spend(tx.connection, "right", said.id, expires=at + REMEMBERED, now=at)
        one = hold(parts, tx, seen)
        _check_decision(one, said)
        held = record_of(parts, tx, one)
        if said.outcome == "corrected" and held.record is not None and held.record.name.version <= one.matter.version:
            hint = "send the corrected record first"
            raise Conflict("right-uncorrected", "the broker holds no later version of the record", hint=hint)
        if said.outcome == "erased":
            refuse_held(tx, held.record)
        decided = _decided(one, said, on=london_date(now))
        effect = settle(parts, tx, decided, replace(held, traced=traced))
        decided = noted(decided, effect)
        rights.change(tx.connection, parts.keyring, decided, random=parts.random)
        notice = Notice(agency, "right_decided", spoken_reference(one.id))
        feed.put(tx.connection, [notice, *effect.notices], at=at)
        more = {"outcome": said.outcome, "ground": said.ground or "", "untold": effect.untold}
        entry = event_of(parts, decided, "decided", staff=said.staff, more=more)
        tx.audit(entry)
        waiting = tx.release((decided, effect))
    return waiting.released().map(lambda made: receipt_of(parts, made[0], made[1], entry))


def _check_decision(one: RightInUse, said: DecideRequest) -> None:
    if not one.is_waiting:
        raise Conflict("right-decided", "this is decided already; yours is not recorded", hint="`broker-agency rights`")
    if said.staff == one.matter.staff:
        raise NotAllowed("right-own", "whoever took it in does not decide it", hint="a colleague who reviews does")
    if said.outcome not in outcomes(one.matter.right):
        hint = f"it can be {', '.join(outcomes(one.matter.right))}"
        raise BadInput("right-outcome", "this right can't be decided so", field="outcome", hint=hint)
    grounds = OUTCOMES[one.matter.right].get(said.outcome, ())
    if (said.ground is None) == bool(grounds) or (grounds and said.ground not in grounds):
        hint = f"name one of {', '.join(grounds)}" if grounds else "leave it out"
        raise BadInput("right-ground", "this decision needs another ground, or none", field="ground", hint=hint)


def _decided(one: RightInUse, said: DecideRequest, *, on: dt.date) -> RightInUse:
    lasts = (one.matter.right, said.outcome) in LASTING
    matter = replace(
        one.matter, outcome=said.outcome, ground=said.ground, reviewer=said.staff, decided=on.isoformat(),
        paused_since=None, paused_for=None,
    )  # fmt: skip
    return replace(one, state="in_force" if lasts else "closed", matter=matter)
