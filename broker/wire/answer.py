"""Broker -> desk: the story of a person and their family, what is not shown and why, and the receipt.

The kinds of nothing are different words everywhere:

    no_record_found   the service may answer for this reason and knows nobody of this family
    no_answer_yet     the service has joined but has not delivered, so silence means nothing
    not_shown         it is not shown for this reason: which rule, who to ring, who reviews it and by when
    not_covered       the service does not cover this person's age or area
    paused            the service tells nothing to anybody for now, so silence means nothing

A record that is withheld silently leaves no trace here: its service reads `no_record_found`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from broker.wire.delivery import AgeBand, ItemValue, Lead, RelationshipEvidence
from broker.wire.fields import Bytes16, Date, Dotted, Pseudonym, Seconds, Slug, Wire
from broker.wire.verdict import Handle

ANSWER_BYTES = 96 * 1024
"""Every answer is padded to a multiple of this, so that its length does not tell what was found."""

Level = Literal["share", "reduced", "signpost", "refer", "withhold"]
Kind = Literal["flag", "count", "code", "date", "period"]
Nothing = Literal["no_record_found", "no_answer_yet", "not_shown", "not_covered", "paused"]


class NotShown(Wire):
    """Why something is not shown, what would change that, who to ring, and who looks at the refusal by when.

    `more_if` are sets of facts, in words, each of which would show more; they take what is secret as if it were not so.
    `number` counts the refusals of one answer: `7ZQF-1K0M-R/3` is what a refusal is called, and challenged by;
    `decides` is the agency whose reviewer then answers.
    """

    rule: str
    reason: str
    remedy: str
    contact: str
    phone: str
    reviewer: str
    review_by: Date
    breakable: bool
    more_if: tuple[str, ...] = ()
    number: Annotated[int, Field(ge=1, le=9_999)] | None = None
    decides: Slug | None = None


class ShownItem(Wire):
    """One item at the level the agreement gives it; `not_shown` is set when the level holds something back.

    `words` has the vocabulary's words for the codes, parts in an event and duties that occur in this item.
    """

    item: Dotted
    label: str
    kind: Kind | None = None
    level: Level
    values: tuple[ItemValue, ...] = ()
    words: dict[Slug, str] = Field(default_factory=dict)
    agreement: str
    clause: str
    obligations: tuple[str, ...] = ()
    keep: str = "P0D"
    """How long it may be kept, a calendar period; P0D is: look, do not copy."""
    onward: str = "none"
    not_shown: NotShown | None = None


class Involvement(Wire):
    """One service's involvement with one person, as far as it may be told, with its freshness and coverage.

    `mark` is what the person says of the record: it is wrong and being checked, or their own view stands beside it.
    """

    handle: Handle
    source: Slug
    service: str
    agency: Slug
    match: Literal["certain", "probable"]
    level: Level
    status: Literal["current", "historic", "none_found", "not_covered"] | None = None
    provider: str | None = None
    lead: Lead | None = None
    duty_phone: str
    started: Date | None = None
    ended: Date | None = None
    last_contact: Date | None = None
    as_of: Date | None = None
    coverage_from: Date | None = None
    coverage_to: Date | None = None
    coverage_area: str | None = None
    mark: Literal["disputed", "statement"] | None = None
    items: tuple[ShownItem, ...] = ()
    not_shown: NotShown | None = None


class Person(Wire):
    """One member of the family. `handle` is made for this agency alone; `own_refs` are the asker's own records.

    `known_by` and `since` say how the relationship is known and since when, where the service that said so shares it.
    """

    handle: str
    relationship: Slug
    known_by: RelationshipEvidence | None = None
    since: Date | None = None
    age_band: AgeBand
    own_refs: tuple[Bytes16, ...]
    involvements: tuple[Involvement, ...]


class SourceAnswer(Wire):
    """What one service that may answer said: something, or which kind of nothing, and how fresh that is.

    `paused_since` goes with the kind `paused`.
    """

    source: Slug
    service: str
    agency: Slug
    found: bool
    nothing: Nothing | None = None
    paused_since: Date | None = None
    as_of: Date | None = None
    coverage_from: Date | None = None
    coverage_area: str | None = None
    phone: str


class NotAgreed(Wire):
    """What a service could post and no agreement schedules for this role and reason: the same for every person."""

    source: Slug
    service: str
    labels: tuple[str, ...]


class EmergencyNote(Wire):
    """What follows from emergency access: what it is called, until when questions belong to it, and what is owed.

    `told` are the agencies that were told and will read why; `tell_person` is the duty, in words.
    """

    reference: str
    until: Seconds
    explain_by: Seconds
    review_by: Date
    told: tuple[Slug, ...]
    tell_person: str


class Story(Wire):
    """`refusal` is set when the asker may not ask at all; then nothing was looked up and nothing else is set."""

    v: Literal[1]
    reference: str
    asked_at: Seconds
    purpose: Slug
    purpose_label: str
    lawful_basis: str
    tell_family: str
    agreements: tuple[str, ...]
    policy_digest: str
    case_reference: Pseudonym | None = None
    refusal: NotShown | None = None
    people: tuple[Person, ...] = ()
    sources: tuple[SourceAnswer, ...] = ()
    not_agreed: tuple[NotAgreed, ...] = ()
    not_agreed_why: NotShown | None = None
    notices: tuple[str, ...] = ()
    emergency: EmergencyNote | None = None


class ReceiptLeaf(Wire):
    """One leaf of the audit log with its proof: the cover leaf, or what one source agency's records contributed."""

    v: Literal[1]
    leaf: str
    proof: str
    disclosures: tuple[str, ...] = ()


class Answer(Wire):
    v: Literal[1]
    story: Story
    receipt: tuple[ReceiptLeaf, ...]
    padding: str = ""


def padded(answer: Answer) -> Answer:
    """`answer` filled up to the next multiple of `ANSWER_BYTES`, so that its length tells nothing."""
    length = len(answer.model_dump_json(exclude_none=True).encode())
    return answer.model_copy(update={"padding": "." * (-length % ANSWER_BYTES)})
