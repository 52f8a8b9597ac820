"""What the alert rules remember from one look-up to the next: habits of people and roles, and the last hour.

Nothing of it is about the people who were looked up but tags that mean nothing on any other day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from broker.audit.matters import Look

_MONTHS = 4
_PEER_DAYS = 31
_LAST_HOUR = dt.timedelta(hours=1)


@dataclass(frozen=True)
class Recent:
    """One look-up of the last hour."""

    at: str
    purpose: str
    tags: frozenset[str]
    is_fruitless: bool
    is_refused: bool

    def as_list(self) -> list[Any]:
        return [self.at, self.purpose, sorted(self.tags), self.is_fruitless, self.is_refused]


@dataclass
class Person:
    """A member of staff. `months` are their look-ups by hour of the week; `known` the families of the day `last`."""

    last: str = ""
    months: dict[str, dict[str, int]] = field(default_factory=dict)
    recent: list[Recent] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    families: int = 0
    is_new: bool = False
    """Whether the last look-up was about a family that was none of the day's before."""

    @property
    def hours(self) -> dict[int, int]:
        """How many look-ups in each hour of the week."""
        found: dict[int, int] = {}
        for month in self.months.values():
            for hour, count in month.items():
                found[int(hour)] = found.get(int(hour), 0) + count
        return found

    def within(self, at: dt.datetime, *, minutes: int) -> list[Recent]:
        """The look-ups of so many minutes before `at`, the earliest first."""
        since = (at - dt.timedelta(minutes=minutes)).isoformat()
        return [one for one in self.recent if one.at > since]


@dataclass
class Memory:
    """All of it. `counts` are families by role, day and person; `purposes` (last day, how often) by role."""

    people: dict[str, Person] = field(default_factory=dict)
    counts: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)
    purposes: dict[str, dict[str, tuple[str, int]]] = field(default_factory=dict)
    emergencies: dict[str, tuple[str, str]] = field(default_factory=dict)
    strangers: dict[str, set[str]] = field(default_factory=dict)
    day: str = ""

    def person(self, who: str) -> Person:
        return self.people.setdefault(who, Person())

    def note(self, look: Look, at: dt.datetime, *, hour: int, tags: frozenset[str]) -> None:
        """Takes in one look-up, later than all before it."""
        who, day = f"{look.org}/{look.actor}", at.date().isoformat()
        person = self.person(who)
        if person.last != day:
            person.known, person.families = set(), 0
        # A look-up that found nobody is about somebody else than all others of the day.
        person.is_new = not (tags & person.known)
        person.families += person.is_new
        person.known |= tags
        person.last = day
        month = person.months.setdefault(day[:7], {})
        month[str(hour)] = month.get(str(hour), 0) + 1
        for old in sorted(person.months)[:-_MONTHS]:
            del person.months[old]
        since = (at - _LAST_HOUR).isoformat()
        recent = Recent(at.isoformat(), look.purpose, tags, not look.released, look.is_refused)
        person.recent = [*(one for one in person.recent if one.at > since), recent]
        self._note_role(look, who, day=day, families=person.families)

    def _note_role(self, look: Look, who: str, *, day: str, families: int) -> None:
        days = self.counts.setdefault(look.role, {})
        days.setdefault(day, {})[who] = families
        for old in sorted(days)[:-_PEER_DAYS]:
            del days[old]
        used = self.purposes.setdefault(look.role, {})
        used[look.purpose] = (day, used.get(look.purpose, ("", 0))[1] + 1)

    def peers(self, role: str, *, since: str, before: str) -> list[int]:
        """How many families each person of a role looked at on each day."""
        days = self.counts.get(role, {})
        return [count for day, people in days.items() if since <= day < before for count in people.values()]

    def note_strangers(self, who: str, tags: frozenset[str], *, day: str) -> int:
        """How many people without a reason have looked at one of these families on this day."""
        if self.day != day:
            self.day, self.strangers = day, {}
        for tag in tags:
            self.strangers.setdefault(tag, set()).add(who)
        return max((len(self.strangers[tag]) for tag in tags), default=0)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        people = {
            who: [one.last, one.months, [r.as_list() for r in one.recent], sorted(one.known), one.families]
            for who, one in self.people.items()
        }
        strangers = {tag: sorted(who) for tag, who in self.strangers.items()}
        return {
            "people": people,
            "counts": self.counts,
            "purposes": self.purposes,
            "emergencies": self.emergencies,
            "strangers": strangers,
            "day": self.day,
        }


def from_dict(content: Mapping[str, Any]) -> Memory:
    """What `as_dict` gave; nothing yet for an empty one."""
    people = {
        who: Person(last, months, [Recent(at, why, frozenset(tags), *is_so) for at, why, tags, *is_so in recent],
                    set(known), families)
        for who, (last, months, recent, known, families) in content.get("people", {}).items()
    }  # fmt: skip
    return Memory(
        people=people,
        counts=content.get("counts", {}),
        purposes={
            role: {name: (last, count) for name, (last, count) in used.items()}
            for role, used in content.get("purposes", {}).items()
        },
        emergencies={about: (org, at) for about, (org, at) in content.get("emergencies", {}).items()},
        strangers={tag: set(who) for tag, who in content.get("strangers", {}).items()},
        day=content.get("day", ""),
    )
