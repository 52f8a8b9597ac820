"""What changes if these policies take the place of those: every outcome that differs, exactly, over all requests.

    found = diff(old, new)
    found.total          how many requests end differently, of `found.requests`
    found.changes        the same in groups: plain cases first, each with its count, one example and a sentence
    found.digest         what an IG officer signs; `diff_text.tell(...)` is what they read

Requests are cells times fact vectors: combinations, not people. A change that few combinations have may be the one that
happens every day, which is why plain cases come first. All of it is worked out and nothing is sampled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import prod
from typing import NamedTuple

from broker.policy.change import Change, Diff, Step
from broker.policy.diff_text import sentence
from broker.policy.interpret import Cell, judge
from broker.policy.levels import LEVELS
from broker.policy.meaning import Meaning, Meanings, meanings
from broker.policy.outcomes import Outcomes, work_out
from broker.policy.policies import Policies
from broker.policy.rewritten import rewritten
from broker.policy.space import Facts, facts_of, merged, minus

WAYS = ("opens", "closes", "neither")


class _Case(NamedTuple):
    """Which vectors make a step: the values left to each fact, and how far the plainest is from the plain case."""

    when: tuple[tuple[str, tuple[str, ...]], ...]
    exact: bool
    departures: int


@dataclass
class _Group:
    """The cells that make one step in one case, as they are found, with an example of the first of them."""

    example: dict[str, str]
    cells: list[Cell] = field(default_factory=list)
    count: int = 0


def diff(old: Policies, new: Policies) -> Diff:
    """Every outcome that changes from `old` to `new`, over both their cells and all the facts of either."""
    facts = _all_facts(old, new)
    rows = tuple(dict.fromkeys((*_rows(new), *_rows(old))))
    items = tuple(dict.fromkeys((*new.vocabulary.items, *old.vocabulary.items)))
    pairs = _pairs(meanings(old, facts), meanings(new, facts), rows=rows, items=items)
    groups: dict[tuple[Step, _Case], _Group] = {}
    total = 0
    for (before, after), same in pairs.items():
        within = merged(facts, (*before.forms(), *after.forms()))
        differs = 0
        for step, vectors in _steps(work_out(before, within), work_out(after, within)):
            key = (step, _Case(*within.shadow(vectors), within.departures(vectors)))
            if key not in groups:
                groups[key] = _Group(within.example(vectors))
            groups[key].cells += same
            groups[key].count += within.count(vectors) * len(same)
            differs |= vectors
        total += within.count(differs) * len(same)
    changes = [_change(old, new, step=step, case=case, group=group) for (step, case), group in groups.items()]
    changes.sort(key=_order)
    requests = len(rows) * len(items) * prod(len(values) for values in facts.values())
    return Diff(old.digest, new.digest, requests, total, tuple(changes), rewritten(old, new))


def _all_facts(old: Policies, new: Policies) -> Facts:
    """The facts and values of either. Where one set doesn't know a value, it reads it as unknown (see `meanings`)."""
    facts = facts_of(new.vocabulary)
    for name, values in facts_of(old.vocabulary).items():
        facts[name] = tuple(dict.fromkeys((*facts.get(name, ()), *values)))
    return facts


def _rows(policies: Policies) -> Iterator[tuple[str, str]]:
    """Every role with each of its purposes."""
    return ((role, purpose) for role, known in policies.vocabulary.roles.items() for purpose in known.purposes)


def _pairs(
    old: Meanings, new: Meanings, *, rows: Iterable[tuple[str, str]], items: tuple[str, ...]
) -> dict[tuple[Meaning, Meaning], list[Cell]]:
    """The cells whose meaning differs, by what it was and is. Equal meanings have equal outcomes."""
    found: dict[tuple[Meaning, Meaning], list[Cell]] = {}
    same = old.same_agreements(new)
    for role, purpose in rows:
        if old.same_row(new, role, purpose=purpose, same=same):
            continue
        both = zip(old.of(role, purpose, items=items), new.of(role, purpose, items=items), strict=True)
        for (cell, was), (_, now) in both:
            if was != now:
                found.setdefault((was, now), []).append(cell)
    return found


def _steps(was: Outcomes, now: Outcomes) -> Iterator[tuple[Step, int]]:
    """Each step that some vectors make, with those vectors."""
    before = [was.exactly(n) for n in range(len(LEVELS))]
    after = [now.exactly(n) for n in range(len(LEVELS))]
    for n, left in enumerate(before):
        for m, right in enumerate(after):
            both = left & right
            if both and n != m:
                yield Step(LEVELS[n], LEVELS[m]), both
            elif both:
                yield from _same_level(was, now, n=n, both=both)


def _same_level(was: Outcomes, now: Outcomes, *, n: int, both: int) -> Iterator[tuple[Step, int]]:
    level = LEVELS[n]
    for name in dict.fromkeys((*was.duties, *now.duties)):
        held, holds = was.duties.get(name, 0) & both, now.duties.get(name, 0) & both
        if minus(holds, held):
            yield Step(level, level, added=name), minus(holds, held)
        if minus(held, holds):
            yield Step(level, level, dropped=name), minus(held, holds)
    yield from (
        (Step(level, level, terms=(old, new)), both & held & holds)
        for old, held in was.terms.items()
        for new, holds in now.terms.items()
        if old != new and both & held & holds
    )


def _change(old: Policies, new: Policies, *, step: Step, case: _Case, group: _Group) -> Change:
    first = group.cells[0]
    return Change(
        cells=tuple(sorted(group.cells, key=_cell_order)),
        step=step,
        count=group.count,
        when=case.when,
        exact=case.exact,
        departures=case.departures,
        shown=first,
        example=group.example,
        was=judge(old, first, group.example),
        now=judge(new, first, group.example),
        sentence=sentence(new.vocabulary, step, cells=group.cells, when=case.when),
    )


def _order(change: Change) -> tuple[object, ...]:
    """Plain cases first, opening before closing, the plainer and the more before the others."""
    first = change.cells[0]
    plainness = (not change.is_plain, WAYS.index(change.step.way), change.departures, -change.count)
    return (*plainness, first.role, first.purpose, first.item, repr(change.step), change.when)


def _cell_order(cell: Cell) -> tuple[str, str, str]:
    return cell.role, cell.purpose, cell.item
