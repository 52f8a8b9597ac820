"""Look-ups that an agency's IG officer looks at: alerts, emergencies, what nothing explains, and a sample of the rest.

    POST /v1/audit/queue                ReadRequest -> Queue             a review key; the gravest first
    POST /v1/audit/queue/{reference}    DecideLook -> LookReceipt        a review key
    POST /v1/audit/closed               ReadRequest -> Queue             a review key; what is closed, the latest first

An item is called by the spoken reference of its id. What is written is sealed to the agency itself.
"""

from __future__ import annotations

from typing import Literal

from broker.wire.answer import ReceiptLeaf
from broker.wire.audit_search import Hit
from broker.wire.challenge import Sealed
from broker.wire.fields import Bytes16, Date, Hex32, Pseudonym, Slug, Wire

LookState = Literal["new", "open", "closed"]
LookOutcome = Literal["justified", "not_justified", "training", "incident", "false_alarm"]


class QueuedLook(Wire):
    """One item: the look-up, why it is here, and by which day somebody has to have looked at it.

    `reasons` are rules (A1 to A14), `emergency`, `unexplained` or `sample`; `note` is what was written when it closed.
    """

    reference: str
    state: LookState
    due: Date
    is_overdue: bool
    reasons: tuple[str, ...]
    severity: int
    thresholds: Hex32
    hit: Hit
    taken_by: str = ""
    outcome: LookOutcome | None = None
    reviewer: str = ""
    note: Sealed | None = None


class Queue(Wire):
    """What waits, the gravest first, or what is closed; `said` words the hits."""

    v: Literal[1]
    agency: Slug
    items: tuple[QueuedLook, ...]
    said: dict[str, str]
    receipt: ReceiptLeaf


class DecideLook(Wire):
    """Somebody takes an item (no outcome yet), or closes it. Never whoever it is about."""

    v: Literal[1]
    id: Bytes16
    staff: Pseudonym
    outcome: LookOutcome | None = None
    note: Sealed | None = None


class LookReceipt(Wire):
    """What was recorded."""

    v: Literal[1]
    reference: str
    state: LookState
    outcome: LookOutcome | None = None
    receipt: ReceiptLeaf
