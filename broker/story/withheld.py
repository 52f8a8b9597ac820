"""How to say that something is not shown, and which kind of nothing a service's silence is."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from broker.policy.days import working_days_after
from broker.policy.decision import Admitted, Decision, Refusal
from broker.policy.explain import more_if
from broker.policy.policies import Policies
from broker.policy.reasons import lead_contact, reason
from broker.policy.reviewers import holder
from broker.story.held import Coverages
from broker.wire.answer import Involvement, NotAgreed, Nothing, NotShown, SourceAnswer

Presence = Literal["visible", "not_shown", "absent"]


def not_shown(policies: Policies, decision: Decision | Refusal, *, number: int) -> NotShown:
    """A refusal as its reader needs it: which rule, why, what would change it, who to ring, who reviews it by when.

    `number` is its own among the refusals of the answer.
    """
    first, asker = decision.reasons[0], str(decision.facts["requester"]["agency"])
    source = decision.item.partition(".")[0] if isinstance(decision, Decision) else ""
    if decision.review_by is None:
        raise ValueError("a refusal has a review date")
    return NotShown(
        rule=first.id,
        reason=" ".join(dict.fromkeys(reason.text for reason in decision.reasons)),
        remedy=decision.remedy,
        contact=decision.contact.name,
        phone=decision.contact.phone,
        reviewer=decision.reviewer,
        review_by=decision.review_by,
        breakable=decision.breakable,
        more_if=tuple(step.say for step in more_if(policies, decision)),
        number=number,
        decides=_decides(policies, decision.agreement, source=source, asker=asker),
    )


def not_agreed(policies: Policies, admitted: Admitted) -> tuple[NotAgreed, ...]:
    """What no agreement schedules for this role and reason: the same for every person, so it tells nothing of one."""
    vocabulary = policies.vocabulary
    found = []
    for source in admitted.sources:
        labels = tuple(
            vocabulary.items[item].label
            for item in vocabulary.items_of(source)
            if item not in admitted.items and vocabulary.items[item].existence == "open"
        )
        if labels:
            found.append(NotAgreed(source=source, service=vocabulary.sources[source].name, labels=labels))
    return tuple(found)


def why_not_agreed(policies: Policies, admitted: Admitted, *, asker: str, on: dt.date, number: int) -> NotShown:
    """The one refusal behind everything that is not agreed, with who to ask and by when it is looked at."""
    agreement = policies.agreements[admitted.agreements[0]]
    why, contact = reason(policies.vocabulary, "S6"), lead_contact(policies, agreement)
    return NotShown(
        rule=why.id,
        reason=why.text,
        remedy=why.remedy,
        contact=contact.name,
        phone=contact.phone,
        reviewer=agreement.refusals.reviewer,
        review_by=working_days_after(on, agreement.refusals.review_within_working_days),
        breakable=False,
        number=number,
        decides=_decides(policies, agreement.id, source="", asker=asker),
    )


def _decides(policies: Policies, agreement: str, *, source: str, asker: str) -> str | None:
    """The agency whose reviewer answers a challenge; none where no agreement is in play."""
    found = policies.agreements.get(agreement)
    return (holder(policies, found, source=source, asker=asker) or None) if found else None


def presence(involvements: list[Involvement]) -> Presence:
    """Whether a source's involvements with this family show anything. Silent ones are not among them."""
    if not involvements:
        return "absent"
    return "not_shown" if all(one.level == "withhold" for one in involvements) else "visible"


def source_answer(
    policies: Policies, source: str, *, told: list[Involvement], coverages: Coverages, age_band: str, not_covered: bool
) -> SourceAnswer:
    """What one service said. A silent withholding never gets here, so it reads exactly as no record found."""
    vocabulary = policies.vocabulary
    owner = vocabulary.agencies[vocabulary.sources[source].agency]
    fresh = coverages.get(source)
    shown = presence(told)
    return SourceAnswer(
        source=source,
        service=vocabulary.sources[source].name,
        agency=vocabulary.sources[source].agency,
        found=shown == "visible",
        nothing=None
        if shown == "visible"
        else _nothing(
            policies, source, shown=shown, age_band=age_band, fresh=fresh is not None, not_covered=not_covered
        ),
        as_of=fresh.as_of if fresh else None,
        coverage_from=fresh.coverage_from if fresh else None,
        coverage_area=fresh.coverage_area if fresh else None,
        phone=owner.duty_phone,
    )


def paused(answer: SourceAnswer, since: dt.date) -> SourceAnswer:
    """What a service says that has paused sharing: the same whether it knows this family or not."""
    return answer.model_copy(update={"found": False, "nothing": "paused", "paused_since": since})


def _nothing(
    policies: Policies, source: str, *, shown: Presence, age_band: str, fresh: bool, not_covered: bool
) -> Nothing:
    if shown == "not_shown":
        return "not_shown"
    if not fresh:
        return "no_answer_yet"
    ages = policies.vocabulary.sources[source].ages
    if not_covered or (age_band != "unknown" and ages and age_band not in ages):
        return "not_covered"
    return "no_record_found"
