"""The words of the screen: what a slug, a level or a date is called when a caseworker reads it.

Nothing here says how matching works; a look-up is a look-up, and what is withheld is "not shown for this reason".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from broker.wire.answer import Involvement, Level, Nothing, Person
from broker.wire.delivery import AgeBand, ItemValue

SUBJECT = "subject"
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_AGES: dict[AgeBand, str] = {
    "unborn": "not born yet",
    "0_4": "aged 0 to 4",
    "5_12": "aged 5 to 12",
    "13_15": "aged 13 to 15",
    "16_17": "aged 16 or 17",
    "18_64": "aged 18 to 64",
    "65_plus": "aged 65 or over",
    "unknown": "age not known",
}
_MATCHES = {"certain": "Certain", "probable": "To be checked"}
LEVELS: dict[Level, str] = {
    "share": "Shown",
    "reduced": "Shown in part",
    "signpost": "Who to ring only",
    "refer": "Ask them",
    "withhold": "Not shown for this reason",
}
STATUSES = {"current": "Open now", "historic": "Closed", "none_found": "No record found", "not_covered": "Not covered"}
NOTHINGS: dict[Nothing, tuple[str, str]] = {
    "no_record_found": ("No record found", "They may answer for this reason, and no record of this family was found."),
    "no_answer_yet": ("No answer yet", "They have joined but have not sent anything, so silence means nothing."),
    "not_shown": ("Not shown for this reason", "They know this family; see what is not shown and why."),
    "not_covered": ("Not covered", "They do not cover this person's age or area."),
}


def plain(text: str) -> str:
    """`text` without anything that could steer a terminal."""
    return "".join(character if character.isprintable() else " " for character in text)


def day(date: dt.date) -> str:
    """21 November 2026."""
    return f"{date.day} {_MONTHS[date.month - 1]} {date.year}"


def day_of(seconds: int) -> str:
    """The day of a time in seconds since 1970, on this machine."""
    return day(dt.datetime.fromtimestamp(seconds, dt.UTC).astimezone().date())


def moment(seconds: int) -> str:
    """21 November 2026 at 14:05, in the time of this machine."""
    at = dt.datetime.fromtimestamp(seconds, dt.UTC).astimezone()
    return f"{day(at.date())} at {at:%H:%M}"


def words(slug: str) -> str:
    """`on_hold` as "on hold"."""
    return plain(slug.replace("_", " "))


def age(band: AgeBand) -> str:
    return _AGES[band]


def match(block: Involvement) -> str:
    return _MATCHES[block.match]


def who(person: Person, name: str | None) -> str:
    """The heading of a member of the family: their name, if this agency holds it, what they are, and their age."""
    role = "the person you asked about" if person.relationship == SUBJECT else words(person.relationship)
    if name is None:
        return f"{role[0].upper()}{role[1:]}, {age(person.age_band)}"
    return f"{plain(name)}, {role}, {age(person.age_band)}"


def value(held: ItemValue, said: Mapping[str, str]) -> str:
    """One fact: "yes", "3 as victim", "Child in need", "3 March 2026 to 4 May 2026"; `said` words codes and parts."""
    parts = []
    if held.yes is not None:
        parts.append("yes" if held.yes else "no")
    if held.count is not None:
        parts.append(f"{held.count:,}")
    if held.code is not None:
        parts.append(plain(said.get(held.code, "")) or words(held.code))
    if held.role is not None:
        parts.append(f"as {plain(said.get(held.role, '')).lower() or words(held.role)}")
    if held.on is not None and held.until is not None:
        parts.append(f"{day(held.on)} to {day(held.until)}")
    elif held.on is not None:
        parts.append(f"on {day(held.on)}" if parts else day(held.on))
    elif held.until is not None:
        parts.append(f"until {day(held.until)}")
    return " ".join(parts) or "yes"


def coverage(as_of: dt.date | None, since: dt.date | None, area: str | None) -> str:
    """Correct as of 21 November 2026. Covers Brackwater since 1 April 2024."""
    parts = []
    if as_of is not None:
        parts.append(f"Correct as of {day(as_of)}.")
    if since is not None:
        parts.append(f"Covers {plain(area)} since {day(since)}." if area else f"Goes back to {day(since)}.")
    return " ".join(parts)
