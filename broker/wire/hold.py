"""A record must not be destroyed for the time being: agency -> broker, and what the broker says of it.

    POST /v1/holds   {"v":1,"id":"...","agency":"council","staff":"...","act":"set","source":"csc","ref":"...",
                      "review_by":"2027-11-22"}
    GET /v1/holds    every hold of the agency

`set` by one person holds at once, and again sets another day to look again. `lift` takes two: the first asks, the
second, somebody else with a review key, does it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from broker.wire.answer import ReceiptLeaf
from broker.wire.fields import Bytes16, Date, Pseudonym, Seconds, Slug, Wire


class HoldRequest(Wire):
    """By the agency's own pseudonym of the record, as its deliveries name it."""

    v: Literal[1]
    id: Bytes16
    agency: Slug
    staff: Pseudonym
    act: Literal["set", "lift"]
    source: Slug
    ref: Bytes16
    review_by: Date | None = None

    @model_validator(mode="after")
    def _day(self) -> HoldRequest:
        if (self.act == "set") != (self.review_by is not None):
            raise ValueError("a hold is set until a day to look again, and lifted without one")
        return self


class HoldReceipt(Wire):
    """`lifted` takes two people; until then it is `asked`."""

    v: Literal[1]
    state: Literal["set", "renewed", "asked", "lifted"]
    receipt: ReceiptLeaf


class Hold(Wire):
    """One hold. `kept` says that the record was taken back: nobody is told of it, and it goes when the hold does."""

    source: Slug
    ref: Bytes16
    review_by: Date
    made_by: Pseudonym
    made_at: Seconds
    kept: bool
    asked_by: Pseudonym | None = None


class Holds(Wire):
    """The holds of an agency, the first to be looked at again first, and the event that says it read them."""

    v: Literal[1]
    agency: Slug
    holds: Annotated[tuple[Hold, ...], Field(max_length=100_000)]
    receipt: ReceiptLeaf
