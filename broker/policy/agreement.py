"""A sharing agreement (broker/agreement/v1): who shares what with whom, for what, under which power, and why.

    share:
      - id: A1.2
        items: [ed.attendance, ed.exclusions]
        to: [council.keyworker]
        for: [early_help]
        window: P12M
        why: Attendance shows whether the help is working.

A clause that isn't here is not agreed; it is not forbidden. Exceptions only ever make a clause share less.
What one file can't know (does the power cover these bodies, is there such an item) is checked in `crosscheck`.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from broker.policy.condition import Condition
from broker.policy.days import after
from broker.policy.written import (
    Day,
    Dotted,
    Flag,
    Line,
    Number,
    Percent,
    Period,
    Phone,
    RuleId,
    Slug,
    Text,
    Written,
)

ScheduledLevel = Literal["share", "reduced", "signpost"]
Effect = Literal["withhold_silently", "withhold", "refer", "signpost", "reduced"]
State = Literal["in_force", "grace", "lapsed"]
Some = Field(min_length=1)


class Signature(Written):
    """Who signed, in what post. The signature bytes are checked against the agency's key outside the policy."""

    name: Line
    post: Line
    signed_on: Day
    key_id: Line
    signature: Line


class Party(Written):
    """`duty_phone` is shown with what this party holds back; `contact` is its single point of contact."""

    agency: Slug
    controller: Literal["independent", "joint", "processor"]
    ico_registration: Annotated[str, StringConstraints(pattern=r"^Z[A-Z0-9]{7}$")]
    contact: Line
    dpo: Line
    sar_desk: Line
    duty_phone: Phone
    privacy_notice: Line
    signature: Signature | None = None


class Purpose(Written):
    id: Slug
    statement: Text
    benefit: Text
    not_for: Annotated[tuple[Line, ...], Some]


class Power(Written):
    """The power or duty that lets these sources share with these recipients: a matrix, as it differs by both."""

    gateway: Slug
    from_: Annotated[tuple[Slug, ...], Some] = Field(alias="from")
    to: Annotated[tuple[Slug, ...], Some]
    note: Text | None = None


class Confidence(Written):
    """How the common-law duty of confidence is met for one category."""

    category: Slug
    basis: Literal[
        "implied_consent", "explicit_consent", "statutory_duty", "overriding_public_interest", "not_confidential"
    ]


class Legal(Written):
    """Powers and conditions. `part3` are the parties that process under DPA 2018 Part 3."""

    powers: Annotated[tuple[Power, ...], Some]
    article6: Annotated[tuple[Literal["6(1)(a)", "6(1)(c)", "6(1)(d)", "6(1)(e)", "6(1)(ea)", "6(1)(f)"], ...], Some]
    article9: tuple[Line, ...] = ()
    article10: tuple[Line, ...] = ()
    part3: tuple[Slug, ...] = ()
    appropriate_policy_document: Line | None = None
    confidence: tuple[Confidence, ...]
    human_rights: Text
    dpia: Line
    dpia_review_by: Day
    dea_register: Line | None = None
    consent_relied_on: Flag = False


class Share(Written):
    """One clause: these items, to these roles, for these purposes. `why` says why each is needed."""

    id: RuleId
    items: Annotated[tuple[Dotted, ...], Some]
    to: Annotated[tuple[Dotted, ...], Some]
    for_: Annotated[tuple[Slug, ...], Some] = Field(alias="for")
    level: ScheduledLevel = "share"
    obligations: tuple[Slug, ...] = ()
    window: Period | None = None
    keep: Period = "P0D"
    onward: Literal["none", "same_purpose_team", "with_source_agreement"] = "none"
    why: Text


class Selection(Written):
    """Which items a rule is about: those of these categories, and these by name."""

    category: tuple[Slug, ...] = ()
    items: tuple[Dotted, ...] = ()

    @model_validator(mode="after")
    def _some(self) -> Selection:
        if not self.category and not self.items:
            raise ValueError("name a category or an item, or leave `items` out to mean all")
        return self


