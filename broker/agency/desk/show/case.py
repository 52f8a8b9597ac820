"""A case for reviewers: what was refused or opened to whom, why, by when to answer, and what can be answered. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from broker.agency.case_page import OUTCOMES, TEXTS, TOLD, ReadTexts
from broker.agency.desk.show.called import Called
from broker.agency.words import capital, day, listing, moment, plain, sentences, words
from broker.wire.challenge import Case, CaseKind, Outcome

KINDS: Mapping[CaseKind, tuple[str, str]] = {
    "emergency": ("Emergencies to judge", "Somebody opened what is normally not shown, because of a danger."),
    "challenge": ("They need more than was shown", "Sharing is the normal case here: say yes, or say why not."),
    "sample": ("Drawn by lot for a second look", "Nobody asked. Would you have shown it?"),
    "proposal": ("A rule should change", "Somebody who answered a challenge proposes it."),
}
"""The kinds of case in the order in which they matter, each with its heading and what it is."""
_ANSWERS: Mapping[Outcome, tuple[str, str]] = {
    "allow_once": ("Show it, this once", "They may look it up once more for the same reason, within a week."),
    "allow_and_propose": (
        "Show it, and change the rule",
        "The same, and the agency that leads the agreement is asked to change the rule.",
    ),
    "keep": ("Keep not showing it", "They read why."),
    "justified": ("It was justified", "They read what you say."),
    "not_justified": ("It was not justified", "They read what you say, and their agency is told that it was judged."),
    "noted": ("Noted", "It is off the list."),
}
_PROPOSE = ("Propose to change the rule", "Nothing is shown yet. The agency that leads the agreement is asked.")
_NOBODY_ASKED = ("Keep not showing it", "Nobody asked, so nobody is told.")
_UNLISTED = "One of ours, which no list of people at this desk has"
_HELD_BACK: Mapping[str, str] = {
    "reduced": "What was shown in part",
    "signpost": "What was shown in part: only whom to ring",
    "refer": "What waits for somebody to decide",
}
"""How much of it was shown, where that was not nothing."""
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class CaseShown:
    """What a template needs of a case. `facts` and `said` are pairs of a label and a text."""

    reference: str
    kind: CaseKind
    title: str
    due: str
    is_overdue: bool
    facts: Pairs
    said: Pairs
    answers: tuple[dict[str, str], ...]
    takes_words: bool


def by_kind(cases: Sequence[Case], called: Called) -> list[tuple[str, str, list[CaseShown]]]:
    """Heading, explanation and cases of each kind that there is, in the order in which they matter."""
    found = [(*KINDS[kind], [case_shown(one, (), called) for one in cases if one.kind == kind]) for kind in KINDS]
    return [one for one in found if one[2]]


def case_shown(case: Case, texts: ReadTexts, called: Called) -> CaseShown:
    """One case; `texts` are what was written, opened."""
    return CaseShown(
        reference=plain(case.reference),
        kind=case.kind,
        title=_title(case, called),
        due=day(case.due),
        is_overdue=case.is_overdue,
        facts=tuple(_facts(case, called)),
        # Whoever looks twice within one emergency may write the same twice.
        said=tuple(
            dict.fromkeys((capital(TEXTS.get(name, words(name))), text) for one in texts for name, text in one.items())
        ),
        answers=tuple(_answer(case, one) for one in case.answers),
        takes_words=case.kind in ("challenge", "emergency"),
    )


def _answer(case: Case, outcome: Outcome) -> dict[str, str]:
    text, hint = _ANSWERS[outcome]
    if outcome == "allow_and_propose" and not (case.kind == "challenge" and case.lifts):
        text, hint = _PROPOSE
    if outcome == "keep" and case.kind == "sample":
        text, hint = _NOBODY_ASKED
    return {"value": outcome, "text": text, "hint": hint}


def _title(case: Case, called: Called) -> str:
    who = f"{called.agency(case.asker)}, {words(case.role.partition('.')[2])}"
    if case.kind == "emergency":
        return f"{who}, for {words(case.purpose)}"
    name = called.record(case.ref)
    what = f"{capital(plain(case.label or case.item)) or 'What is not agreed'}{f' of {name}' if name else ''}"
    if case.kind == "proposal":  # Whoever proposed it is of another agency than whoever asked.
        return f"{what}: {called.agency(case.asker)} proposes another rule, for {words(case.purpose)}"
    return f"{what}: {who}, for {words(case.purpose)}"


def _facts(case: Case, called: Called) -> list[tuple[str, str]]:
    refusal = case.answer if case.number is None else f"{case.answer}/{case.number}"
    who = called.staff.get(case.staff)
    role = words(case.role.partition(".")[2])
    is_proposal = case.kind == "proposal"
    told = [
        ("Proposed by", called.agency(case.asker) if is_proposal else ""),
        ("Asked by", capital(role) if is_proposal else f"{called.agency(case.asker)}, {role}"),
        ("Who that is", plain(who) if who else ""),
        ("Why they looked", called.purpose(case.purpose)),
        ("When", moment(case.made)),
        ("Their answer", plain(refusal)),
        ("Whose record", "" if case.ref is None else called.record(case.ref) or _UNLISTED),
        (
            _HELD_BACK.get(case.level, "What was not shown"),
            capital(plain(case.label or case.item)) if case.item else "",
        ),
        ("Under which rule", f"Rule {plain(case.rule)} of {plain(case.agreement)}" if case.rule else ""),
        ("If you say yes", "" if case.kind != "challenge" else _lifts(case)),
        ("Went on to", plain(case.escalated_to or "")),
        ("Rules that did not count", plain(listing(case.lifted))),
        ("Explanation", _explained(case)),
        ("The person", capital(TOLD[case.person_told]) if case.person_told else ""),
        ("Answered", capital(OUTCOMES[case.outcome]) if case.outcome else ""),
    ]
    return [(label, text) for label, text in told if text]


def _lifts(case: Case) -> str:
    if case.lifts:
        return "They can look it up again, once"
    return sentences("This rule can't be set aside for one look-up", "You can still say that it should change")


def _explained(case: Case) -> str:
    if case.kind != "emergency":
        return ""
    if case.explained_at is None:
        return f"Not yet: owed by {moment(case.explain_by)}" if case.explain_by is not None else "Not yet"
    late = ", late" if case.explain_by is not None and case.explained_at >= case.explain_by else ""
    return f"{moment(case.explained_at)}{late}"
