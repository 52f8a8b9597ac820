"""The front door: may this person ask, and what may they know of one item of one record?

Two stages, so that a refusal tells nothing about the person asked about:

    1. `admit` looks at the requester alone: role, purpose, agreement in force, training, relation (S1, S3-S6). It runs
       before anything is looked up and is the same for every record.
    2. `decide` looks at one record. Inside an agreement the least open rule wins; of several agreements the most open.

What isn't scheduled is not agreed (S6), which is said openly, unless the item's existence is itself the secret.
Neither function can fail, and neither depends on anything but its arguments. `interpret` says what they mean.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from broker.errors import BadInput
from broker.policy.agreement import state
from broker.policy.compile import compiled
from broker.policy.decision import NO_TERMS, Admitted, Decision, Reason, Refusal
from broker.policy.facts import RecordFacts, Requester, from_row, record_row, requester_row
from broker.policy.obligations import ItemValue, transform, within_window
from broker.policy.plan import Found, Plan
from broker.policy.policies import Policies
from broker.policy.reasons import refuse, unfit
from broker.policy.said import draft
from broker.policy.seen import Asked, Asker, asked_of, askers, nothing_known, packed


def admit(policies: Policies, requester: Requester, *, on: dt.date) -> Admitted | Refusal:
    """Whether `requester` may ask at all `on` a date in London, and then which sources may answer."""
    seen = _seen(policies, requester, on=on)
    if isinstance(seen, Refusal):
        return seen
    scheduled = policies.schedule[requester.role, requester.purpose]
    agreements = tuple(asker.agreement for asker in seen if asker.stands)
    items = {item for name in agreements for item in scheduled[name]}
    return Admitted(
        agreements=agreements,
        sources=tuple(sorted({policies.vocabulary.source_of(item) for item in items})),
        items=tuple(sorted(items)),
    )


def decide(policies: Policies, requester: Requester, record: RecordFacts, *, item: str, on: dt.date) -> Decision:
    """What `requester` may know of `item` of the record that `record` describes, `on` a date in London."""
    return decide_all(policies, requester, record, items=(item,), on=on)[0]


def decide_all(
    policies: Policies, requester: Requester, record: RecordFacts, *, items: Sequence[str], on: dt.date
) -> tuple[Decision, ...]:
    """The same for each of `items`, of one record, in their order; what they have in common is worked out once."""
    made, numbers = drafts(policies, requester, record, items=items, on=on)
    row = {**requester_row(requester, on=on), "record": record_row(record)}
    return tuple(one.about({**row, "item": item}, numbers) for one, item in zip(made, items, strict=True))


def drafts(
    policies: Policies, requester: Requester, record: RecordFacts, *, items: Sequence[str], on: dt.date
) -> tuple[Sequence[Decision], dict[str, list[int]]]:
    """The same without what they were decided from (`Decision.about`), and the packed facts that they all have."""
    seen = _seen(policies, requester, on=on)
    if isinstance(seen, Refusal):
        return [_not_admitted(seen)] * len(items), seen.packed
    asked = asked_of(compiled(policies), requester, record, seen=seen, on=on)
    return [_decided(asked, item) for item in items], asked.packed


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


def _seen(policies: Policies, requester: Requester, *, on: dt.date) -> tuple[Asker, ...] | Refusal:
    """The requester as each agreement sees them, of which one stands at least; or why none does."""
    reasons = unfit(policies, requester)
    if reasons:
        return refuse(policies, requester, reasons, agreement=None, on=on, packed={})
    evaluator = compiled(policies)
    seen = askers(evaluator, requester, on=on)
    if any(asker.stands for asker in seen):
        return seen
    failed = {asker.agreement: evaluator.failed(asker.bits) for asker in seen}
    nearest = min(failed, key=lambda name: len(failed[name]))
    reasons = tuple(Reason(safe.id, safe.because, safe.remedy) for safe in failed[nearest])
    numbers = packed(seen, [nothing_known(evaluator)])
    return refuse(policies, requester, reasons, agreement=policies.agreements[nearest], on=on, packed=numbers)


def _not_admitted(refusal: Refusal) -> Decision:
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
        facts={},
        packed=refusal.packed,
        policy_digest=refusal.policy_digest,
    )


def _decided(asked: Asked, item: str) -> Decision:
    """The decision, but for what it was decided from: of the plans that schedule the item the most open decides.

    Where none does it is the first under which the requester may ask.
    """
    ours = asked.source == item.partition(".")[0]
    planned = asked.evaluator.planned(asked.role, asked.purpose, item=item, ours=ours)
    best: tuple[Found, Plan, tuple[int, ...]] | None = None
    for n, plan in planned.granting:
        facts = asked.under[n]
        if facts:
            found = plan.found_of(facts)
            best = (found, plan, facts) if best is None or found.rank > best[0].rank else best
    if best is None:
        plan, facts = planned.plans[asked.first], asked.under[asked.first]
        best = (plan.found_of(facts), plan, facts)
    return draft(asked, best[0], best[1], item=item, facts=best[2])
