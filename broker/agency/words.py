"""The words of the screen: what a slug, a level or a date is called when a caseworker reads it.

Nothing here says how matching works; a look-up is a look-up, and what is withheld is "not shown for this reason".
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping

from broker.wire.answer import Kind, Level, Nothing, Person
from broker.wire.delivery import AgeBand, ItemValue, RelationshipEvidence
from broker.wire.london import in_london, london_date

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
YOUNGEST_FIRST: tuple[AgeBand, ...] = tuple(_AGES)
_RELATIONSHIPS = {
    SUBJECT: "the person you asked about",
    "step_parent": "step-parent",
    "step_child": "step-child",
    "cared_for": "person cared for",
    "sibling": "brother or sister",
    "half_sibling": "half-brother or half-sister",
    "ex_partner": "former partner",
    "household_member": "member of the same household",
}
_KNOWN_BY: dict[RelationshipEvidence, str] = {
    "birth_record": "by a birth record",
    "court_order": "by a court order",
    "school_record": "by a school's record",
    "professional_observed": "seen by a professional",
    "self_reported": "by what the family said",
    "shared_address": "by a shared address only",
}
LEVELS: dict[Level, str] = {
    "share": "shown",
    "reduced": "shown in part",
    "signpost": "who to ring only",
    "refer": "ask them",
    "withhold": "not shown for this reason",
}
STATUSES = {"current": "open", "historic": "closed", "none_found": "no record found", "not_covered": "not covered"}
NOTHINGS: dict[Nothing, tuple[str, str]] = {
    "no_record_found": ("No record found", "they may answer for this reason, and know nobody of this family"),
    "no_answer_yet": ("No answer yet", "they have joined but have not sent anything, so silence means nothing"),
    "not_shown": ("Not shown for this reason", "they know this family; above is why"),
    "not_covered": ("Not covered", "they do not cover this person's age or area"),
    "paused": ("Sharing paused", "they tell nobody anything for now, so silence means nothing"),
}
_PERIODS = {"Y": "year", "M": "month", "W": "week", "D": "day"}
_ONWARD = {
    "none": "tell nobody",
    "same_purpose_team": "tell only those who work with this family for the same reason",
    "with_source_agreement": "tell others only when the service agrees",
}


def plain(text: str) -> str:
    """`text` without anything that could steer a terminal."""
    return "".join(character if character.isprintable() else " " for character in text)


def day(date: dt.date) -> str:
    """21 November 2026."""
    return f"{date.day} {_MONTHS[date.month - 1]} {date.year}"


def days(dates: Iterable[dt.date]) -> str:
    """21 November 2026; 18 to 21 November 2026; 28 October to 21 November 2026. `dates` holds at least one."""
    held = sorted(dates)
    first, last = held[0], held[-1]
    if first == last:
        return day(last)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {day(last)}"
    start = day(first) if first.year != last.year else day(first).rpartition(" ")[0]
    return f"{start} to {day(last)}"


def day_of(seconds: int) -> str:
    """The day of a time in seconds since 1970, on this machine."""
    return day(london_date(dt.datetime.fromtimestamp(seconds, dt.UTC)))


def moment(seconds: int) -> str:
    """21 November 2026 at 14:05, in London's time."""
    at = in_london(dt.datetime.fromtimestamp(seconds, dt.UTC))
    return f"{day(at.date())} at {at:%H:%M}"


def words(slug: str) -> str:
    """`on_hold` as "on hold"."""
    return plain(slug.replace("_", " "))


def capital(text: str) -> str:
    """`text` with a capital letter first."""
    return text[:1].upper() + text[1:]


def listing(names: Iterable[str]) -> str:
    """`Ann, Bo and Cy`; the same name once."""
    held = list(dict.fromkeys(names))
    return " and ".join((", ".join(held[:-1]), held[-1])) if len(held) > 1 else "".join(held)


def sentences(*texts: str) -> str:
    """Texts, each a sentence or several, as one paragraph: every one ends with one full stop."""
    joined = " ".join(f"{text.strip().rstrip('.')}." for text in texts if text.strip(" ."))
    return re.sub(r"\.\s*;\s*(\w)", lambda found: f". {found[1].upper()}", plain(joined))


def relationship(slug: str) -> str:
    """What somebody is to the person asked about: "former partner", "brother or sister"."""
    return _RELATIONSHIPS.get(slug) or words(slug)


def age(band: AgeBand) -> str:
    """aged 5 to 12."""
    return _AGES[band]


def who(person: Person, name: str | None, *, known_age: AgeBand = "unknown") -> str:
    """The heading of a member of the family: their name, if this agency holds it, what they are, and their age.

    `known_age` is what is known here, for when the answer does not say.
    """
    band = known_age if person.age_band == "unknown" else person.age_band
    role = f"{relationship(person.relationship)}, {age(band)}{known(person)}"
    return capital(role) if name is None else f"{plain(name)}, {role}"


def known(person: Person) -> str:
    """How a relationship is known and since when: " (by a court order, since 3 March 2025)"; empty when not told."""
    parts = [_KNOWN_BY.get(person.known_by, "")] if person.known_by else []
    parts += [f"since {day(person.since)}"] if person.since else []
    return f" ({', '.join(part for part in parts if part)})" if any(parts) else ""


def value(held: ItemValue, said: Mapping[str, str], *, kind: Kind | None = None, last: bool = False) -> str:
    """One fact: "yes", "3 as victim", "Child in need", "since 3 March 2026", "from 3 March 2026 to 4 May 2026".

    `said` words codes and parts; of `last`, only the last day of something is told.
    """
    parts = []
    if held.yes is not None:
        parts.append("yes" if held.yes else "no")
    if held.count is not None:
        parts.append(f"{held.count:,}")
    if held.code is not None:
        parts.append(plain(said.get(held.code, "")) or words(held.code))
    if held.role is not None:
        parts.append(f"as {plain(said.get(held.role, '')).lower() or words(held.role)}")
    when = _when(held, is_period=kind == "period", last=last)
    if not when or not parts:
        return when or " ".join(parts) or "yes"
    joint = ", " if when.startswith("last ") else " " if when.startswith(("from ", "since ", "until ")) else " on "
    return f"{' '.join(parts)}{joint}{when}"


def _when(held: ItemValue, *, is_period: bool, last: bool) -> str:
    if held.on is not None and held.until is not None:
        return f"from {day(held.on)} to {day(held.until)}"
    if held.on is not None:
        return f"last on {day(held.on)}" if last else f"since {day(held.on)}" if is_period else day(held.on)
    return f"until {day(held.until)}" if held.until is not None else ""


def period(keep: str) -> str:
    """`P6M` as "6 months"; a period of another form as it is."""
    found = re.fullmatch(r"P([1-9][0-9]*)([YMWD])", keep)
    return f"{found[1]} {_PERIODS[found[2]]}{'' if found[1] == '1' else 's'}" if found else plain(keep)


def onward(slug: str) -> str:
    """Whom one may tell: `none` as "tell nobody"."""
    return _ONWARD.get(slug) or words(slug)


def coverage(since: dt.date | None, area: str | None) -> str:
    """Covers Brackwater since 1 April 2024; empty when neither is known."""
    if since is None:
        return f"covers {plain(area)}" if area else ""
    return f"covers {plain(area)} since {day(since)}" if area else f"goes back to {day(since)}"
