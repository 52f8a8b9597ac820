"""The whole decision on what was found: with reasons, remedy, who to ring, who reviews it by when, and on what terms.

The same findings always make the same decision, whatever the record, so it is made once and kept with them. The date
of its review alone is the day's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from broker.policy.days import working_days_after
from broker.policy.decision import NO_TERMS, Decision, Terms
from broker.policy.plan import KEPT, Found, Plan
from broker.policy.reasons import contact_for, reason, visible
from broker.policy.seen import Asked


def draft(asked: Asked, found: Found, plan: Plan, *, item: str, facts: Sequence[int]) -> Decision:
    """The decision that `plan` makes of `found`, without the facts: `Decision.about` puts them in."""
    breakable = not found.settled and _is_breakable(asked, found, plan, facts)
    # Items that the vocabulary doesn't have share a plan, and differ in the service that is rung.
    key = (asked.unknown, breakable, "" if plan.item else item.partition(".")[0])
    kept = found.kept.get(key)
    if isinstance(kept, Decision):
        return kept.reviewed_by(_review_by(asked, found, plan))
    made = _made(asked, found, plan, item=item, breakable=breakable)
    if len(found.kept) >= KEPT:
        found.kept.clear()
    found.kept[key] = made
    return made


def _review_by(asked: Asked, found: Found, plan: Plan) -> dt.date | None:
    if found.level == "share":
        return None
    agreement = asked.evaluator.policies.agreements[plan.agreement]
    return working_days_after(asked.on, agreement.refusals.review_within_working_days)


def _is_breakable(asked: Asked, found: Found, plan: Plan, facts: Sequence[int]) -> bool:
    """Whether emergency access would show more. Of a silent withholding that is never said."""
    if not plan.glass or found.level in ("share", "withhold_silently"):
        return False
    return plan.found_of([asked.evaluator.broken(one) for one in facts]).rank[0] > found.rank[0]


def _made(asked: Asked, found: Found, plan: Plan, *, item: str, breakable: bool) -> Decision:
    policies, judgement, share = asked.evaluator.policies, found.judgement, plan.share
    agreement, vocabulary = policies.agreements[plan.agreement], policies.vocabulary
    reasons = visible(vocabulary, found.level, applied=found.applied, share=share, unknown=asked.unknown)
    less = found.level != "share"
    hidden = reason(vocabulary, "S8" if share else "S6").remedy
    return Decision(
        level=found.level,
        agreement=plan.agreement,
        clause=judgement.clause,
        rules=judgement.rules,
        lifted=judgement.lifted,
        obligations=judgement.obligations,
        reasons=reasons,
        remedy=(reasons[0].remedy if reasons else hidden) if less else "",
        contact=contact_for(policies, item, agreement),
        reviewer=agreement.refusals.reviewer if less else "",
        review_by=_review_by(asked, found, plan),
        breakable=breakable,
        terms=Terms(share.window, share.keep, share.onward) if share else NO_TERMS,
        facts={},
        packed={},
        policy_digest=policies.digest,
    )
