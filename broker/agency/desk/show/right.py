"""What people ask about their own information: what it does, by when, how it ended, what to tell them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from broker.agency.desk.show.called import Called
from broker.agency.right_page import EFFECTS, GROUNDS, OUTCOMES, rested_on_it, told_sentence
from broker.agency.words import capital, day, listing, plain, sentences
from broker.wire.rights import ClockAct, Ground, Right, RightCase, RightOutcome

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
CLOCKS: Mapping[ClockAct, str] = {
    "acknowledge": "We have acknowledged it to the person",
    "pause_identity": "Stop: we have asked who they are",
    "pause_clarification": "Stop: we have asked what they mean",
    "resume": "Go on: they have answered",
    "extend": "Two months more: it is complex, and they have been told",
    "reopen": "Open it again",
}
NEEDS_GROUND: frozenset[RightOutcome] = frozenset({"overridden", "lifted", "statement_added", "refused", "not_upheld"})
_CALLED: Mapping[str, str] = {str(name): text for name, text in GROUNDS.items()}
_BEFORE = "Before you end it, tell the person that it ends, and from when (UK GDPR article 18)."
_WHOM_TO_RING = (
    "Your data protection officer settles whom to ring. An information governance officer finds who had those answers "
    "under Rights, in a report for the person, while the record is held."
)
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
    clocks: tuple[dict[str, str], ...]


def right_shown(one: RightCase, called: Called) -> RightShown:
    """One of them."""
    name = called.record(one.ref)
    facts = [
        ("Service", called.service(one.source)),
        ("Arrived", day(one.received)),
        ("Taken in by", plain(called.staff.get(one.staff, "a colleague who is no longer listed"))),
        ("Acknowledged", day(one.acknowledged) if one.acknowledged else ""),
        ("The time there is", f"{one.months} months: it is complex, or one of many" if one.months > 1 else ""),
        ("Written down late", _late(one)),
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
        clocks=tuple({"value": name, "text": CLOCKS[name], "hint": ""} for name in one.clocks),
    )


def wrong_clock(one: RightCase, act: str) -> dict[str, str]:
    """What is wrong of what somebody says happened to the time there is; empty when it can be said."""
    if act not in CLOCKS:
        return {"act": "Select what happened"} if one.clocks else {"act": "Nothing can be said of its time any more"}
    if act not in one.clocks:
        return {"act": "This can't be said as it stands now: select what is left here"}
    return {}


def wrong_decision(one: RightCase, say: str, ground: str | None) -> dict[str, str]:
    """What is wrong of a decision and its ground as they were filled in, by the field."""
    errors = {}
    if say not in one.outcomes:
        errors["say"] = "Select what you decide"
    if (ground is None) == (say in NEEDS_GROUND) and say:
        errors["ground"] = "Select why" if ground is None else "Leave this: they get what they asked for"
    if ground is not None and ground not in GROUNDS:
        errors["ground"] = "Select why"
    return errors


def grounds() -> list[tuple[Ground, str]]:
    """Why a person may not get what they asked for."""
    return list(GROUNDS.items())


def other_ground(hint: str) -> str:
    """What is said when the broker takes another reason for this decision; `hint` names those that it takes."""
    fit = [text for name, text in GROUNDS.items() if name in hint.replace(",", " ").split()]
    return f"This decision takes another reason: {'; or '.join(fit)}" if fit else "This decision takes no reason"


def not_yet(message: str, hint: str) -> str:
    """Why a decision can't be made as things are; a ground in `hint` is said in words."""
    said = re.sub(r"`(\w+)`", lambda found: f"“{_CALLED.get(found[1], found[1])}”", hint)
    return f"{capital(message)}{f': {said}' if said else ''}"


def told_lines(told: tuple[str, ...], untold: int) -> list[str]:
    """Who has been told that an earlier answer rested on the record."""
    if untold:
        return [f"{rested_on_it(untold)}. {_WHOM_TO_RING}"]
    said = told_sentence(told, 0)
    return [sentences(capital(said))] if said else []


def _late(one: RightCase) -> str:
    if not one.written_late:
        return ""
    days = "one day" if one.written_late == 1 else f"{one.written_late:,} days"
    return f"{days} after it is said to have happened, when the time was over"


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
