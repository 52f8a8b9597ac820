"""Do all meanings agree? The interpreter, the evaluator, the analyser, and Cedar, which knows nothing of ours.

    agree(policies, 1_000_000, rng=Random(1)).mismatches == 0

Judgements of interpreter and evaluator are compared whole (level, clause, rules, lifted, obligations); the analyser
and Cedar by level, which is what they know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from random import Random

import cedarpy

from benchmarks.policy.requests import requests
from broker.policy import cedar, outcomes
from broker.policy.compile import compiled
from broker.policy.interpret import Cell, Judgement, judge
from broker.policy.levels import LEVELS, Level, openness
from broker.policy.meaning import meanings
from broker.policy.obligations import TRANSFORMERS
from broker.policy.packed import layout
from broker.policy.policies import Policies
from broker.policy.space import facts_of, merged

Progress = Callable[[int], object]


def unseen(_: int) -> None:
    """Progress that nobody looks at."""


@dataclass(frozen=True)
class Compared:
    """How many requests were compared, on how many any two meanings differ, and the first of those."""

    requests: int
    mismatches: int
    first: str = ""


def agree(policies: Policies, count: int, *, rng: Random, progress: Progress = unseen) -> Compared:
    """Three meanings on `count` random requests."""
    # Cells of one function one after the other, as their outcomes are worked out once.
    by_cell: dict[Cell, list[dict[str, str]]] = {cell: [] for cells in _together(policies) for cell in cells}
    for cell, facts in requests(policies, count, rng=rng):
        by_cell.setdefault(cell, []).append(facts)
    by_cell = {cell: asked for cell, asked in by_cell.items() if asked}
    return _compared(((cell, iter(all_facts)) for cell, all_facts in by_cell.items()), policies, progress=progress)


def agree_everywhere(
    policies: Policies, *, rng: Random, each: int | None = None, progress: Progress = unseen
) -> Compared:
    """Three meanings in the whole space of every distinct function, or in `each` vectors of it.

    Values that no rule of the function tells apart are one class; of each class of vectors a random member is taken.
    """
    found = functions(policies)
    return _compared(((cell, members(axes, rng=rng, each=each)) for cell, axes in found), policies, progress=progress)


def functions(policies: Policies) -> list[tuple[Cell, Mapping[str, tuple[tuple[str, ...], ...]]]]:
    """A cell of each distinct function of facts that the policies hold, with the classes of values it tells apart."""
    facts = facts_of(policies.vocabulary)
    together = outcomes.by_meaning(meanings(policies, facts), outcomes.cells(policies))
    return [(cells[0], merged(facts, meaning.forms()).axes) for meaning, cells in together.items()]


def every_cell(policies: Policies) -> tuple[Cell, ...]:
    """Every role with each of its purposes and every item."""
    return outcomes.cells(policies)


def _together(policies: Policies) -> Iterable[list[Cell]]:
    facts = facts_of(policies.vocabulary)
    return outcomes.by_meaning(meanings(policies, facts), outcomes.cells(policies)).values()


def size(axes: Mapping[str, tuple[tuple[str, ...], ...]]) -> int:
    """How many classes of vectors there are."""
    total = 1
    for classes in axes.values():
        total *= len(classes)
    return total


def members(
    axes: Mapping[str, tuple[tuple[str, ...], ...]], *, rng: Random, each: int | None
) -> Iterator[dict[str, str]]:
    """A random member of every class of vectors, or of `each` random classes."""
    names = list(axes)
    if each is None or size(axes) <= each:
        chosen: Iterable[tuple[tuple[str, ...], ...]] = product(*axes.values())
    else:
        chosen = (tuple(rng.choice(classes) for classes in axes.values()) for _ in range(each))
    for classes in chosen:
        yield {
            name: values[0] if len(values) == 1 else rng.choice(values)
            for name, values in zip(names, classes, strict=True)
        }


def _compared(
    asked: Iterable[tuple[Cell, Iterator[dict[str, str]]]], policies: Policies, *, progress: Progress
) -> Compared:
    evaluator, places = compiled(policies), layout(policies.vocabulary)
    counted, wrong, first = 0, 0, ""
    analysed: dict[Level, bytes] = {}
    last: outcomes.Outcomes | None = None
    for cell, all_facts in asked:
        before, made = counted, outcomes.cell_outcomes(policies, cell)
        if made is not last:
            analysed, last = _by_place(outcomes.levels(policies, cell), places.size), made
        for facts in all_facts:
            where = [places.place(name, value) for name, value in facts.items()]
            norm = judge(policies, cell, facts)
            same = norm == evaluator.judge(cell, sum(bit for bit, _ in where))
            if not (same and _holds(analysed[norm.level], sum(add for _, add in where))):
                wrong, first = wrong + 1, first or f"{cell} {facts}"
            counted += 1
        progress(counted - before)
    return Compared(counted, wrong, first)


def _by_place(levels: Mapping[Level, int], bits: int) -> dict[Level, bytes]:
    return {level: vectors.to_bytes(bits // 8 + 1, "little") for level, vectors in levels.items()}


def _holds(vectors: bytes, place: int) -> bool:
    return bool(vectors[place >> 3] >> (place & 7) & 1)


def decide_alike(old: Policies, new: Policies, count: int, *, rng: Random) -> bool:
    """Whether `count` random requests of either end alike: level, duties and terms, by the interpreter.

    Which rules are cited is not an outcome: one that changes nothing beside a stricter one comes and goes unnoticed.
    """
    for policies in (old, new):
        for cell, facts in requests(policies, count // 2, rng=rng):
            if _outcome(old, judge(old, cell, facts)) != _outcome(new, judge(new, cell, facts)):
                return False
    return True


def _outcome(policies: Policies, made: Judgement) -> tuple[object, ...]:
    """What `made` comes to: a transformer and the clause's terms matter only where something is released."""
    released = made.level in ("share", "reduced")
    duties = {name for name in made.obligations if released or name not in TRANSFORMERS}
    share = policies.clause(made.agreement, made.clause) if released else None
    return made.level, duties, share and (share.window, share.keep, share.onward)


