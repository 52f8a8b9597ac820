"""Desks challenge refusals, reviewers answer: what crosses. Free text is sealed to its reader and only carried here.

    POST /v1/challenges              ChallengeRequest -> CaseReceipt     a desk key
    POST /v1/challenged              ReadRequest -> Ours, what became of our own   a desk key
    POST /v1/challenges/waiting      ReadRequest -> Waiting, what waits for us     a review key
    POST /v1/challenges/{reference}/answer   AnswerRequest -> CaseReceipt   a review key
    POST /v1/emergencies/{reference}/explained   ExplainRequest -> CaseReceipt   a desk key

A case is called by the spoken reference of its id, a refusal by its answer's and its number: `7ZQF-1K0M-R/3`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from broker.wire.answer import ReceiptLeaf
from broker.wire.fields import Bytes, Bytes16, Date, Pseudonym, Seconds, Slug, Wire
from broker.wire.verdict import Handle

CaseKind = Literal["challenge", "sample", "emergency", "proposal"]
Outcome = Literal["allow_once", "allow_and_propose", "keep", "justified", "not_justified", "noted"]
PersonTold = Literal["told", "would_harm", "not_yet"]
State = Literal["open", "escalated", "allowed", "closed"]
Sealed = Annotated[Bytes, Field(min_length=1024, max_length=4096)]
Reference = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z*~$=]$")]


class ChallengeRequest(Wire):
    """`answer` and `number` say which refusal, `handle` is of the record it is about, where it is about one.

    `words` are what is needed and what happens otherwise, sealed to `reader`, whom the answer's note or the trust list
    names: the agency whose reviewer decides.
    """

    v: Literal[1]
    id: Bytes16
    agency: Slug
    staff: Pseudonym
    answer: Reference
    number: Annotated[int, Field(ge=1, le=9_999)]
    handle: Handle | None = None
    reader: Slug
    words: Sealed


class AnswerRequest(Wire):
    """A reviewer's answer; `because` is sealed to the asker's agency."""

    v: Literal[1]
    id: Bytes16
    agency: Slug
    staff: Pseudonym
    outcome: Outcome
    because: Sealed | None = None


class ExplainRequest(Wire):
    """Why emergency access was needed, sealed to every agency that was told; and whether the person knows."""

    v: Literal[1]
    id: Bytes16
    agency: Slug
    staff: Pseudonym
    person_told: PersonTold
    words: dict[Slug, Sealed]


class CaseReceipt(Wire):
    """What was recorded: which case, who reads it by when, and the event in the audit log."""

    v: Literal[1]
    reference: str
    holder: Slug
    due: Date
    outcome: Outcome | None = None
    allowed_until: Seconds | None = None
    receipt: ReceiptLeaf


class Written(Wire):
    """A sealed text: `reference` is what it is bound to."""

    kind: Literal["challenge", "because", "emergency", "explained"]
    writer: Slug
    reader: Slug
    reference: str
    words: Bytes


class Case(Wire):
    """One case as its reader needs it. `ref` is the source's own reference, where the record is the reader's.

    `escalated_to` is who else is told when its clock has run out.
    """

    reference: str
    kind: CaseKind
    state: State
    asker: Slug
    holder: Slug
    staff: Pseudonym
    role: str
    purpose: Slug
    answer: str
    number: int | None = None
    made: Seconds
    due: Date
    is_overdue: bool
    escalated_to: str | None = None
    agreement: str = ""
    rule: str = ""
    level: str = ""
    source: str = ""
    item: str = ""
    label: str = ""
    ref: Bytes16 | None = None
    lifts: bool = False
    """Whether allowing it would show anything: the refusal rests on nothing but rules that can be lifted."""
    lifted: tuple[str, ...] = ()
    explain_by: Seconds | None = None
    explained_at: Seconds | None = None
    person_told: PersonTold | None = None
    outcome: Outcome | None = None
    allowed_until: Seconds | None = None
    answers: tuple[Outcome, ...] = ()
    written: tuple[Written, ...] = ()


class Waiting(Wire):
    """What waits for a reader's reviewers, the overdue first; `overturned_percent` is of what they have answered."""

    v: Literal[1]
    agency: Slug
    cases: tuple[Case, ...]
    answered: int
    overturned_percent: int | None = None
    leaf: str
    proof: str


class Ours(Wire):
    """What an agency's desks challenged, and their emergencies, the latest first."""

    v: Literal[1]
    agency: Slug
    cases: tuple[Case, ...]
    leaf: str
    proof: str
