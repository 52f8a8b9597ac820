"""What a requester is told about less than a share. A secret fact never shows: neither its rule's id nor its text.

The reasons are those of the rules that made the item less open than scheduled, the decisive ones first. A rule that
mentions a secret fact is left out; when nothing else is decisive, the vocabulary's reason S8 stands in its place.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from broker.policy.agreement import Agreement, Share
from broker.policy.condition import holds
from broker.policy.days import working_days_after
from broker.policy.decision import Contact, Reason, Refusal
from broker.policy.facts import Requester, may_break_glass, requester_facts, requester_row
from broker.policy.levels import Level, openness
from broker.policy.policies import Policies
from broker.policy.rules import Rule
from broker.policy.vocabulary import Vocabulary


def reason(vocabulary: Vocabulary, name: str) -> Reason:
    """The vocabulary's reason `name`."""
    return Reason(name, vocabulary.reasons[name].text, vocabulary.reasons[name].remedy)


def unfit(policies: Policies, requester: Requester) -> tuple[Reason, ...]:
    """Why nobody of this role, agency and purpose may ask, before any agreement is read; empty when they may."""
    vocabulary = policies.vocabulary
    role = vocabulary.roles.get(requester.role)
    if role is None or role.agency != requester.agency:
        return (reason(vocabulary, "S4r"),)
    if requester.purpose not in vocabulary.purposes or requester.purpose not in role.purposes:
        return (reason(vocabulary, "S1"),)
    if (requester.role, requester.purpose) not in policies.schedule:
        return (reason(vocabulary, "S6"),)
    return ()


def visible(
    vocabulary: Vocabulary,
    level: Level,
    *,
    applied: Sequence[Rule],
    share: Share | None,
    unknown: frozenset[str],
) -> tuple[Reason, ...]:
    """The reasons to show for `level`, of an item that the clause `share` schedules, or none does.

    `unknown` are the facts about the record that nobody stated; a rule that rests on one says so, as it would otherwise
    tell something of the person that nobody knows.
    """
    if level in ("withhold_silently", "share"):
        return ()
    offered = share.level if share else "withhold"
    lowering = [rule for rule in applied if openness(rule.effect) < openness(offered)]
    if not lowering:
        # Not limited by any rule: the clause itself schedules less than a share, or there is no clause.
        return (Reason(share.id, share.why, reason(vocabulary, "AS").remedy) if share else reason(vocabulary, "S6"),)
    public = sorted((rule for rule in lowering if not rule.secret), key=lambda rule: rule.effect != level)
    shown = tuple(_of_rule(vocabulary, rule, unknown) for rule in public)
    decisive = any(rule.effect == level for rule in public)
    return shown if decisive else (reason(vocabulary, "S8"), *shown)


def _of_rule(vocabulary: Vocabulary, rule: Rule, unknown: frozenset[str]) -> Reason:
    missing = sorted({fact for fact, _ in rule.when.named()} & unknown) if unknown else []
    if not missing:
        return Reason(rule.id, rule.because, rule.remedy)
    said = reason(vocabulary, "NK")
    labels = " and ".join(vocabulary.facts[fact].label for fact in missing)
    return Reason(rule.id, f"{said.text} {labels}.", said.remedy)


def contact_for(policies: Policies, item: str, agreement: Agreement) -> Contact:
    """The service that posts `item`, with its agency's duty phone under `agreement`; the help desk if there is none."""
    vocabulary = policies.vocabulary
    source = vocabulary.sources.get(vocabulary.source_of(item))
    if source is None:
        return help_desk(vocabulary)
    party = agreement.party(source.agency)
    return Contact(source.name, party.duty_phone if party else vocabulary.agencies[source.agency].duty_phone)


def help_desk(vocabulary: Vocabulary) -> Contact:
    """Who to ring when no agreement is in play."""
    return Contact(vocabulary.place.help_desk.name, vocabulary.place.help_desk.phone)


def lead_contact(policies: Policies, agreement: Agreement) -> Contact:
    """The duty phone of the party that answers for `agreement`."""
    lead = agreement.party(agreement.rights.lead) or agreement.parties[0]
    return Contact(policies.vocabulary.agencies[lead.agency].name, lead.duty_phone)


def failed_conditions(
    policies: Policies, requester: Requester, *, agreement: Agreement, on: dt.date
) -> tuple[Reason, ...]:
    """The requester-level safe conditions that `requester` doesn't meet under `agreement`."""
    facts = requester_facts(policies.vocabulary, requester, agreement=agreement, on=on)
    return tuple(
        Reason(safe.id, safe.because, safe.remedy)
        for safe in policies.protections.safe_conditions
        if safe.stage == "requester" and not holds(safe.need, facts)
    )


def refuse(
    policies: Policies,
    requester: Requester,
    reasons: tuple[Reason, ...],
    *,
    agreement: Agreement | None,
    on: dt.date,
    packed: dict[str, list[int]],
) -> Refusal:
    """The refusal for `reasons`, under `agreement` where one is nearest, made `on` a date in London."""
    desk = policies.vocabulary.place.help_desk
    days = agreement.refusals.review_within_working_days if agreement else desk.review_within_working_days
    broken = replace(requester, break_glass=True)
    return Refusal(
        reasons=reasons,
        remedy=reasons[0].remedy,
        contact=lead_contact(policies, agreement) if agreement else help_desk(policies.vocabulary),
        reviewer=agreement.refusals.reviewer if agreement else desk.reviewer,
        review_by=working_days_after(on, days),
        agreement=agreement.id if agreement else "",
        breakable=agreement is not None and _opens(policies, broken, agreement=agreement, on=on),
        facts=requester_row(requester, on=on),
        packed=packed,
        policy_digest=policies.digest,
    )


def _opens(policies: Policies, broken: Requester, *, agreement: Agreement, on: dt.date) -> bool:
    return may_break_glass(agreement, role=broken.role, purpose=broken.purpose) and not failed_conditions(
        policies, broken, agreement=agreement, on=on
    )