AT_ONCE = 200
"""Requests in one call to Cedar."""


class Oracle:
    """Cedar with the exported policies. `valid` is whether its own checker says that no request can end in an error."""

    def __init__(self, policies: Policies) -> None:
        text = cedar.as_cedar(policies)
        self.policies = policies
        self.policy_set = cedarpy.PolicySet.from_str(text)
        self.entities = cedarpy.Entities.from_json_str(cedar.as_entities(policies))
        self.valid = cedarpy.validate_policies(text, cedar.as_schema(policies)).validation_passed

    def levels(self, asked: list[tuple[Cell, dict[str, str]]]) -> list[Level]:
        """The level of each request: the most open that Cedar allows, of those it is asked for one by one."""
        each = [cedar.request(cell, facts, level=level) for cell, facts in asked for level in cedar.ASKED]
        answers = cedarpy.is_authorized_batch(each, self.policy_set, self.entities)
        found = []
        for at in range(0, len(answers), len(cedar.ASKED)):
            some = answers[at : at + len(cedar.ASKED)]
            if any(answer.diagnostics.errors for answer in some):
                raise ValueError("cedar reports an error")
            allowed = [answer.allowed for answer in some]
            if allowed != sorted(allowed, reverse=True):
                raise ValueError("cedar allows a level and not the one below it")
            found.append(LEVELS[sum(allowed)])
        return found


def agree_with_cedar(policies: Policies, decisions: int, *, rng: Random, progress: Progress = unseen) -> Compared:
    """The interpreter and Cedar on `decisions` of Cedar, of which each request takes one for every level."""
    oracle, wrong, first = Oracle(policies), 0, ""
    asked = list(requests(policies, -(-decisions // len(cedar.ASKED)), rng=rng))
    for at in range(0, len(asked), AT_ONCE):
        some = asked[at : at + AT_ONCE]
        for (cell, facts), level in zip(some, oracle.levels(some), strict=True):
            if openness(judge(policies, cell, facts).level) != openness(level):
                wrong, first = wrong + 1, first or f"{cell} {facts}"
        progress(len(some) * len(cedar.ASKED))
    return Compared(len(asked) * len(cedar.ASKED), wrong, first)
