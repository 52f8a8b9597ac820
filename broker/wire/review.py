"""A reviewer's client <-> broker: how far two records of one answer agree, field by field.

    POST /v1/reviews        ReviewRequest    -> ReviewPair: the digests of the two records' sealed evidence
    POST /v1/explanations   ExplainedRequest -> Explained: what the linkage unit says of both, under a ticket for them

Both are signed by a review key, and each is an event of the audit log (`review`). Nothing holds a value of a record.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from broker.wire.answer import ReceiptLeaf
from broker.wire.comparison import ExplainAnswer, ReviewTicket
from broker.wire.fields import Hex32, Wire
from broker.wire.verdict import AboutPair


class ReviewRequest(AboutPair):
    """A reviewer wants to see how two records of one answer agree. `id` is made for this review, and for its ticket."""


class ReviewPair(Wire):
    """SHA-256 digests of the two envelopes, in the order asked, for the ticket; and the audit event that they left."""

    v: Literal[1]
    envelopes: Annotated[tuple[Hex32, ...], Field(min_length=2, max_length=2)]
    receipt: ReceiptLeaf


class ExplainedRequest(Wire):
    """The same review with its ticket."""

    v: Literal[1]
    review: ReviewRequest
    ticket: ReviewTicket


class Explained(Wire):
    """The linkage unit's own signed word, and the audit event that this reviewer was told it."""

    v: Literal[1]
    explanation: ExplainAnswer
    receipt: ReceiptLeaf
