"""The rights of the person a record is about: what each can end in, on which grounds, and by when.

    objection       UK GDPR 21   pending at once: only who to ring, unless there is concern or harm
    restriction     UK GDPR 18   at once: kept and not used, unless to protect somebody
    rectification   UK GDPR 16   disputed at once, beside the record in every answer
    erasure         UK GDPR 17   erased when it is decided, unless an exemption of 17(3) is named
    access          UK GDPR 15   answered with a report in plain words
    complaint       DPA 2018 s164A   acknowledged within 30 days, the day it arrived counted

One calendar month each, two more where a request is complex or one of many. While the agency waits to be told what a
request for access is after no day counts, and of no other right; the month begins when the person is known to be who
they say (12A).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from broker.policy.clocks import month_due
from broker.policy.policies import Policies
from broker.wire.rights import Ground, Right, RightOutcome

ACKNOWLEDGE_DAYS = 30
COMPLAINT_MONTHS = 3
"""Ours: the law says "without undue delay"."""
MONTHS = 1
COMPLEX_MONTHS = 3
_ALWAYS: tuple[Ground, ...] = ("unfounded", "excessive", "identity_unknown")
_TASKS = frozenset({"6(1)(e)", "6(1)(ea)", "6(1)(f)"})

OUTCOMES: Mapping[Right, Mapping[RightOutcome, tuple[Ground, ...]]] = {
    "objection": {"upheld": (), "overridden": ("compelling_grounds", "legal_claims", *_ALWAYS)},
    "restriction": {"restricted": (), "lifted": ("accurate", "settled", "legal_claims", *_ALWAYS)},
    "rectification": {
        "corrected": (),
        "statement_added": ("accurate", "opinion", *_ALWAYS),
        "refused": ("accurate", "opinion", *_ALWAYS),
    },
    "erasure": {
        "erased": (),
        "refused": (
            *("still_needed", "legal_obligation", "public_task", "legal_claims"),
            *("free_expression", "public_health", "archiving", *_ALWAYS),
        ),
    },
    "access": {"answered": (), "refused": ("serious_harm", "crime_prevention", "privilege", "other_people", *_ALWAYS)},
    "complaint": {"upheld": (), "not_upheld": ("no_breach", *_ALWAYS)},
}
"""What each right can end in, with the grounds of which one must be named; each can be withdrawn besides."""
LASTING: frozenset[tuple[Right, RightOutcome]] = frozenset(
    {("objection", "upheld"), ("restriction", "restricted"), ("rectification", "statement_added")}
)
"""Decisions whose effect stays until the case is opened again."""


@dataclass(frozen=True)
class RightClock:
    """When a request arrived and what its clock has done since; days in London."""

    received: dt.date
    identified: dt.date | None = None
    paused_days: int = 0
    months: int = MONTHS
    acknowledged: dt.date | None = None


def outcomes(right: Right) -> tuple[RightOutcome, ...]:
    """What a reviewer may decide."""
    return (*OUTCOMES[right], "withdrawn")


def due_on(right: Right, clock: RightClock) -> dt.date:
    """The last day on which the person is answered in time, or their complaint acknowledged."""
    if right == "complaint":
        if clock.acknowledged is None:
            return clock.received + dt.timedelta(days=ACKNOWLEDGE_DAYS - 1)
        return month_due(clock.received, COMPLAINT_MONTHS, paused_days=clock.paused_days)
    return month_due(clock.identified or clock.received, clock.months, paused_days=clock.paused_days)


def may_object(policies: Policies, agency: str) -> bool:
    """Whether any agreement of the agency rests on a task or an interest: otherwise article 21 gives no right."""
    mine = (one for one in policies.agreements.values() if any(party.agency == agency for party in one.parties))
    return any(set(one.legal.article6) & _TASKS for one in mine)


def officer_of(policies: Policies, agency: str) -> str:
    """Who is told when the agency has let a person's clock run out: its data protection officer."""
    found = (party.dpo for one in policies.agreements.values() for party in one.parties if party.agency == agency)
    return next(found, "")
