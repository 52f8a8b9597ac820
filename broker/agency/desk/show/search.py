"""The builder of a search as terms of the text form, and how the log stands in a few sentences. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from broker.agency.log_state import LogState
from broker.agency.words import listing, moment, plain, sentences
from broker.audit.query import FLAGS

FLAG_WORDS: Mapping[str, str] = {  # What was withheld silently is not searched by agencies.
    "emergency": "In an emergency",
    "denied": "Where something was not shown",
    "unexplained": "That nothing explains",
    "self_claimed": "On nobody's word but the asker's",
}
_BUILT = ("who", "purpose", "org", "after", "before")
DAYS = ("after", "before")
PRESETS: Mapping[str, str] = {
    "is:emergency": "In an emergency",
    "is:unexplained": "That nothing explains",
    "is:self_claimed": "On nobody's word but the asker's",
    "typ:search": "Who looked through the record",
    "typ:alert": "What became of look-ups to review",
    "typ:emergency": "Emergencies, explained and judged",
    "typ:right": "People's requests",
}
"""Searches that everybody needs, by their text."""
QUALIFIERS: Mapping[str, str] = {
    "actor": "who looked: an id of your own staff",
    "org": "the agency that looked",
    "src": "the agency whose records were told of",
    "purpose": "the reason they gave",
    "role": "the role of whoever looked",
    "decision": "share, reduced, signpost, refer or withhold",
    "rule": "a clause or a rule that decided, such as A2.1 or P5",
    "agreement": "an agreement that it was decided under",
    "typ": "what kind of event, such as answer, verdict or challenge",
    "is": "emergency, unexplained or self_claimed",
    "after": "from a day on: the year, the month and the day with hyphens between them",
    "before": "before a day",
}
_TERMS = {"who": "actor", "purpose": "purpose", "org": "org", "after": "after", "before": "before"}


def search_text(form: Mapping[str, str], days: Mapping[str, dt.date]) -> str:
    """What a filled form asks for, in the text form: `actor:j.doe is:emergency after:2026-11-01`."""
    said = {**form, **{name: day.isoformat() for name, day in days.items()}}
    terms = [f"{_TERMS[name]}:{said[name]}" for name in _BUILT if said.get(name)]
    terms += [f"is:{name}" for name in FLAGS if form.get(f"is-{name}")]
    return " ".join([*terms, form.get("text", "")]).strip()


@dataclass(frozen=True)
class Integrity:
    """How the log stands."""

    head: str
    lines: tuple[str, ...]
    is_wrong: bool = False


def remembered(size: int, at: dt.datetime | None) -> Integrity:
    """What is known here without asking: how long the log was when it was last checked."""
    if not size:
        return Integrity("The record has not been checked here yet", ())
    when = f" on {moment(int(at.timestamp()))}" if at else ""
    return Integrity(f"Whole when it was last checked{when}", (f"It had {size:,} entries then.",))


def checked(found: LogState) -> Integrity:
    """What a check of this moment found."""
    lines = [f"It has {found.size:,} entries, and begins with all that was ever shown to your agency."]
    lines += [f"{found.compared:,} of your receipts' checkpoints are in it."] if found.compared else []
    signed = [plain(name) for name, one in found.witnesses if one is not None]
    silent = [plain(name) for name, one in found.witnesses if one is None]
    if found.witnesses:
        lines.append(sentences(f"Signed by {listing(signed) or 'no witness'}", f"Witnesses needed: {found.needed}"))
    lines += [sentences(f"No answer from {listing(silent)}")] if silent else []
    lines += [sentences(plain(found.warning))] if found.warning else []
    head = "The record is whole, and too few others watch it" if found.warning else "The record is whole"
    return Integrity(head, tuple(lines), is_wrong=found.warning is not None)


def contradicted(said: str, hint: str) -> Integrity:
    """What is said when the log is not the one that was shown here before."""
    lines = (sentences(plain(said)), sentences(plain(hint)), "Believe no new answer until this is settled.")
    return Integrity("The record is not the one that was shown here before", lines, is_wrong=True)
