"""The front door: may this person ask, and what may they know of one item of one record?

Two stages, so that a refusal tells nothing about the person asked about:

    1. `admit` looks at the requester alone: role, purpose, agreement in force, training, relation (S1, S3-S6). It runs
       before anything is looked up and is the same for every record.
    2. `decide` looks at one record. Inside an agreement the least open rule wins; of several agreements the most open.

What isn't scheduled is not agreed (S6), which is said openly, unless the item's existence is itself the secret.
Neither function can fail, and neither depends on anything but its arguments.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from broker.errors import BadInput
from broker.policy.agreement import Agreement, Share, state
from broker.policy.days import working_days_after
from broker.policy.decision import NO_TERMS, Admitted, Decision, Refusal, Terms
from broker.policy.facts import (
    Case,
    RecordFacts,
    Requester,
    from_row,
    may_break_glass,
    record_facts,
    requester_facts,
    unknown_facts,
)
from broker.policy.interpret import Offer, Outcome, interpret
from broker.policy.levels import Level, most_protective, openness
from broker.policy.obligations import TRANSFORMERS, ItemValue, transform, within_window
from broker.policy.policies import Policies
from broker.policy.reasons import contact_for, failed_conditions, reason, refuse, unfit, visible


def admit(policies: Policies, requester: Requester, *, on: dt.date) -> Admitted | Refusal:
    """Whether `requester` may ask at all `on` a date in London, and then which sources may answer."""
    agreements = _standing(policies, requester, on=on)
    if isinstance(agreements, Refusal):
        return agreements
    scheduled = policies.schedule[requester.role, requester.purpose]
    items = {item for name in agreements for item in scheduled[name]}
    return Admitted(
        agreements=agreements,
        sources=tuple(sorted({policies.vocabulary.source_of(item) for item in items})),
        items=tuple(sorted(items)),
    )


def decide(policies: Policies, requester: Requester, record: RecordFacts, *, item: str, on: dt.date) -> Decision:
    """What `requester` may know of `item` of the record that `record` describes, `on` a date in London."""
    case = Case(requester, record, item, on)
    agreements = _standing(policies, requester, on=on)
    if isinstance(agreements, Refusal):
        return _not_admitted(agreements, case)
    scheduled = policies.schedule[requester.role, requester.purpose]
    ours = record.source == policies.vocabulary.source_of(item)
    granting = [name for name in agreements if ours and item in scheduled[name]]
    if not granting:
        return _under(policies, policies.agreements[agreements[0]], None, case=case)
    options = [_under(policies, policies.agreements[name], scheduled[name][item], case=case) for name in granting]
    # The most open wins, as an agreement is a grant; of equals the one that reduces least, then the first by id.
    return max(options, key=lambda d: (openness(d.level), -sum(name in TRANSFORMERS for name in d.obligations)))


def release(policies: Policies, decision: Decision, value: ItemValue) -> ItemValue | None:
    """What may be shown of `value` under `decision`: after its window and its transformers; None for nothing."""
    if decision.level not in ("share", "reduced") or value.item != decision.item:
        return None
    kind = policies.vocabulary.items[value.item].kind
    if not within_window(value, decision.terms.window, on=decision.on, kind=kind):
        return None
    return transform(value, decision.obligations)


def recompute(policies: Policies, row: Mapping[str, Any]) -> Decision:
    """The decision that an audit row of `Decision.as_audit` records, made again.

    Raises `BadInput` when the row isn't of that form or was decided under other policies.
    """
    if row.get("policy_digest") != policies.digest:
        hint = "load the policies that have the row's digest"
        raise BadInput("policy-other", "the row was decided under other policies", hint=hint)
    case = from_row(row.get("facts"))
    return decide(policies, case.requester, case.record, item=case.item, on=case.on)


def may_post(policies: Policies, source: str, *, on: dt.date) -> bool:
    """Whether an agreement in force, or in its days of grace, schedules anything of `source` `on` a date in London."""
    return any(
        policies.vocabulary.source_of(item) == source
        for agreement in policies.agreements.values()
        if state(agreement, on) != "lapsed"
        for share in agreement.share
        for item in share.items
    )


def _standing(policies: Policies, requester: Requester, *, on: dt.date) -> tuple[str, ...] | Refusal:
    """The ids of the agreements under which `requester` may ask, or why there is none."""
    reasons = unfit(policies, requester)
    if reasons:
        return refuse(policies, requester, reasons, agreement=None, on=on)
    scheduled = policies.schedule[requester.role, requester.purpose]
    failed = {
        name: failed_conditions(policies, requester, agreement=policies.agreements[name], on=on) for name in scheduled
    }
    agreements = tuple(name for name in scheduled if not failed[name])
    if agreements:
        return agreements
    nearest = min(scheduled, key=lambda name: len(failed[name]))
    return refuse(policies, requester, failed[nearest], agreement=policies.agreements[nearest], on=on)


def _not_admitted(refusal: Refusal, case: Case) -> Decision:
    """The refusal as a decision: the same for every record and every item."""
    return Decision(
        level="withhold",
        agreement=refusal.agreement,
        clause="",
        rules=tuple(reason.id for reason in refusal.reasons),
        lifted=(),
        obligations=(),
        reasons=refusal.reasons,
        remedy=refusal.remedy,
        contact=refusal.contact,
        reviewer=refusal.reviewer,
        review_by=refusal.review_by,
        breakable=refusal.breakable,
        terms=NO_TERMS,
        facts=case.as_row(),
        policy_digest=refusal.policy_digest,
    )


def _under(policies: Policies, agreement: Agreement, share: Share | None, *, case: Case) -> Decision:
    """The decision under one agreement, whose clause `share` schedules the item, if any does."""
    offer = _offer(policies, share, case)
    outcome = _outcome(policies, agreement, offer, case=case)
    unknown = unknown_facts(policies.vocabulary, case.record)
    reasons = visible(policies.vocabulary, outcome, share=share, offered=offer.level, unknown=unknown)
    less = outcome.level != "share"
    hidden = reason(policies.vocabulary, "S8" if share else "S6").remedy
    return Decision(
        level=outcome.level,
        agreement=agreement.id,
        clause=share.id if share else "",
        rules=(*(rule.id for rule in outcome.applied), *(() if share else ("S6",))),
        lifted=tuple(rule.id for rule in outcome.lifted),
        obligations=outcome.obligations,
        reasons=reasons,
        remedy=(reasons[0].remedy if reasons else hidden) if less else "",
        contact=contact_for(policies, case.item, agreement),
        reviewer=agreement.refusals.reviewer if less else "",
        review_by=working_days_after(case.on, agreement.refusals.review_within_working_days) if less else None,
        breakable=_is_breakable(policies, agreement, offer, case=case, now=outcome.level),
        terms=Terms(share.window, share.keep, share.onward) if share else NO_TERMS,
        facts=case.as_row(),
        policy_digest=policies.digest,
    )


def _offer(policies: Policies, share: Share | None, case: Case) -> Offer:
    item = policies.vocabulary.items.get(case.item)
    category = item.category if item else ""
    if share:
        return Offer(case.item, category, share.level, share.obligations)
    ours = case.record.source == policies.vocabulary.source_of(case.item)
    quiet = item is None or item.existence == "secret" or not ours
    return Offer(case.item, category, "withhold_silently" if quiet else "withhold", ())


def _outcome(policies: Policies, agreement: Agreement, offer: Offer, *, case: Case, broken: bool = False) -> Outcome:
    asker = requester_facts(policies.vocabulary, case.requester, agreement=agreement, on=case.on)
    asker |= {"break_glass": "yes"} if broken else {}
    rules = (*policies.rules, *policies.exceptions[agreement.id])
    outcome = _merged([interpret(offer, rules, {**asker, **f}) for f in record_facts(policies.vocabulary, case.record)])
    item = policies.vocabulary.items.get(offer.item)
    if outcome.level == "withhold" and item and item.existence == "secret":
        # Saying that it is withheld would tell that it is there.
        return replace(outcome, level="withhold_silently")
    return outcome


def _is_breakable(policies: Policies, agreement: Agreement, offer: Offer, *, case: Case, now: Level) -> bool:
    """Whether emergency access would show more. Of a silent withholding that is never said."""
    if now in ("share", "withhold_silently") or not may_break_glass(agreement, case.requester):
        return False
    return openness(_outcome(policies, agreement, offer, case=case, broken=True).level) > openness(now)


def _merged(outcomes: Sequence[Outcome]) -> Outcome:
    """The most protective of `outcomes` for one item, with everything that applied in any of them."""
    return Outcome(
        level=most_protective(outcome.level for outcome in outcomes),
        applied=tuple({rule.id: rule for outcome in outcomes for rule in outcome.applied}.values()),
        lifted=tuple({rule.id: rule for outcome in outcomes for rule in outcome.lifted}.values()),
        obligations=tuple(dict.fromkeys(name for outcome in outcomes for name in outcome.obligations)),
    )