class Limit(Written):
    """A rule that makes an item less open: an exception of an agreement, or a protection of the whole place.

    `because` is for the reader of the rule; a requester reads it too, unless the rule mentions a secret fact.
    """

    id: RuleId
    title: Line
    when: Condition
    unless: Condition | None = None
    items: Selection | None = None
    effect: Effect
    obligations: tuple[Slug, ...] = ()
    breakable: Flag
    because: Text
    remedy: Text


class BreakGlass(Written):
    """Emergency access: it lifts only rules marked breakable, for these roles and purposes."""

    allowed: Flag
    roles: tuple[Dotted, ...] = ()
    purposes: tuple[Slug, ...] = ()
    reason_min_chars: Number = 40
    review_within_working_days: Number = 2
    second_person_within_hours: Number | None = None
    tell_source: Flag = True
    tell_person: Literal["always", "unless_harm", "no"] = "unless_harm"


class Refusals(Written):
    """Refusals are accountable too: who reviews them, by when, and how many of the automatic ones a person reads."""

    reviewer: Line
    review_within_working_days: Number = 5
    challenge_to: Line
    escalate_after_working_days: Number = 2
    sample_percent: Percent = 10


class Rights(Written):
    """`lead` answers for the agreement. The statutory time to answer a person is a calendar month, not 30 days.

    While an objection is considered only who to ring is shown; the place's protections do it, the same for everybody.
    """

    lead: Slug
    answer_within: Period = "P1M"
    objection_effect_while_pending: Literal["signpost"] = "signpost"
    tell_recipients_of_changes: Flag = True
    acknowledge_complaint_within: Period = "P30D"


class Incidents(Written):
    tell_parties_within_hours: Number = 24
    ico_within_hours: Number = 72


class Lifecycle(Written):
    """Dates in London, half open: the agreement is in force on `effective_from` and no longer on `expires`."""

    effective_from: Day
    review_by: Day
    expires: Day
    grace_days: Number = 30
    leave_notice_days: Number = 30
    on_expiry: Literal["delete", "return", "keep_under_own_duty"] = "delete"

    @model_validator(mode="after")
    def _in_order(self) -> Lifecycle:
        if not self.effective_from < self.review_by <= self.expires:
            raise ValueError("put the dates in order: effective_from before review_by, review_by not after expires")
        return self


class Assurance(Written):
    audit_every_months: Number = 6
    random_sample_percent: Percent = 2
    training: Slug
    training_valid: Period = "P1Y"
    strong_authentication: Flag = True


class Agreement(Written):
    """The whole file. `supersedes` names the version it takes the place of: `ISA-2026-001@1.0.0`."""

    schema_: Literal["broker/agreement/v1"] = Field(alias="schema")
    id: Annotated[str, StringConstraints(pattern=r"^ISA-\d{4}-\d{3}$")]
    version: Annotated[str, StringConstraints(pattern=r"^\d{1,4}\.\d{1,4}\.\d{1,4}$")]
    supersedes: Line | None = None
    title: Line
    summary: Text
    status: Literal["draft", "proposed", "signed", "suspended", "withdrawn"]
    who_it_is_about: Annotated[tuple[Line, ...], Some]
    parties: Annotated[tuple[Party, ...], Field(min_length=2)]
    purposes: Annotated[tuple[Purpose, ...], Some]
    legal: Legal
    share: Annotated[tuple[Share, ...], Some]
    exceptions: tuple[Limit, ...] = ()
    break_glass: BreakGlass
    refusals: Refusals
    rights: Rights
    incidents: Incidents
    lifecycle: Lifecycle
    assurance: Assurance

    def party(self, agency: str) -> Party | None:
        """The party that is `agency`, or None when it has not joined."""
        return next((party for party in self.parties if party.agency == agency), None)


def state(agreement: Agreement, on: dt.date) -> State:
    """Whether `agreement` is in force, in its days of grace, or neither, `on` a date in London."""
    life = agreement.lifecycle
    if agreement.status != "signed" or on < life.effective_from:
        return "lapsed"
    if on < life.expires:
        return "in_force"
    return "grace" if on < after(life.expires, f"P{life.grace_days}D") else "lapsed"
