"""A person's right on the screen: by when, what is asked of which record, what it does, what to tell the person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from broker.agency.words import day, listing, plain
from broker.wire.rights import UNSAID, ClockAct, Ground, Right, RightCase, RightOutcome

SAYS: Mapping[Right, str] = {
    "objection": "objects to their information being used",
    "restriction": "asks that their information be kept and not used",
    "rectification": "says that what is recorded is wrong",
    "erasure": "asks that what is recorded be erased",
    "access": "asks what is held about them",
    "complaint": "complains about how their information was used",
}
EFFECTS: Mapping[Right, str] = {
    "objection": "From now on others are shown only whom to ring, of this person at every service, unless there is "
    "concern or a risk of harm; counts over everybody leave them out.",
    "restriction": "From now on others are shown nothing of this person, whichever service holds it, unless there is a "
    "risk of significant harm.",
    "rectification": "From now on everybody who is shown the record reads that the person says it is wrong.",
    "erasure": "Nothing changes until it is decided.",
    "access": "`broker-agency person-report` makes what the person is to read.",
    "complaint": "Acknowledge it to the person in time: `broker-agency right-clock REFERENCE --say acknowledge`.",
}
OUTCOMES: Mapping[RightOutcome, str] = {
    "upheld": "upheld",
    "overridden": "overridden",
    "restricted": "restricted until somebody ends it",
    "lifted": "not, or no longer, restricted",
    "corrected": "put right",
    "statement_added": "it stays, and the person's own view stands beside it",
    "erased": "erased",
    "answered": "answered",
    "refused": "refused",
    "not_upheld": "not upheld",
    "withdrawn": "taken back by the person",
}
GROUNDS: Mapping[Ground, str] = {
    "compelling_grounds": "there are compelling legitimate grounds",
    "legal_claims": "it is needed for legal claims",
    "legal_obligation": "the law obliges us to keep it",
    "public_task": "it is needed for a task in the public interest",
    "free_expression": "it is needed for the freedom of expression and information",
    "public_health": "it is needed for public health",
    "archiving": "it is needed for archives, research or statistics",
    "still_needed": "it is still needed for what it was collected for",
    "accurate": "it was checked and is accurate",
    "opinion": "it is a professional's opinion, and recorded as one",
    "settled": "what it was for is settled",
    "serious_harm": "it would be likely to cause serious harm",
    "crime_prevention": "it would prejudice the prevention of crime",
    "privilege": "it is legally privileged",
    "other_people": "it can't be told without telling of other people",
    "no_breach": "nothing was done wrong",
    "unfounded": "the request is manifestly unfounded",
    "excessive": "the request is manifestly excessive",
    "identity_unknown": "we could not make sure who asks",
}
NEXT: Mapping[ClockAct, str] = {
    "pause_identity": "Ask the person at once, and only where you can't be sure who they are.",
    "pause_clarification": "Ask the person at once what they mean. What is clear already, give them meanwhile.",
    "extend": "Tell the person now that it takes longer, and why: before the first month is over.",
    "reopen": "Tell the person that it is looked at again. A colleague decides.",
}
_WAITS = {"identity": "proof of who asks", "clarification": "what the person means"}
_BEFORE = "before you say `lifted`, tell the person that it ends, and from when (UK GDPR article 18)"
_CAREFUL = (
    "Ask your data protection officer before you write why: the reason itself may do that harm. The person's report \
does not name it."
)
_REFUSED: frozenset[RightOutcome] = frozenset({"overridden", "lifted", "statement_added", "refused", "not_upheld"})


def told_sentence(told: tuple[str, ...], untold: int) -> str:
    """Who has been told that an answer they had rested on the record; empty when nobody had one."""
    if untold:
        return (
            f"{rested_on_it(untold)}. Settle with your data protection officer whom to ring "
            "(`broker-agency who-has-seen`, while the record is held)."
        )
    return f"told, because earlier answers of theirs rested on it: {plain(listing(told))}" if told else ""


def rested_on_it(untold: int) -> str:
    """That nobody was told of what rested on the record, and why."""
    answers = "answer" if untold == 1 else "answers"
    return f"{untold:,} earlier {answers} rested on it; nobody was told, because the person's whereabouts are protected"


def tell_person(outcome: RightOutcome, ground: Ground | None) -> str:
    """What the person is to be told of a decision."""
    if outcome == "withdrawn":
        return "Write to the person that you have noted that they took it back."
    rest = "They can complain to us and to the Information Commissioner, and go to court."
    if ground in UNSAID:
        return f"Tell the person: {OUTCOMES[outcome]}. {rest} {_CAREFUL}"
    if ground is None or outcome not in _REFUSED:
        return f"Tell the person: {OUTCOMES[outcome]}."
    return f"Tell the person: {OUTCOMES[outcome]}, because {GROUNDS[ground]}. {rest}"


def right_lines(one: RightCase, names: Mapping[bytes, str], staff: Mapping[str, str]) -> Iterator[str]:
    """The lines of one; `names` are our own names of our records, `staff` the ids of our staff by what leaves."""
    yield f"{plain(one.reference)}  {_when(one)}: {_who(one, names)} {SAYS[one.right]}"
    by = staff.get(one.staff, "a colleague who is no longer listed")
    yield f"    {plain(one.source)}, arrived {day(one.received)}, taken in by {plain(by)}{_clock(one)}"
    if one.escalated_to:
        yield f"    went on to {plain(one.escalated_to)}"
    if one.told:
        yield f"    {told_sentence(one.told, 0)}"
    if one.outcome:
        because = f", because {GROUNDS[one.ground]}" if one.ground else ""
        yield f"    decided: {OUTCOMES[one.outcome]}{because}"
    if one.right == "restriction" and one.outcomes:
        yield f"    {_BEFORE}"
    if one.outcomes:
        yield f"    decide with `broker-agency decide-right {plain(one.reference)} --say` {' | '.join(one.outcomes)}"


def right_content(one: RightCase, names: Mapping[bytes, str], staff: Mapping[str, str]) -> dict[str, Any]:
    """The same for programs."""
    content = one.model_dump(mode="json", exclude_none=True)
    mine = {"name": names.get(one.ref) if one.ref else None, "taken_by": staff.get(one.staff)}
    return {**content, **{name: text for name, text in mine.items() if text}}


def _when(one: RightCase) -> str:
    if one.paused_since is not None:
        return f"STOPPED since {day(one.paused_since)}, waiting for {_WAITS.get(one.paused_for or '', '')}"
    if one.due is None:
        return "settled" if one.state == "closed" else "in force"
    what = "acknowledged" if one.right == "complaint" and one.acknowledged is None else "answered"
    return f"{'OVERDUE, it was ' if one.is_overdue else ''}to be {what} by {day(one.due)}"


def _who(one: RightCase, names: Mapping[bytes, str]) -> str:
    name = names.get(one.ref) if one.ref is not None else None
    return plain(name) if name else "a person"


def _clock(one: RightCase) -> str:
    parts = [f"{one.months} months, as it is complex or one of many"] if one.months > 1 else []
    parts += [f"acknowledged {day(one.acknowledged)}"] if one.acknowledged else []
    late = f"written down {one.written_late:,} days after it is said to have happened, when the day was over"
    parts += [late] if one.written_late else []
    return "".join(f"; {part}" for part in parts)
