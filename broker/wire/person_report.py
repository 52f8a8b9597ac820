"""What the broker holds of an agency's records about one person, for the person themself to read.

    POST /v1/people/report   ReportRequest -> PersonReport    a review key

Other people are left out and counted, and so is what the law lets nobody hand out. Who has looked is asked apart
(`/v1/people/seen`). Where the person's whereabouts are protected nothing that could tell them is in it: `is_guarded`
tells the officer to make sure who is asking, and is for no paper.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from broker.wire.answer import Kind, ReceiptLeaf
from broker.wire.delivery import AgeBand, ItemValue, Lead
from broker.wire.fields import Bytes16, Date, Dotted, Pseudonym, Seconds, Slug, Wire
from broker.wire.rights import Ground, Right, RightOutcome, RightState

MOST_RECORDS = 20


class RecordName(Wire):
    """A record as deliveries name it."""

    source: Slug
    ref: Bytes16


class ReportRequest(Wire):
    """All records of one person that the agency knows of."""

    v: Literal[1]
    id: Bytes16
    agency: Slug
    staff: Pseudonym
    records: Annotated[tuple[RecordName, ...], Field(min_length=1, max_length=MOST_RECORDS)]


class ReportItem(Wire):
    """One fact with the vocabulary's words for its codes and parts."""

    item: Dotted
    label: str
    kind: Kind | None = None
    values: tuple[ItemValue, ...]
    words: dict[Slug, str] = Field(default_factory=dict)


class ReportRight(Wire):
    """A right that the person has used about this record."""

    right: Right
    state: RightState
    received: Date
    outcome: RightOutcome | None = None
    ground: Ground | None = None


class ReportRecord(Wire):
    """One record. `others` are relationships left out, `withheld` facts that the law lets nobody hand out."""

    source: Slug
    ref: Bytes16
    service: str
    status: Literal["current", "historic", "none_found", "not_covered"]
    provider: str | None = None
    lead: Lead | None = None
    started: Date | None = None
    ended: Date | None = None
    last_contact: Date | None = None
    as_of: Date
    age_band: AgeBand = "unknown"
    mark: Literal["disputed", "statement"] | None = None
    items: tuple[ReportItem, ...] = ()
    others: int = 0
    withheld: int = 0
    rights: tuple[ReportRight, ...] = ()


class PersonReport(Wire):
    """`absent` are records that were named and are not held; `made` is when."""

    v: Literal[1]
    agency: Slug
    made: Seconds
    records: tuple[ReportRecord, ...]
    absent: tuple[RecordName, ...] = ()
    is_guarded: bool = False
    receipt: ReceiptLeaf
