"""Rules A1-A14: which look-ups an IG officer looks at, as a fold over the log in its order. Pure and restartable.

    watch = Watch(thresholds, Memory())
    for seen in log:
        alerts = watch.see(seen)          # [Alert("A3", about=…)]
    alerts = watch.overdue(now)           # emergencies that nobody has reviewed
    watch.memory.as_dict()                # all that the rules remember, to go on with tomorrow

    A1  somebody looks themselves up              A8   several purposes tried for one person after a refusal
    A2  somebody of their household, a colleague  A9   an hour at which they never work
    A3  their agency does not know the family     A10  the first look-up after a long time
    A4  an emergency that nobody reviewed         A11  a purpose that their role never has
    A5  the person is under a protection          A12  several people without a reason look at one family
    A6  far more families than their peers        A13  the operator opened an answer without cause
    A7  a walk through people                     A14  witnesses do not vouch for the log

The log names no person. Within a UTC day the same record has the same tag, so that two look-ups of a day which share
one are about one family; from one day to the next nothing is linked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Literal

from broker.audit.matters import Look
from broker.audit.memory import Memory, Person

Concerns = Literal["none", "self", "household", "colleague", "unknown"]
_BAD_WITNESS = frozenset({"too-few", "stopped", "behind", "refused"})
_FAMILY = {"household", "colleague"}


@dataclass(frozen=True)
class Seen:
    """One look-up as the rules see it. `hour` is that of the week in London, Monday's first is 0."""

    look: Look
    at: dt.datetime
    hour: int
    tags: frozenset[str] = frozenset()
    concerns: Concerns = "unknown"

    @property
    def who(self) -> str:
        return f"{self.look.org}/{self.look.actor}"

    @property
    def day(self) -> str:
        return self.at.date().isoformat()

    @property
    def is_stranger(self) -> bool:
        """Whether something of a family was found that the asker's agency has no part in."""
        look = self.look
        return bool(look.told) and not (look.is_refused or look.holds_record or look.has_case or look.is_emergency)


@dataclass(frozen=True)
class Alert:
    """`rule` speaks about the matter with the id `about`, which somebody of `org` began."""

    rule: str
    about: str
    org: str
    actor: str = ""


@dataclass
class Watch:
    """The rules under one set of thresholds, and what they remember."""

    thresholds: Mapping[str, Any]
    memory: Memory = field(default_factory=Memory)

    def see(self, seen: Seen) -> list[Alert]:
        """What the rules say of the next look-up of the log."""
        person = self.memory.person(seen.who)
        found = [*self._at_once(seen), *self._about_habits(seen, person), *self._about_series(seen, person)]
        self.memory.note(seen.look, seen.at, hour=seen.hour, tags=seen.tags)
        found += self._after(seen, person)
        return [Alert(rule, seen.look.id, seen.look.org, seen.look.actor) for rule in dict.fromkeys(found)]

    def emergency(self, act: str, about: str, *, org: str, at: dt.datetime) -> None:
        """An emergency was `opened`, or `reviewed`."""
        if act == "opened":
            self.memory.emergencies[about] = (org, at.isoformat())
        elif act == "reviewed":
            self.memory.emergencies.pop(about, None)

    def overdue(self, now: dt.datetime) -> list[Alert]:
        """A4: emergencies that nobody has reviewed in time, each once."""
        until = (now - dt.timedelta(hours=self.thresholds["A4"]["hours"])).isoformat()
        late = {about: org for about, (org, at) in self.memory.emergencies.items() if at <= until}
        for about in late:
            del self.memory.emergencies[about]
        return [Alert("A4", about, org) for about, org in sorted(late.items())]

    def _at_once(self, seen: Seen) -> Iterator[str]:
        """What one look-up shows by itself."""
        if seen.concerns == "self":
            yield "A1"
        if seen.concerns in _FAMILY:
            yield "A2"
        if seen.is_stranger:
            yield "A3"
        watched = set(self.thresholds["A5"]["reasons"])
        if any(watched & set(one.reasons) for one in seen.look.told):
            yield "A5"

    def _about_habits(self, seen: Seen, person: Person) -> Iterator[str]:
        """What the person or the role does not do otherwise."""
        a9, a10, a11 = (self.thresholds[name] for name in ("A9", "A10", "A11"))
        before = sum(person.hours.values())
        rare = person.hours.get(seen.hour, 0) * 100 < a9["percent"] * before
        if before >= a9["least"] and rare and not _on_duty(seen.hour, a9):
            yield "A9"
        if person.last and (seen.at.date() - dt.date.fromisoformat(person.last)).days >= a10["days"]:
            yield "A10"
        used = self.memory.purposes.get(seen.look.role, {})
        last = used.get(seen.look.purpose, ("", 0))[0]
        since = (seen.at.date() - dt.timedelta(days=a11["days"])).isoformat()
        if sum(count for _, count in used.values()) >= a11["least"] and last < since:
            yield "A11"

    def _about_series(self, seen: Seen, person: Person) -> Iterator[str]:
        """What several look-ups of one person show together."""
        a7, a8 = self.thresholds["A7"], self.thresholds["A8"]
        fruitless = not seen.look.released
        recent = person.within(seen.at, minutes=a7["minutes"])
        if fruitless and sum(one.is_fruitless for one in recent) + 1 == a7["many"]:
            yield "A7"
        hour = person.within(seen.at, minutes=a8["minutes"])
        same = [one for one in hour if one.tags & seen.tags or (one.is_refused and seen.look.is_refused)]
        begun = next((n for n, one in enumerate(same) if one.is_fruitless), None)
        if begun is not None:
            purposes = {one.purpose for one in same[begun:]}
            if seen.look.purpose not in purposes and len(purposes) + 1 >= a8["purposes"]:
                yield "A8"

    def _after(self, seen: Seen, person: Person) -> Iterator[str]:
        """What shows with this look-up counted in."""
        if person.is_new and person.families > self.thresholds["A6"]["least"] and self._is_far(seen, person):
            yield "A6"
        if seen.is_stranger:
            yield from self._cluster(seen)

    def _is_far(self, seen: Seen, person: Person) -> bool:
        """Whether this family is the first of the day by which they are far above their peers."""
        a6 = self.thresholds["A6"]
        since = (seen.at.date() - dt.timedelta(days=a6["days"])).isoformat()
        peers = self.memory.peers(seen.look.role, since=since, before=seen.day)
        usual = median(peers) if peers else 0
        spread = median(abs(one - usual) for one in peers) if peers else 0
        return person.families == int(max(a6["least"], usual + a6["mads"] * spread)) + 1

    def _cluster(self, seen: Seen) -> Iterator[str]:
        actors = self.memory.note_strangers(seen.who, seen.tags, day=seen.day)
        if actors >= self.thresholds["A12"]["actors"]:
            yield "A12"


def opened_without_cause(about: str, *, org: str, is_linked: bool) -> list[Alert]:
    """A13: the operator opened an answer of `org` that no alert, alarm or emergency is about."""
    return [] if is_linked else [Alert("A13", about, org)]


def unwitnessed(act: str, about: str) -> list[Alert]:
    """A14: an event about witnesses that says the log is not vouched for. For the operator."""
    return [Alert("A14", about, "broker")] if act in _BAD_WITNESS else []


def _on_duty(hour: int, rota: Mapping[str, int]) -> bool:
    return hour < 5 * 24 and rota["first_hour"] <= hour % 24 < rota["last_hour"]
