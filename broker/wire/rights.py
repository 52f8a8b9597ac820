"""A person uses a right about a record: taken in by the agency that holds it, decided there by somebody else.

    POST /v1/rights                        RightRequest -> RightReceipt     a desk key
    POST /v1/rights/{reference}/clock      ClockRequest -> RightReceipt     a desk key
    POST /v1/rights/{reference}/decision   DecideRequest -> RightReceipt    a review key
    POST /v1/rights/waiting                ReadRequest -> Rights, what waits          a review key
    POST /v1/rights/taken                  ReadRequest -> Rights, all that are kept   a desk key

    {"v":1,"id":"...","agency":"council","staff":"...","source":"csc","ref":"...","right":"objection",
     "received":"2026-11-20"}

What the person wrote, their name and their proof of identity stay at the agency. A case is called by the spoken
reference of its id.
"""

from __future__ import annotations

from typing import Literal

from broker.wire.answer import ReceiptLeaf
from broker.wire.fields import Bytes16, Date, Pseudonym, Slug, Wire

Right = Literal["objection", "restriction", "rectification", "erasure", "access", "complaint"]
RightState = Literal["open", "paused", "escalated", "in_force", "closed"]
"""`escalated` is open and overdue; `in_force` is decided, with an effect that lasts until it is opened again."""
RightOutcome = Literal[
    "upheld",
    "overridden",
    "restricted",
    "lifted",
    "corrected",
    "statement_added",
    "erased",
    "answered",
    "refused",
    "not_upheld",
    "withdrawn",
]
Ground = Literal[
    "compelling_grounds",
    "legal_claims",
    "legal_obligation",
    "public_task",
    "free_expression",
    "public_health",
    "archiving",
    "still_needed",
    "accurate",
    "opinion",
    "settled",
    "serious_harm",
    "crime_prevention",
    "privilege",
    "other_people",
    "no_breach",
    "unfounded",
    "excessive",
    "identity_unknown",
]
"""Why a person does not get what they asked for: an exemption of the law, never free text."""
UNSAID: frozenset[Ground] = frozenset({"serious_harm", "crime_prevention"})
"""Grounds that no page for the person names by itself: naming them can do the harm that they are there to prevent."""
ClockAct = Literal["pause_identity", "pause_clarification", "resume", "extend", "acknowledge", "reopen"]


class RightRequest(Wire):
    """`source` and `ref` name the record as deliveries do; `received` is the day the person's request arrived."""

    v: Literal[1]
    id: Bytes16
    agency: Slug
    staff: Pseudonym
    source: Slug
    ref: Bytes16
    right: Right
    received: Date


class ClockRequest(Wire):
    """What happened to the clock, and on which day: also when it is written down later."""

    v: Literal[1]
    id: Bytes16
    agency: Slug
    staff: Pseudonym
    act: ClockAct
    on: Date


class DecideRequest(Wire):
    """A reviewer's decision; `ground` is why, where the person does not get what they asked for."""

    v: Literal[1]
    id: Bytes16
    agency: Slug
    staff: Pseudonym
    outcome: RightOutcome
    ground: Ground | None = None


class RightReceipt(Wire):
    """What was recorded. `told` are the agencies whose past answers rested on the record and that have been told so;
    `untold` are how many were not, because the person's whereabouts are protected.
    """

    v: Literal[1]
    reference: str
    right: Right
    state: RightState
    due: Date | None = None
    outcome: RightOutcome | None = None
    told: tuple[Slug, ...] = ()
    untold: int = 0
    receipt: ReceiptLeaf


class RightCase(Wire):
    """One right of one person, as the agency that holds the record reads it.

    `staff` took it in, or opened it again; whoever decides is somebody else. `months` is how long there is;
    `written_late` by how many days what mended an overdue clock was written down after it is said to have happened.
    `outcomes` are what can be decided now, and `clocks` what can be said of the time there is.
    """

    reference: str
    right: Right
    state: RightState
    source: Slug
    ref: Bytes16 | None = None
    staff: Pseudonym
    received: Date
    due: Date | None = None
    is_overdue: bool = False
    escalated_to: str | None = None
    paused_since: Date | None = None
    paused_for: Literal["identity", "clarification"] | None = None
    months: int = 1
    written_late: int = 0
    acknowledged: Date | None = None
    outcome: RightOutcome | None = None
    ground: Ground | None = None
    reviewer: Pseudonym | None = None
    told: tuple[Slug, ...] = ()
    outcomes: tuple[RightOutcome, ...] = ()
    clocks: tuple[ClockAct, ...] = ()


class Rights(Wire):
    """What waits for an agency's reviewers, or all that is kept of its rights; the earliest due first."""

    v: Literal[1]
    agency: Slug
    rights: tuple[RightCase, ...]
    leaf: str
    proof: str
