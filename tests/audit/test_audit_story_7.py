"""Story 7: among 4,000 look-ups of an honest office twelve people snoop, each in a way of their own.

A housing officer looks up a neighbour nine times. Every one of the twelve is found, by the rule that is for it, and
nobody else; what a rule speaks of stands at the head of the officer's queue, with its reason.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest
from test_audit_rules import HIDDEN, MONDAY, OURS, THEIRS, THRESHOLDS, days, seen

from broker.audit.matters import explain
from broker.audit.memory import Memory, Person
from broker.audit.rules import Seen, Watch

PROTECTED = replace(HIDDEN, owner="police", reasons=("P1",))
HELD_BACK = replace(HIDDEN, owner="council")
PURPOSES = ("early_help", "child_safeguarding", "housing_support")
SNOOPERS = {
    "s01": "A1", "s02": "A2", "housing": "A3", "s04": "A4", "s05": "A5", "s06": "A6", "s07": "A7", "s08": "A8",
    "s09": "A9", "s10": "A10", "s11": "A11", "s12": "A12",
}  # fmt: skip


@dataclass
class Queue:
    """What the officers read: whom each look-up in it is of, and why it is there."""

    reasons: dict[str, set[str]] = field(default_factory=dict)
    actors: dict[str, str] = field(default_factory=dict)
    accesses: int = 0
    unexplained: int = 0

    def add(self, one: Seen, rules: set[str]) -> None:
        self.accesses += bool(one.look.released)
        self.unexplained += not explain(one.look).is_whole
        rules = rules | ({"unexplained"} if not explain(one.look).is_whole else set())
        if rules:
            self.reasons.setdefault(one.look.id, set()).update(rules)
            self.actors[one.look.id] = one.look.actor

    def first(self) -> list[str]:
        """Look-ups, the gravest first."""
        weight = {about: sum(THRESHOLDS["severity"][one] for one in why) for about, why in self.reasons.items()}
        return sorted(weight, key=lambda about: (-weight[about], about))


def office(rng: random.Random, many: int) -> Iterator[Seen]:
    """So many look-ups of forty people, for what they work with, at their desks; some in vain, some refused."""
    for number, day in enumerate(days(-(-many // 200), start=MONDAY)):
        for n in range(min(200, many - 200 * number)):
            at = day + dt.timedelta(minutes=2 * n % 540, seconds=rng.randrange(60))
            told = rng.choices([(OURS, THEIRS), (OURS, HIDDEN), ()], (90, 6, 4))[0]
            yield seen(at, f"w{n % 40}", told=told, purpose=rng.choice(PURPOSES), has_case=rng.random() < 0.5)


def snoops(day: dt.datetime) -> Iterator[Seen]:
    """What the twelve do on one day, at half past ten."""
    at = day.replace(hour=10, minute=30)
    yield seen(at, "s01", concerns="self")
    yield seen(at, "s02", concerns="household")
    for n in range(9):
        yield seen(at + dt.timedelta(minutes=13 * n), "housing", told=(THEIRS,), tags="neighbour")
    yield seen(at, "s04", is_emergency=True)
    yield seen(at, "s05", told=(OURS, PROTECTED))
    for n in range(28):
        yield seen(at + dt.timedelta(minutes=9 * n), "s06")
    for n in range(10):
        yield seen(at + dt.timedelta(seconds=45 * n), "s07", told=())
    for n, why in enumerate(PURPOSES):
        yield seen(at + dt.timedelta(minutes=12 * n), "s08", told=(HELD_BACK,), purpose=why, tags="one")
    yield seen(at.replace(hour=2), "s09")
    yield seen(at, "s10")
    yield seen(at, "s11", purpose="crime_prevention")
    for n, who in enumerate(("s01", "s02", "s05", "s12")):
        yield seen(at + dt.timedelta(hours=2, minutes=n), who, told=(THEIRS,), tags="famous")


@pytest.mark.parametrize("many", [600, pytest.param(4_000, marks=pytest.mark.long)])
def test_twelve_snoopers_among_honest_colleagues(many: int) -> None:
    """Somebody snoops and no rule speaks, or an honest colleague stands in the queue for it."""
    rng, queue = random.Random(7), Queue()
    honest = list(office(rng, many))
    last = honest[-1].at
    planted = list(snoops(last))
    habit = {"2026-02": {str(last.weekday() * 24 + 10): 300}}
    before = {"council/s09": Person(last="2026-02-27", months=habit)}
    away = Person(last=(last - dt.timedelta(days=70)).date().isoformat())
    watch = Watch(THRESHOLDS, Memory(people={**before, "council/s10": away}))
    for one in sorted([*honest, *planted], key=lambda one: one.at):
        queue.add(one, {alert.rule for alert in watch.see(one)})
        if one.look.is_emergency:
            watch.emergency("opened", one.look.id, org="council", at=one.at)
            broke_glass = one
    [late] = watch.overdue(last + dt.timedelta(days=2))
    assert late.about == broke_glass.look.id
    queue.add(broke_glass, {late.rule})

    found = {actor: {rule for about, why in queue.reasons.items() if queue.actors[about] == actor for rule in why}
             for actor in queue.actors.values()}  # fmt: skip
    assert found.keys() == SNOOPERS.keys(), "somebody is missed, or wrongly suspected"
    assert all(rule in found[who] for who, rule in SNOOPERS.items())
    neighbour = {one.look.id for one in planted if one.look.actor == "housing"}
    assert all(queue.reasons[one] == {"A3", "unexplained"} for one in neighbour) and len(neighbour) == 9
    stranger = {one.look.id for one in planted if one.look.released and not explain(one.look).is_whole}
    assert {about for about, why in queue.reasons.items() if "unexplained" in why} == stranger
    assert queue.unexplained == 13 and (many < 4_000 or queue.unexplained / queue.accesses < 0.01)
    # Nine look-ups of one person are nine lines with one name: of people, the housing officer is among the first five.
    people = list(dict.fromkeys(queue.actors[about] for about in queue.first()))
    assert people.index("housing") < 5
