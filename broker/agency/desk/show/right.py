"""What people ask about their own information: what it does, by when, how it ended, what to tell them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from broker.agency.desk.show.called import Called
from broker.agency.right_page import EFFECTS, GROUNDS, OUTCOMES, told_sentence
from broker.agency.words import capital, day, listing, plain, sentences
from broker.wire.rights import Ground, Right, RightCase, RightOutcome

RIGHTS: Mapping[Right, tuple[str, str]] = {
    "access": ("They ask what is held about them", "One month, from the day it arrived."),
    "rectification": ("They say that what is recorded is wrong", "Everybody who is shown it reads that, from now on."),
    "objection": (
        "They object to their information being used",
        "Others are shown only whom to ring from now on, unless there is concern or a risk of harm.",
    ),
    "restriction": (
        "They ask that it be kept and not used",
        "Others are shown nothing from now on, unless there is a risk of significant harm.",
    ),
    "erasure": ("They ask that it be erased", "Nothing changes until it is decided."),
    "complaint": ("They complain about how it was used", "Acknowledge it within 30 days."),
}
CLOCKS: Mapping[str, str] = {
    "acknowledge": "We have acknowledged it to the person",
    "pause_identity": "Stop: we have asked who they are",
    "pause_clarification": "Stop: we have asked what they mean",
    "resume": "Go on: they have answered",
    "extend": "Two months more: it is complex, and they have been told",
    "reopen": "Open it again",
}
NEEDS_GROUND: frozenset[RightOutcome] = frozenset({"overridden", "lifted", "statement_added", "refused", "not_upheld"})
_BEFORE = "Before you end it, tell the person that it ends, and from when (UK GDPR article 18)."
_WAITS = {"identity": "proof of who asks", "clarification": "what the person means"}


@dataclass(frozen=True)
class RightShown:
    """What a template needs of one."""

    reference: str
    title: str
    when: str
    is_overdue: bool
    facts: tuple[tuple[str, str], ...]
    effect: str
    outcomes: tuple[dict[str, str], ...]


def right_shown(one: RightCase, called: Called) -> RightShown:
    """One of them."""
    name = plain(called.records.get(one.ref, "")) if one.ref else ""
    facts = [
        ("Service", called.service(one.source)),
        ("Arrived", day(one.received)),
        ("Taken in by", plain(called.staff.get(one.staff, "a colleague who is no longer listed"))),
        ("Acknowledged", day(one.acknowledged) if one.acknowledged else ""),
        ("Went on to", plain(one.escalated_to or "")),
        ("Told, because an answer of theirs rested on it", plain(listing(map(called.agency, one.told)))),
        ("Decided", capital(OUTCOMES[one.outcome]) if one.outcome else ""),
        ("Because", GROUNDS[one.ground] if one.ground else ""),
    ]
    return RightShown(
        reference=plain(one.reference),
        title=f"{name or 'A person'}: {RIGHTS[one.right][0].lower()}",
        when=_when(one),
        is_overdue=one.is_overdue,
        facts=tuple((label, text) for label, text in facts if text),
        effect=_effect(one) + (f" {_BEFORE}" if one.right == "restriction" and one.outcomes else ""),
        outcomes=tuple({"value": name, "text": capital(OUTCOMES[name]), "hint": ""} for name in one.outcomes),
    )


def grounds() -> list[tuple[Ground, str]]:
    """Why a person may not get what they asked for."""
    return list(GROUNDS.items())


def other_ground(hint: str) -> str:
    """What is said when the broker takes another reason for this decision; `hint` names those that it takes."""
    fit = [text for name, text in GROUNDS.items() if name in hint.replace(",", " ").split()]
    return f"This decision takes another reason: {'; or '.join(fit)}" if fit else "This decision takes no reason"


def told_lines(told: tuple[str, ...], untold: int) -> list[str]:
    """Who has been told that an earlier answer rested on the record."""
    said = told_sentence(told, untold)
    return [sentences(capital(said))] if said else []


def _effect(one: RightCase) -> str:
    if one.right == "access":
        return "The person is to read a report of what is held, and who has looked."
    if one.right == "complaint":
        return "Answer the person in time." if one.acknowledged else "Acknowledge it to the person in time."
    return EFFECTS[one.right]


def _when(one: RightCase) -> str:
    if one.paused_since is not None:
        return f"Stopped on {day(one.paused_since)}, waiting for {_WAITS.get(one.paused_for or '', 'the person')}"
    if one.due is None:
        return "Settled" if one.state == "closed" else "In force"
    what = "acknowledge" if one.right == "complaint" and one.acknowledged is None else "answer"
    return f"{capital(what)} by {day(one.due)}"
