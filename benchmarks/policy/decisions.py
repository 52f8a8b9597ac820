"""How long one decision takes, a view of many, and the answer to "why not?".

Times are of the thread's own CPU, so that another process doesn't count; what the clock on the wall said is beside.
Every request has been decided once before it is timed, as in a broker that has run for a while.
"""

from __future__ import annotations

import datetime as dt
import gc
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from benchmarks.policy.requests import facts as some_facts
from benchmarks.policy.requests import requests
from broker.policy.compile import compiled
from broker.policy.decide import decide, decide_all
from broker.policy.explain import why_not
from broker.policy.facts import RECORD_FACTS, RecordFacts, Requester
from broker.policy.interpret import Cell, judge
from broker.policy.policies import Policies

ON = dt.date(2026, 11, 22)
TRAINED = dt.date(2026, 6, 1)
VIEW = 25
"""Items of one view of a caseworker."""
STAFF, DAYS = 200, 30
"""Who asked, and over how many days, in the rows that are replayed."""


@dataclass(frozen=True)
class Times:
    """Microseconds, of the thread's CPU and on the wall."""

    cpu: Sequence[float]
    wall: Sequence[float]

    def figures(self) -> dict[str, float]:
        """The median and the 99th percentile of both."""
        found = {}
        for name, values in (("", self.cpu), ("wall_", self.wall)):
            ordered = sorted(values)
            found[f"{name}p50"] = round(ordered[len(ordered) // 2], 2)
            found[f"{name}p99"] = round(ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)], 2)
        return found


def timed(work: Sequence[Callable[[], Any]]) -> Times:
    """Each of `work` once to warm up, then once on the clock."""
    for one in work:
        one()
    gc.collect()
    gc.freeze()
    empty = sorted(_timed([_nothing] * 1_000).cpu)[500]
    found = _timed(work)
    gc.unfreeze()
    # Reading the clock takes as long as half a decision.
    return Times([max(one - empty, 0.0) for one in found.cpu], found.wall)


def _timed(work: Sequence[Callable[[], Any]]) -> Times:
    cpu, wall = [], []
    for one in work:
        began, began_wall = time.thread_time_ns(), time.perf_counter_ns()
        one()
        took, took_wall = time.thread_time_ns() - began, time.perf_counter_ns() - began_wall
        cpu.append(took / 1000)
        wall.append(took_wall / 1000)
    return Times(cpu, wall)


def _nothing() -> None:
    """What takes no time."""


def judgements(policies: Policies, count: int, *, rng: Random) -> Times:
    """The evaluator alone: a cell and one-hot facts."""
    evaluator = compiled(policies)
    asked = [(cell, _bits(policies, facts)) for cell, facts in requests(policies, count, rng=rng)]
    return timed([lambda cell=cell, x=x: evaluator.judge(cell, x) for cell, x in asked])


def decisions(policies: Policies, count: int, *, rng: Random) -> Times:
    """The whole decision about one item: with reasons, remedy, contact, reviewer, date and row for the audit log."""
    work = []
    for cell, facts in requests(policies, count, rng=rng):
        asker, record = case(cell.role, cell.purpose, source=cell.item.partition(".")[0], facts=facts)
        work.append(lambda a=asker, r=record, i=cell.item: decide(policies, a, r, item=i, on=ON))
    return timed(work)


def views(policies: Policies, count: int, *, rng: Random, items: int = VIEW) -> Times:
    """Decisions about `items` items of one person: whole records of several services, as a story needs them."""
    rows = [row for row, agreements in policies.schedule.items() if _scheduled(agreements)]
    work = []
    for _ in range(count):
        role, purpose = rng.choice(rows)
        chosen = _held(policies, _scheduled(policies.schedule[role, purpose]), items=items, rng=rng)
        facts = some_facts(policies, rng=rng, plain=0.8)
        asker, _record = case(role, purpose, source="", facts=facts)
        records = [
            (case(role, purpose, source=source, facts=some_facts(policies, rng=rng, plain=0.8))[1], tuple(names))
            for source, names in chosen.items()
        ]
        work.append(lambda a=asker, r=records: [decide_all(policies, a, one, items=names, on=ON) for one, names in r])
    return timed(work)


def why_nots(policies: Policies, count: int, *, rng: Random) -> Times:
    """The minimal steps from a request that is not shared, nor withheld silently."""
    asked: list[tuple[Cell, Mapping[str, str]]] = []
    while len(asked) < count:
        for cell, facts in requests(policies, count, rng=rng):
            if judge(policies, cell, facts).level not in ("share", "withhold_silently") and len(asked) < count:
                asked.append((cell, facts))
    return timed([lambda cell=cell, facts=facts: why_not(policies, cell, facts) for cell, facts in asked])


def case(role: str, purpose: str, *, source: str, facts: Mapping[str, str]) -> tuple[Requester, RecordFacts]:
    """A requester, trained and asking on the day `ON`, and a record of `source` with these facts."""
    known = {name: facts[name] for name in RECORD_FACTS if name != "protection"}
    kinds = () if facts["protection"] == "none" else (facts["protection"],)
    trained = TRAINED if facts["training"] == "current" else dt.date(2020, 1, 1)
    agency = role.partition(".")[0]
    asker = Requester(agency, role, purpose, trained, facts["relation"], facts["break_glass"] == "yes")
    return asker, RecordFacts(source, protection=kinds, **known)


def rows(policies: Policies, count: int, *, rng: Random) -> list[str]:
    """`count` rows as the audit log holds them: of questions about records of several items each."""
    found: list[str] = []
    cells = [row for row, agreements in policies.schedule.items() if _scheduled(agreements)]
    staff = [(*rng.choice(cells), TRAINED - dt.timedelta(days=rng.randrange(300))) for _ in range(STAFF)]
    while len(found) < count:
        role, purpose, trained = rng.choice(staff)
        items = _held(policies, _scheduled(policies.schedule[role, purpose]), items=VIEW, rng=rng)
        asker, _record = case(role, purpose, source="", facts=some_facts(policies, rng=rng, plain=0.9))
        asker, on = replace(asker, training_on=trained), ON - dt.timedelta(days=rng.randrange(DAYS))
        for source, names in items.items():
            record = case(role, purpose, source=source, facts=some_facts(policies, rng=rng, plain=0.85))[1]
            made = decide_all(policies, asker, record, items=tuple(names), on=on)
            found += [json.dumps(one.as_audit(), sort_keys=True) for one in made]
    return found[:count]


def _bits(policies: Policies, facts: Mapping[str, str]) -> int:
    places = compiled(policies).layout
    return sum(places.place(name, value)[0] for name, value in facts.items())


def _scheduled(agreements: Mapping[str, Mapping[str, object]]) -> list[str]:
    return sorted({item for clauses in agreements.values() for item in clauses})


def _held(policies: Policies, scheduled: list[str], *, items: int, rng: Random) -> dict[str, list[str]]:
    """Whole records, by source, until `items` items are held; sources of which something is scheduled come first."""
    vocabulary = policies.vocabulary
    asked = list(dict.fromkeys(vocabulary.source_of(item) for item in rng.sample(scheduled, len(scheduled))))
    others = [source for source in vocabulary.sources if source not in asked]
    found: dict[str, list[str]] = {}
    left = items
    for source in (*asked, *rng.sample(others, len(others))):
        names = list(vocabulary.items_of(source))[:left]
        left -= len(names)
        if names:
            found[source] = names
    return found
