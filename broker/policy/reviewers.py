"""Whose reviewer looks at a refusal or an emergency, by when, and who is told when the clock has run out."""

from __future__ import annotations

import datetime as dt

from broker.policy.agreement import Agreement
from broker.policy.clocks import due_after
from broker.policy.facts import may_break_glass
from broker.policy.policies import Policies


def holder(policies: Policies, agreement: Agreement, *, source: str, asker: str) -> str:
    """The agency whose reviewer decides: the source's own; never the asker's, for which another party stands in.

    The agreement's lead comes first among those, then its parties in their order. Empty when there is nobody else.
    """
    known = policies.vocabulary.sources.get(source)
    wanted = [known.agency] if known else []
    others = [agreement.rights.lead, *(party.agency for party in agreement.parties)]
    return next((agency for agency in (*wanted, *others) if agency != asker), "")


def is_the_sources(policies: Policies, source: str, *, agency: str) -> bool:
    """Whether `agency` holds the records of `source`, and so may allow what they tell."""
    known = policies.vocabulary.sources.get(source)
    return known is not None and known.agency == agency


def challenge_due(agreement: Agreement, now: dt.datetime) -> dt.datetime:
    """When a challenge that is made now goes to the next: the end of a working day in London."""
    return due_after(now, agreement.refusals.escalate_after_working_days)


def sample_due(agreement: Agreement, now: dt.datetime) -> dt.datetime:
    """When a sampled refusal, or a proposal, is to have been looked at."""
    return due_after(now, agreement.refusals.review_within_working_days)


def emergency_due(agreement: Agreement, now: dt.datetime) -> dt.datetime:
    """When a second person has reviewed an emergency."""
    return due_after(now, agreement.break_glass.review_within_working_days)


def escalated_to(agreement: Agreement, *, agency: str) -> str:
    """Who is told when `agency` has let the clock run out: its data protection officer, and who takes challenges."""
    party = agreement.party(agency)
    names = ([party.dpo] if party else []) + [agreement.refusals.challenge_to]
    return ", ".join(dict.fromkeys(names))


def emergency_agreements(policies: Policies, *, role: str, purpose: str) -> tuple[Agreement, ...]:
    """The agreements that allow emergency access to this role for this purpose, by id."""
    names = policies.schedule.get((role, purpose), {})
    found = (policies.agreements[name] for name in names)
    return tuple(one for one in found if may_break_glass(one, role=role, purpose=purpose))
