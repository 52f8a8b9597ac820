"""One matter of the audit log as a sentence that an IG officer reads: who, in what role, when, why, and what was told.

22 November 2026, 09:30 UTC: sw of Brackwater Council, social worker, looked somebody up for child safeguarding and
was told Attendance (A1.5). They are the allocated worker, and their agency works with the family.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from broker.audit.matters import RELEASED

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_STEPS = {
    "nothing-shown": "nothing was shown, so nothing has to be explained",
    "emergency": "it was an emergency, which has a review of its own",
    "known:record": "their agency works with the family",
    "known:case": "they named a case of theirs",
    "known": "their agency works with the family, or they named a case",
    "relation:allocated": "they are the allocated worker",
    "relation:team": "their team works with the person",
    "relation:household": "they work with somebody of the household",
    "relation:self_claimed": "that they work with the person is their own word",
    "relation:none": "they do not work with the person",
    "known:nothing": "their agency holds no record of the family, and they named no case",
}

_DID = {
    ("search", "found"): "searched the record",
    ("search", "counted"): "counted what is in the record",
    ("search", "opened"): "opened an entry of the record",
    ("search", "exported"): "took entries of the record along",
    ("search", "queue"): "read which look-ups wait to be reviewed",
    ("search", "notes"): "read what was found of look-ups that were reviewed",
    ("alert", "raised"): "has a look-up to review",
    ("alert", "opened"): "took on a look-up to review",
    ("alert", "closed"): "closed a look-up to review",
    ("challenge", "made"): "asked for what was not shown",
    ("challenge", "answered"): "answered somebody who asked for what was not shown",
    ("challenge", "escalated"): "has not answered in time, and the next was told",
    ("challenge", "used"): "looked up what was allowed once",
    ("emergency", "opened"): "opened what is normally not shown, in an emergency",
    ("emergency", "went-on"): "looked somebody up in the same emergency",
    ("emergency", "explained"): "explained an emergency",
    ("emergency", "reviewed"): "judged an emergency",
    ("emergency", "overdue"): "has not explained an emergency in time",
    ("right", "taken"): "took in what a person asks about their own information",
    ("right", "decided"): "decided what a person asks about their own information",
    ("right", "reported"): "made a report for a person about their own information",
    ("seen", "read"): "read who has looked at a record",
    ("recall", "read"): "read which answers have changed",
    ("protect", "set"): "set a protection",
    ("protect", "renewed"): "renewed a protection",
    ("protect", "confirmed"): "confirmed a protection",
    ("protect", "lift-proposed"): "proposed that a protection ends",
    ("protect", "lifted"): "ended a protection",
    ("pause", "paused"): "paused sharing",
    ("pause", "resume-proposed"): "proposed to share again",
    ("pause", "resumed"): "began to share again",
    ("verdict", ""): "said whether two records are about one person",
    ("ingest", ""): "delivered records",
    ("close", ""): "ended a delivery",
    ("admin", "tried-policy"): "tried a change of a clause",
    ("admin", "read-cases"): "read refusals and emergencies, and what became of them",
    ("admin", "read-protections"): "read the protections",
    ("admin", "read-silent"): "read what of its records was withheld silently on a day",
    ("admin", "read-rights"): "read what people ask about their own information",
}
"""What somebody did, by the type of the event and its act, where it is no look-up."""


@dataclass(frozen=True)
class Said:
    """What the sentence is about; `told` are (item, level, clause or rule), `words` says what a slug is called.

    `at` is said as it stands, whatever its offset; `zone` is what follows it.
    """

    at: str
    typ: str
    agency: str
    who: str = ""
    act: str = ""
    role: str = ""
    purpose: str = ""
    emergency: bool = False
    refused: bool = False
    told: Sequence[tuple[str, str, str]] = ()
    steps: Sequence[str] = ()
    missing: Sequence[str] = ()
    kept: bool = True
    most: int | None = None
    """How many things are named of those that were told, and of those that were not."""
    words: Mapping[str, str] = field(default_factory=dict, repr=False)
    zone: str = " UTC"


def sentence(said: Said) -> str:
    """The matter in words."""
    agency = said.words.get(said.agency, said.agency)
    who = f"{said.who} of {agency}" if said.who else agency
    if said.typ != "answer":
        if did := _DID.get((said.typ, said.act)):
            return f"{_when(said)}: {who} {did}."
        act = f" {said.act}" if said.act else ""
        return f"{_when(said)}: {who}, event `{said.typ}`{act}."
    role = said.words.get(said.role, said.role)
    purpose = _reason(said.words.get(said.purpose, said.purpose))
    danger = " in an emergency" if said.emergency else ""
    head = f"{_when(said)}: {who}, {role}, looked somebody up for {purpose}{danger}"
    if not said.kept:
        return f"{head}. What was told is no longer kept."
    return f"{head} {_told(said)}. {_why(said)}"


def step(name: str, words: Mapping[str, str]) -> str:
    """What explains a look-up, or would, in words: `clause:A1.5` as "clause A1.5 shares it"."""
    kind, _, value = name.partition(":")
    if kind == "purpose":
        return f"it was looked up for {_reason(words.get(value, value))}"
    if kind == "clause":
        return f"clause {value} shares what was told"
    return _STEPS.get(name, name)


def lacking(name: str, words: Mapping[str, str]) -> str:
    """What does not explain a look-up, in words: `clause:ed.attendance` as "no clause names Attendance"."""
    value = name.partition(":")[2]
    return _STEPS.get(name) or f"no clause names {words.get(value, value)}"


def _told(said: Said) -> str:
    if said.refused:
        return f"and the question was refused ({'; '.join(rule for _, _, rule in said.told)})"
    shown = _listed(said, [row for row in said.told if row[1] in RELEASED])
    hidden = _listed(said, [row for row in said.told if row[1] not in RELEASED])
    if not (shown or hidden):
        return "and was told of nothing that you may see here"
    parts = [f"was told {shown}"] if shown else ["was told nothing"]
    return "and " + "; ".join([*parts, *([f"not shown: {hidden}"] if hidden else [])])


def _listed(said: Said, rows: Sequence[tuple[str, str, str]]) -> str:
    named = list(dict.fromkeys(f"{said.words.get(item, item)} ({rule})" for item, _, rule in rows))
    more = [f"{len(named) - said.most:,} more"] if said.most is not None and len(named) > said.most else []
    return ", ".join([*named[: said.most], *more])


def _reason(label: str) -> str:
    # What a caseworker says of themselves stands in quotation marks.
    return f"the reason “{label}”" if label[:1].isupper() else label


def _why(said: Said) -> str:
    # Clauses stand with what they gave, and the purpose at the beginning.
    known = [_STEPS[one] for one in said.steps if one in _STEPS]
    good = f"Explained: {', and '.join(known)}." if known and not said.missing else ""
    return good or f"NOT EXPLAINED: {', and '.join(lacking(one, said.words) for one in said.missing)}."


def _when(said: Said) -> str:
    t = dt.datetime.fromisoformat(said.at)
    return f"{t.day} {_MONTHS[t.month - 1]} {t.year}, {t:%H:%M}{said.zone}"
