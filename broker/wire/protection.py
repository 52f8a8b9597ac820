"""A protection of one person is set, renewed, confirmed or lifted: by staff of the agency that holds their record.

    POST /v1/protections   ProtectionRequest -> ProtectionReceipt   a desk key: set, renew, lift (proposes it)
                                                                    a review key: confirm, renew, lift (agrees to it)
    POST /v1/protections/read   ReadRequest -> Register, the agency's own   a review key

    {"v":1,"id":"...","agency":"council","staff":"...","act":"set","source":"csc","ref":"...","kind":"safe_address",
     "review_by":"2027-05-01"}

Set by one person it is in force at the next question, for everybody; a second one confirms it within two working days.
Lifting takes two. What is not confirmed in time, or passes its day of review, goes on protecting.
"""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from broker.wire.delivery import Protection
from broker.wire.fields import Bytes16, Date, Pseudonym, Slug, Wire

ProtectionAct = Literal["set", "renew", "confirm", "lift"]
Awaits = Literal["confirm", "lift"]
"""For what a second person is waited: to confirm that it stays, or to agree that it ends."""


class ProtectionRequest(Wire):
    """`source` and `ref` name the agency's own record of the person, as deliveries do."""

    v: Literal[1]
    id: Bytes16
    agency: Slug
    staff: Pseudonym
    act: ProtectionAct
    source: Slug
    ref: Bytes16
    kind: Protection
    review_by: Date | None = None

    @model_validator(mode="after")
    def _when_reviewed(self) -> ProtectionRequest:
        if (self.review_by is None) == (self.act in ("set", "renew")):
            raise ValueError("a day of review goes with set and renew, and with nothing else")
        return self


class ProtectionReceipt(Wire):
    """What was recorded: the entry by its reference, whether it is in force, and whom it waits for until when."""

    v: Literal[1]
    reference: str
    in_force: bool
    awaits: Awaits | None = None
    due: Date | None = None
    review_by: Date
    leaf: str
    proof: str


class ProtectionDone(Wire):
    act: str
    staff: Pseudonym
    on: Date


class Registered(Wire):
    """One entry of the register. `is_late`: the second person did not act in time. `is_due`: its day of review passed.

    `ref` is the agency's own, of the record; entries from before it was kept have none.
    """

    reference: str
    source: Slug
    ref: Bytes16 | None = None
    kind: Protection
    in_force: bool
    made_by: tuple[Pseudonym, ...]
    review_by: Date
    is_due: bool
    awaits: Awaits | None = None
    due: Date | None = None
    is_late: bool
    escalated_to: str | None = None
    done: tuple[ProtectionDone, ...]


class Register(Wire):
    """What of the register is of an agency's own sources: what waits for somebody first, what was lifted last."""

    v: Literal[1]
    agency: Slug
    entries: tuple[Registered, ...]
    leaf: str
    proof: str
