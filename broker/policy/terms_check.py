"""Whether what an agreement promises is lawful and can be kept: consent, confidence, powers in force, times, parties.

Each finding is a sentence that an IG officer can act on, with its place. What is checked here changes no decision; it
keeps an agreement from being signed that says two things, or promises a person less than the law gives them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence

from broker.policy.agreement import Agreement
from broker.policy.crosscheck import Finding
from broker.policy.days import after
from broker.policy.gateways import Gateway
from broker.policy.vocabulary import Vocabulary

CONFIDENTIAL = frozenset({"adoption", "health", "intel", "offence", "sensitive_service"})
MOST_HOURS = 72
"""To tell the ICO of an incident: UK GDPR article 33(1)."""

# The shortest and the longest month, so that a period is within the time whenever it begins.
_FEBRUARY, _JANUARY = dt.date(2026, 2, 1), dt.date(2026, 1, 1)
_VERSION = re.compile(r"(ISA-\d{4}-\d{3})@(\d{1,4}\.\d{1,4}\.\d{1,4})", re.ASCII)


def check_terms(agreement: Agreement, vocabulary: Vocabulary) -> Iterator[Finding]:
    """Everything of an agreement that needs no power to judge."""
    yield from _consent(agreement)
    yield from _confidence(agreement, vocabulary)
    yield from _times(agreement)
    yield from _roles_of_parties(agreement)
    yield from _version(agreement)
    yield from _signed_in_time(agreement)
    named = [purpose.id for purpose in agreement.purposes]
    for n, name in enumerate(named):
        if named.index(name) != n:
            yield ("purposes", n, "id"), f"purpose `{name}` is there twice; keep one"
    for n, role in enumerate(agreement.break_glass.roles):
        if role in vocabulary.roles and agreement.party(vocabulary.roles[role].agency) is None:
            yield ("break_glass", "roles", n), f"role `{role}` is not at a party; remove it"


def not_in_force(powers: Sequence[Gateway]) -> str:
    """The powers, when each is one whose commencement nobody has checked; else nothing."""
    unchecked = [power.label for power in powers if power.commencement == "check"]
    return " and ".join(unchecked) if len(unchecked) == len(powers) else ""


def duty_in_force(powers: Sequence[Gateway]) -> bool:
    """Whether one of the powers is a duty, and not one whose commencement nobody has checked."""
    return any(power.kind == "duty" and power.commencement != "check" for power in powers)


def _consent(agreement: Agreement) -> Iterator[Finding]:
    legal = agreement.legal
    if legal.consent_relied_on != ("6(1)(a)" in legal.article6):
        yield (
            ("legal", "consent_relied_on" if legal.consent_relied_on else "article6"),
            "consent is relied on exactly when article 6(1)(a) is named; correct one of them",
        )
    for n, condition in enumerate(legal.article9):
        if not re.match(r"9\(2\)\([a-j]\)", condition):
            yield ("legal", "article9", n), "an article 9 condition begins with its number, such as 9(2)(g); add it"


def _confidence(agreement: Agreement, vocabulary: Vocabulary) -> Iterator[Finding]:
    named = [one.category for one in agreement.legal.confidence]
    for n, one in enumerate(agreement.legal.confidence):
        place = ("legal", "confidence", n)
        if one.category not in vocabulary.categories:
            yield place, f"no such category `{one.category}`; correct it"
        if named.index(one.category) != n:
            yield place, f"confidence for `{one.category}` is there twice; keep one"
        if one.category in CONFIDENTIAL and one.basis == "not_confidential":
            yield place, f"`{one.category}` is confidential; say how the duty is met, or remove its items"


def _times(agreement: Agreement) -> Iterator[Finding]:
    rights, incidents = agreement.rights, agreement.incidents
    if after(_FEBRUARY, rights.answer_within) > after(_FEBRUARY, "P1M"):
        yield ("rights", "answer_within"), "a person is answered within a month (UK GDPR article 12); write P1M or less"
    if after(_JANUARY, rights.acknowledge_complaint_within) > after(_JANUARY, "P30D"):
        what = "a complaint is acknowledged within 30 days (DPA 2018 section 164A); write P30D or less"
        yield ("rights", "acknowledge_complaint_within"), what
    if incidents.ico_within_hours > MOST_HOURS:
        what = f"the ICO is told within {MOST_HOURS} hours (UK GDPR article 33); write {MOST_HOURS} or less"
        yield ("incidents", "ico_within_hours"), what
    if incidents.tell_parties_within_hours > incidents.ico_within_hours:
        what = "the parties are told after the ICO; write fewer hours, so that they can help to tell it"
        yield ("incidents", "tell_parties_within_hours"), what


def _roles_of_parties(agreement: Agreement) -> Iterator[Finding]:
    joint = [n for n, party in enumerate(agreement.parties) if party.controller == "joint"]
    if len(joint) == 1:
        what = "one joint controller alone; name those it decides with as joint, or write independent"
        yield ("parties", joint[0], "controller"), what
    lead = agreement.party(agreement.rights.lead)
    if lead and lead.controller == "processor":
        yield ("rights", "lead"), f"`{lead.agency}` is a processor and can't answer for others; name a controller"


def _version(agreement: Agreement) -> Iterator[Finding]:
    if agreement.supersedes is None:
        return
    found = _VERSION.fullmatch(agreement.supersedes)
    if found is None:
        yield ("supersedes",), "name an agreement and its version, such as ISA-2026-001@1.0.0"
    elif found[1] == agreement.id and _numbers(found[2]) >= _numbers(agreement.version):
        yield ("supersedes",), "it takes the place of an older version of itself; correct one of the versions"


def _signed_in_time(agreement: Agreement) -> Iterator[Finding]:
    """Nothing is shared on a day on which somebody had not signed yet."""
    for n, party in enumerate(agreement.parties):
        if party.signature and party.signature.signed_on > agreement.lifecycle.effective_from:
            what = f"`{party.agency}` signed after it is in force; begin it on the day of the last signature or later"
            yield ("parties", n, "signature"), what


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
