"""Our agency's part of the register of protections: read, and set, confirmed and lifted by two people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple

from broker.agency.acting import Acting
from broker.agency.broker_calls import read_as, record_once
from broker.errors import BadInput
from broker.wire.delivery import Protection
from broker.wire.protection import ProtectionAct, ProtectionReceipt, ProtectionRequest, Register, Registered

SAYS: Mapping[Protection, str] = {
    "safe_address": "safe address",
    "witness": "protected witness",
    "adopted": "adopted child",
    "objection_pending": "objection being considered",
    "objection_upheld": "objection upheld",
    "restriction": "restricted record",
}
DONE: Mapping[str, str] = {
    "set": "set",
    "renewed": "renewed",
    "confirmed": "confirmed",
    "lift-proposed": "lifting proposed",
    "lifted": "lifted",
    "late": "no second person in time",
}


class Protected(NamedTuple):
    """The protection of one record's person; `ref` is what the record is called where it leaves."""

    source: str
    ref: bytes
    kind: Protection


def read_register(by: Acting) -> tuple[Registered, ...]:
    """Our entries: what waits for somebody first, what was lifted last. Raises `Untrusted`."""
    told = read_as(by, Register, signer=by.place.review_signer(), path="/v1/protections/read")
    by.check(told.leaf, told.proof, typ="admin", act="read-protections", what="ours")
    return told.entries


def act_on(
    by: Acting, which: Protected, act: ProtectionAct, *, second: bool, review_by: dt.date | None = None
) -> ProtectionReceipt:
    """Sets, renews, confirms or lifts one, as the first person or as the `second`, with the reviewers' key.

    Raises `BadInput` for a service that is not ours, and what the broker's refusal says.
    """
    place = by.place
    if which.source not in place.read_trust().agency(place.agency).sources:
        raise BadInput("source-unknown", "this is not a service of your agency", field="source")
    asked = ProtectionRequest(
        v=1,
        id=by.new_id(),
        agency=place.agency,
        staff=by.staff,
        act=act,
        source=which.source,
        ref=which.ref,
        kind=which.kind,
        review_by=review_by,
    )
    signer = place.review_signer() if second else place.desk_signer()
    made = record_once(place, by.edges, ProtectionReceipt, signer=signer, path="/v1/protections", body=asked)
    by.check(made.leaf, made.proof, typ="protect", review_by=made.review_by.isoformat())
    return made
