"""What was asked for and what became of it, and answers of which something has changed, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from broker.agency import words
from broker.agency.desk.place_words import agency_name
from broker.wire.challenge import Case, Outcome
from broker.wire.place import PlaceWords
from broker.wire.recall import Recall

_OUTCOMES: Mapping[Outcome, str] = {
    "allow_once": "Allowed, for one look-up",
    "allow_and_propose": "Allowed, and a change of the rule is proposed",
    "keep": "It stays so",
    "justified": "It was justified",
    "not_justified": "It was not justified",
    "noted": "Noted",
}
_TEXTS = {
    "need": "What you need",
    "otherwise": "What happens if you don't get it",
    "because": "Their answer",
    "reason": "The danger",
    "explained": "What happened",
}


@dataclass(frozen=True)
class Asked:
    """One thing that was asked for, or one emergency; `texts` are what was written on either side."""

    reference: str
    what: str
    who: str
    state: str
    colour: str
    due: str
    next: str
    texts: tuple[tuple[str, str], ...] = field(repr=False)
    explain: str = ""
    told: tuple[str, ...] = ()
    """The agencies that were told of an emergency, each with what it decided."""


@dataclass(frozen=True)
class Recalled:
    """An answer that is not to be relied on as it was."""

    reference: str
    asked: str
    to_do: str
    is_new: bool


def asked_of(case: Case, texts: Sequence[Mapping[str, str]], place: PlaceWords, names: Mapping[str, str]) -> Asked:
    """One case of ours; `names` are those of our own staff."""
    written = tuple((_TEXTS.get(name, name), text) for one in texts for name, text in one.items())
    holder, who = agency_name(place, case.holder), names.get(case.staff, "a colleague who is no longer listed")
    if case.kind == "emergency":
        return _emergency(case, holder, who, written)
    state, colour = _state(case)
    until = (
        f"Ask again once, for the same reason, before {words.moment(case.allowed_until)}"
        if (case.allowed_until and case.state == "allowed")
        else ""
    )
    return Asked(
        reference=case.reference,
        what=f"{case.label or 'Everything that is not agreed'}, of answer {case.answer}",
        who=who,
        state=state,
        colour=colour,
        due=f"{holder} answers by {words.day(case.due)}" if not case.outcome else "",
        next=until or (f"It went on to {case.escalated_to}" if case.escalated_to else ""),
        texts=written,
    )


def recalled_of(recalls: Iterable[Recall], names: Mapping[str, str]) -> list[Recalled]:
    """Answers that changed since they were given, the latest first."""
    return [
        Recalled(
            one.reference,
            f"{words.day(one.day)}, {names.get(one.staff, 'a colleague who is no longer listed')}",
            one.to_do,
            one.is_new,
        )
        for one in recalls
    ]


def together(asked: Iterable[Asked]) -> list[Asked]:
    """Each emergency once, however many agencies were told of it."""
    found: dict[str, Asked] = {}
    for one in asked:
        before = found.get(one.reference)
        if before is None:
            found[one.reference] = one
            continue
        texts = tuple(dict.fromkeys((*before.texts, *one.texts)))
        found[one.reference] = replace(before, told=(*before.told, *one.told), texts=texts)
    return list(found.values())


def _emergency(case: Case, holder: str, who: str, written: tuple[tuple[str, str], ...]) -> Asked:
    owed = case.explained_at is None and case.explain_by is not None
    state = "To be explained" if owed else _OUTCOMES[case.outcome] if case.outcome else "To be judged"
    by = f"Say what happened by {words.moment(case.explain_by)}" if owed and case.explain_by else ""
    return Asked(
        reference=case.answer,
        what="Emergency access",
        told=(f"{holder}: {_OUTCOMES[case.outcome].lower()}" if case.outcome else holder,),
        who=who,
        state=state,
        colour="red" if owed else "green" if case.outcome == "justified" else "blue",
        due=by or (f"Judged by {words.day(case.due)}" if not case.outcome else ""),
        next="",
        texts=written,
        explain=case.answer if owed else "",
    )


def _state(case: Case) -> tuple[str, str]:
    if case.outcome == "allow_and_propose" and not case.lifts:
        return "It stays so, and a change of the rule is proposed", "grey"
    if case.outcome:
        return _OUTCOMES[case.outcome], "green" if case.outcome.startswith("allow") else "grey"
    return ("Overdue", "red") if case.is_overdue else ("Waits for an answer", "blue")
