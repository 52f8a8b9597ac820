"""How long one decision takes, a view of many, and the answer to "why not?".

Times are of the thread's own CPU, the shortest of three for each request, so that other work on the machine counts for
little; what the clock on the wall said is beside.
Every request has been decided before it is timed, and again right before, as in a broker that has run for a while and
has just read what the decision is about.
"""

from __future__ import annotations

import datetime as dt
import gc
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import Any

from benchmarks.policy.requests import facts as some_facts
from benchmarks.policy.requests import requests
from broker.policy.compile import compiled
from broker.policy.decide import decide, decide_all, drafts
from broker.policy.explain import why_not
from broker.policy.facts import RECORD_FACTS, RecordFacts, Requester
from broker.policy.interpret import Cell, judge
from broker.policy.policies import Policies

ON = dt.date(2026, 11, 22)
TRAINED = dt.date(2026, 6, 1)
VIEW = 25
"""Items of one view of a caseworker."""
RUNS = 3
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
    """Each of `work` once to warm up, then the shortest of some times on the clock, once more right before each."""
    for one in work:
        one()
    gc.collect()
    gc.freeze()
    empty = sorted(_timed([_nothing] * 1_000).cpu)[500]
    runs = [_timed(work) for _ in range(RUNS)]
    gc.unfreeze()
    # Reading the clock takes as long as half a decision.
    cpu = [max(min(each) - empty, 0.0) for each in zip(*(run.cpu for run in runs), strict=True)]
    return Times(cpu, [min(each) for each in zip(*(run.wall for run in runs), strict=True)])


def _timed(work: Sequence[Callable[[], Any]]) -> Times:
    cpu, wall = [], []
    for one in work:
        one()
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
    """Decisions about `items` items of one person, each with its row for the audit log.

    They are whole records of several services, as a story needs them.
    """
    return timed([partial(_decide_each, decide_all, *asked) for asked in _views(policies, count, items=items, rng=rng)])


def views_without_rows(policies: Policies, count: int, *, rng: Random, items: int = VIEW) -> Times:
    """The same without the rows."""
    return timed([partial(_decide_each, drafts, *asked) for asked in _views(policies, count, items=items, rng=rng)])


View = tuple[Policies, Requester, list[tuple[RecordFacts, tuple[str, ...]]]]


def _decide_each(
    decides: Callable[..., Any],
    policies: Policies,
    asker: Requester,
    records: list[tuple[RecordFacts, tuple[str, ...]]],
) -> list[Any]:
    return [decides(policies, asker, record, items=names, on=ON) for record, names in records]


def _views(policies: Policies, count: int, *, items: int, rng: Random) -> Iterator[View]:
    rows = [row for row, agreements in policies.schedule.items() if _scheduled(agreements)]
    for _ in range(count):
        role, purpose = rng.choice(rows)
        chosen = _held(policies, _scheduled(policies.schedule[role, purpose]), items=items, rng=rng)
        # Who is refused has no view: nothing is looked up for them.
        relation = {"relation": rng.choice(("allocated", "team", "household", "self_claimed"))}
        asker, _record = case(role, purpose, source="", facts=some_facts(policies, rng=rng, plain=1.0) | relation)
        records = [
            (case(role, purpose, source=source, facts=some_facts(policies, rng=rng, plain=0.8))[1], tuple(names))
            for source, names in chosen.items()
        ]
        yield policies, asker, records


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
