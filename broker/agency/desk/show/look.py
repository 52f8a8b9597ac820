"""Look-ups that an officer reads: in one sentence, what explains them, what proves them, and why they wait. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from broker.agency.look_reasons import reason
from broker.agency.words import LEVELS, capital, day, listing, plain, words
from broker.audit.sentence import step
from broker.wire.audit_queue import LookOutcome, QueuedLook
from broker.wire.audit_search import Hit

MOST = 4
"""Things that a sentence names of those that were told; the entry has all of them."""
OUTCOMES: Mapping[LookOutcome, tuple[str, str]] = {
    "justified": ("It was in order", "There was a reason that the record does not show."),
    "training": ("It needs training", "No harm was meant. See that they are shown how to do it."),
    "not_justified": ("It was not in order", "Begin your own procedure: the desk tells nobody."),
    "incident": ("It is an incident", "Tell your data protection officer today: the desk does not."),
    "false_alarm": ("There was nothing", "The rule that sent it here may be too strict."),
}
_DECISIONS = {
    "same": "Made again today under the same agreements, its decisions are the same.",
    "differ": "Made again today, its decisions come out otherwise: tell the operator.",
    "unknown": "Its decisions can't be made again: their details are no longer kept.",
}
_STATES = {"new": "New", "open": "Taken on", "closed": "Closed"}


@dataclass(frozen=True)
class LookShown:
    """One item of the queue."""

    reference: str
    state: str
    due: str
    is_overdue: bool
    reasons: tuple[str, ...]
    is_grave: bool
    taken_by: str
    sentence: str
    entry: str
    answer: str
    """The answer's spoken reference, which the caseworker has; empty where it is no look-up."""
    found: str
    """What came of it, once it is closed."""
    closed_by: str


def look_shown(one: QueuedLook, sentence: str, called: Callable[[str], str]) -> LookShown:
    """One item; `sentence` says what happened, `called` says what our own people are called."""
    return LookShown(
        reference=plain(one.reference),
        state=_STATES[one.state],
        due=day(one.due),
        is_overdue=one.is_overdue,
        reasons=tuple(capital(reason(name)) for name in one.reasons),
        is_grave=one.severity >= 2,
        taken_by=plain(called(one.taken_by)),
        sentence=sentence,
        entry=plain(one.hit.id),
        answer=plain(one.hit.reference) if one.hit.typ == "answer" else "",
        found=OUTCOMES[one.outcome][0] if one.outcome else "",
        closed_by=plain(called(one.reviewer)),
    )


def outcomes() -> list[dict[str, str]]:
    """What an officer can find, as radio buttons."""
    return [{"value": name, "text": text, "hint": hint} for name, (text, hint) in OUTCOMES.items()]


def told_rows(hit: Hit, said: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Item, how much of it was shown, by which clause or rule."""
    rows = [
        (
            plain(said.get(item, "")) or capital(words(item.rpartition(".")[2])),
            capital(LEVELS.get(level, words(level))),  # type: ignore[call-overload]
            plain(clause),
        )
        for item, level, clause in hit.told
    ]
    return list(dict.fromkeys(rows))


def same_person(staff: str, name: str) -> tuple[str, str]:
    """The search for all of somebody's look-ups, and what they are called; empty where they are none of ours."""
    return (f"actor:{staff}", plain(name)) if staff else ("", "")


def explanation(hit: Hit, said: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """What explains it, and what does not, each in words; the clauses of one agreement together."""
    return _in_words(hit.steps, said), _in_words(hit.missing, said)


def _in_words(names: Sequence[str], said: Mapping[str, str]) -> list[str]:
    clauses: dict[str, list[str]] = {}
    for name in names:
        if name.startswith("clause:"):
            agreement, _, clause = name.removeprefix("clause:").rpartition("#")
            clauses.setdefault(agreement, []).append(plain(clause))
    others = [capital(plain(step(name, said))) for name in names if not name.startswith("clause:")]
    shared = [
        f"{'Clauses' if len(ids) > 1 else 'Clause'} {listing(ids)}{f' of {plain(agreement)}' if agreement else ''}"
        for agreement, ids in clauses.items()
    ]
    return [*others, *(f"What was told is in the agreement: {one}" for one in shared)]


def decisions(made_again: str) -> str:
    """Whether its decisions come out the same."""
    return _DECISIONS[made_again]
