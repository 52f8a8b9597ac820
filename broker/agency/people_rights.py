"""People's rights at the broker: taken in by one member of staff, decided by another; sent, and the answer checked.

What the person wrote, their name and their proof of identity stay here.
"""

from __future__ import annotations

import datetime as dt

from broker.agency.acting import Acting
from broker.agency.broker_calls import read_as, record_once
from broker.wire.rights import (
    ClockAct,
    ClockRequest,
    DecideRequest,
    Ground,
    Right,
    RightCase,
    RightOutcome,
    RightReceipt,
    RightRequest,
    Rights,
)


def read_rights(by: Acting, *, taken: bool) -> tuple[RightCase, ...]:
    """What waits for our reviewers, the earliest due first; or all that we have `taken` in. Raises `Untrusted`."""
    what, signer = ("taken", by.place.desk_signer()) if taken else ("waiting", by.place.review_signer())
    told = read_as(by, Rights, signer=signer, path=f"/v1/rights/{what}")
    by.check(told.leaf, told.proof, typ="admin", act="read-rights", what=what)
    return told.rights


def take_right(by: Acting, which: Right, source: str, *, record: str, received: dt.date) -> RightReceipt:
    """Takes in what a person asks for about a record of ours; it counts at once."""
    asked = RightRequest(
        v=1,
        id=by.new_id(),
        agency=by.place.agency,
        staff=by.staff,
        source=source,
        ref=by.pseudonym(source, record),
        right=which,
        received=received,
    )
    made = record_once(by.place, by.edges, RightReceipt, signer=by.place.desk_signer(), path="/v1/rights", body=asked)
    return _checked(by, made, act="taken")


def move_clock(by: Acting, reference: str, act: ClockAct, *, on: dt.date) -> RightReceipt:
    """Says what happened to the time there is to answer."""
    asked = ClockRequest(v=1, id=by.new_id(), agency=by.place.agency, staff=by.staff, act=act, on=on)
    path, signer = f"/v1/rights/{_name(reference)}/clock", by.place.desk_signer()
    made = record_once(by.place, by.edges, RightReceipt, signer=signer, path=path, body=asked)
    return _checked(by, made, act=act)


def decide_right(by: Acting, reference: str, outcome: RightOutcome, *, ground: Ground | None) -> RightReceipt:
    """Decides what a colleague took in; `ground` is why a person does not get what they asked for."""
    asked = DecideRequest(v=1, id=by.new_id(), agency=by.place.agency, staff=by.staff, outcome=outcome, ground=ground)
    path, signer = f"/v1/rights/{_name(reference)}/decision", by.place.review_signer()
    made = record_once(by.place, by.edges, RightReceipt, signer=signer, path=path, body=asked)
    return _checked(by, made, act="decided")


def _checked(by: Acting, made: RightReceipt, *, act: str) -> RightReceipt:
    by.check(made.receipt.leaf, made.receipt.proof, typ="right", act=act)
    return made


def _name(reference: str) -> str:
    return reference.strip().upper()
