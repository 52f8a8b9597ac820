"""A case on the screen, in the order in which somebody tired reads it: by when, what, who asks why, what to answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from broker.agency.words import day, listing, moment, plain, words
from broker.wire.challenge import Case, CaseKind

KINDS: Mapping[CaseKind, str] = {
    "challenge": "they need more than was shown",
    "sample": "drawn for a second look; nobody asked",
    "emergency": "somebody looked in an emergency",
    "proposal": "a rule should change",
}
TEXTS = {
    "need": "they need",
    "otherwise": "if they don't get it",
    "because": "because",
    "reason": "the danger",
    "explained": "explained",
}
OUTCOMES = {
    "allow_once": "allowed, for one look-up",
    "allow_and_propose": "allowed, and a change of the rule is proposed",
    "keep": "it stays so",
    "justified": "it was justified",
    "not_justified": "it was not justified",
    "noted": "noted",
}
TOLD = {
    "told": "the person has been told",
    "would_harm": "the person was not told, because that would harm",
    "not_yet": "the person is still to be told",
}
ReadTexts = Sequence[Mapping[str, str]]


def case_lines(case: Case, texts: ReadTexts, names: Mapping[bytes, str], staff: Mapping[str, str]) -> Iterator[str]:
    """The lines of one case; `texts` are what was written, opened, and `names` our own names of our records."""
    late = "OVERDUE " if case.is_overdue else ""
    refusal = case.answer if case.number is None else f"{case.answer}/{case.number}"
    who = staff.get(case.staff, "")
    yield f"{plain(case.reference)}  {late}by {day(case.due)}: {KINDS[case.kind]}"
    yield f"    {_what(case, names)}answer {plain(refusal)}, {plain(case.asker)}{f' ({plain(who)})' if who else ''}, \
{words(case.role.partition('.')[2])}, for {words(case.purpose)}, {moment(case.made)}"
    if case.escalated_to:
        yield f"    went on to {plain(case.escalated_to)}"
    yield from (f"    {TEXTS.get(name, name)}: {text}" for one in texts for name, text in one.items())
    yield from _emergency_lines(case)
    if case.outcome:
        yield f"    answered: {OUTCOMES[case.outcome]}"
    if case.allowed_until and case.state == "allowed":
        yield f"    ask again once, for the same reason, before {moment(case.allowed_until)}"
    if case.answers:
        command = f"broker-agency answer-challenge {plain(case.reference)}"
        yield f"    answer with `{command} --say` {' | '.join(case.answers)}"


def case_content(case: Case, texts: ReadTexts, names: Mapping[bytes, str], staff: Mapping[str, str]) -> dict[str, Any]:
    """The same for programs, with what was written in clear."""
    content = case.model_dump(mode="json", exclude_none=True, exclude={"written"})
    mine = {"name": names.get(case.ref) if case.ref else None, "asked_by": staff.get(case.staff)}
    return {**content, **{name: text for name, text in mine.items() if text}, "written": [dict(one) for one in texts]}


def _what(case: Case, names: Mapping[bytes, str]) -> str:
    if not case.rule:
        return ""
    name = names.get(case.ref) if case.ref is not None else None
    whose = f" of {plain(name)}" if name else ""
    item = f"{plain(case.label or case.item)}{whose}, " if case.item else "everything that is not agreed, "
    return f"{item}rule {plain(case.rule)} of {plain(case.agreement)}; "


def _emergency_lines(case: Case) -> Iterator[str]:
    if case.kind != "emergency":
        return
    if case.lifted:
        yield f"    rules that did not count: {plain(listing(case.lifted))}"
    if case.explained_at is not None:
        late = ", late" if case.explain_by is not None and case.explained_at >= case.explain_by else ""
        yield f"    explained {moment(case.explained_at)}{late}"
    elif case.explain_by is not None:
        yield f"    NOT EXPLAINED YET, owed by {moment(case.explain_by)}"
    if case.person_told:
        yield f"    {TOLD[case.person_told]}"
