"""The exact outcomes of a cell: for each level, obligation and terms the set of fact vectors that have it.

    levels(policies, Cell("school.dsl", "child_safeguarding", "su.involvement"))["share"]      one bit a vector

A set of vectors is an integer of `space`. Where several agreements grant, the most open one answers, of equals the one
that reduces least, then the first, as in `interpret.judge`; a rule is worked out once for all cells of one meaning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import groupby
from operator import and_
from typing import TypeVar

from broker.policy.decision import Terms
from broker.policy.interpret import Cell
from broker.policy.levels import LEVELS, Level, openness
from broker.policy.meaning import Act, Meaning, Meanings, Option, meanings
from broker.policy.obligations import TRANSFORMERS
from broker.policy.policies import Policies
from broker.policy.space import Space, facts_of, minus, space

RELEASED = openness("reduced")
Named = TypeVar("Named")


@dataclass(frozen=True)
class Outcomes:
    """`at_least[n]` are the vectors with level n or more open, so that `at_least[0]` is everything.

    `duties` are the obligations in force, a transformer only where something is released; `terms` are the clause's,
    where something is released. `admitted` are the vectors in which the requester may ask at all.
    """

    at_least: tuple[int, ...]
    admitted: int
    duties: Mapping[str, int]
    terms: Mapping[Terms, int]

    def exactly(self, level: int) -> int:
        """The vectors with this level and no other."""
        above = self.at_least[level + 1] if level + 1 < len(LEVELS) else 0
        return minus(self.at_least[level], above)


@dataclass(frozen=True)
class _Answer:
    """What one agreement, or the best of several, says where it stands. `fewer[n]`: with at most n transformers."""

    stands: int
    at_least: tuple[int, ...]
    fewer: tuple[int, ...]
    duties: Mapping[str, int]
    terms: Mapping[Terms, int]


def cells(policies: Policies) -> tuple[Cell, ...]:
    """Every role with each of its purposes and every item."""
    vocabulary = policies.vocabulary
    return tuple(
        Cell(role, purpose, item)
        for role, known in vocabulary.roles.items()
        for purpose in known.purposes
        for item in vocabulary.items
    )


def levels(policies: Policies, cell: Cell) -> dict[Level, int]:
    """For each level the set of vectors of `space(policies.vocabulary)` that have it; together they are everything."""
    made = cell_outcomes(policies, cell)
    return {level: made.exactly(n) for n, level in enumerate(LEVELS)}


def cell_outcomes(policies: Policies, cell: Cell) -> Outcomes:
    """The outcomes of `cell` over `space(policies.vocabulary)`."""
    ((_, meaning),) = _meanings(policies).of(cell.role, cell.purpose, items=[cell.item])
    return _worked_out(meaning, space(policies.vocabulary))


def meaning_of(known: Meanings, wanted: Iterable[Cell]) -> Iterator[tuple[Cell, Meaning]]:
    """The meaning of each of `wanted`, in their order; quickest where cells of one role and purpose are neighbours."""
    for (role, purpose), asked in groupby(wanted, key=lambda cell: (cell.role, cell.purpose)):
        yield from known.of(role, purpose, items=[cell.item for cell in asked])


def by_meaning(known: Meanings, wanted: Iterable[Cell]) -> dict[Meaning, list[Cell]]:
    """The cells of `wanted` that mean the same, together."""
    found: dict[Meaning, list[Cell]] = {}
    for cell, meaning in meaning_of(known, wanted):
        found.setdefault(meaning, []).append(cell)
    return found


@lru_cache(maxsize=4)
def _meanings(policies: Policies) -> Meanings:
    return meanings(policies, facts_of(policies.vocabulary))


@lru_cache(maxsize=8)
def _worked_out(meaning: Meaning, within: Space) -> Outcomes:
    return work_out(meaning, within)


def work_out(meaning: Meaning, within: Space) -> Outcomes:
    """The outcomes of `meaning` over `within`, which tells apart what its conditions do."""
    granting = [option for option in meaning.options if option.level]
    others = [option for option in meaning.options if not option.level]
    best = _Answer(0, (0,) * len(LEVELS), (0,), {}, {})
    for option in granting:
        best = _better(best, _answer(meaning, option, within=within))
    for option in others:
        best = _first(best, _answer(meaning, option, within=within))
    refused = minus(within.everything, best.stands)
    shown = best.at_least[RELEASED]
    duties = {name: held & shown if name in TRANSFORMERS else held for name, held in best.duties.items()}
    return Outcomes(
        at_least=(within.everything, best.at_least[1] | refused, *best.at_least[2:]),
        admitted=best.stands,
        duties={name: held for name, held in duties.items() if held},
        terms={terms: held & shown for terms, held in best.terms.items() if held & shown},
    )


def open_levels(meaning: Meaning, within: Space, *, but_for: Act | None = None) -> tuple[int, ...]:
    """The `at_least` of `meaning` from `refer` on, without the rule `but_for`; the levels below are left at zero."""
    best = [0] * len(LEVELS)
    for option in meaning.options:
        if option.level:
            top = openness(option.level)
            acts = frozenset(act for act in option.acts if act != but_for and openness(act.effect) < top)
            held = _open(option._replace(acts=acts), within, meaning=meaning)
            best = [mine | theirs for mine, theirs in zip(best, held, strict=True)]
    return (0, 0, *best[2:])


def _open(option: Option, within: Space, *, meaning: Meaning) -> list[int]:
    """The vectors in which `option` stands and is at least that open, for each level."""
    stands = _stands(meaning, option, within)
    top = openness(option.level) if option.level else openness("withhold_silently" if meaning.quiet else "withhold")
    at_least = [stands if n <= top else 0 for n in range(len(LEVELS))]
    closed = [0] * len(LEVELS)
    for effect, _, held in _applied(option, within):
        closed[openness(effect)] |= held
    below = 0
    for n in range(1, top + 1):
        below |= closed[n - 1]
        at_least[n] = minus(stands, below)
    if meaning.quiet:
        # Saying that it is withheld would tell that it is there.
        at_least[openness("withhold")] = at_least[openness("refer")]
    return at_least


def _stands(meaning: Meaning, option: Option, within: Space) -> int:
    return reduce(and_, (within.where(need, emergency=option.emergency) for need in meaning.need), within.everything)


def _answer(meaning: Meaning, option: Option, *, within: Space) -> _Answer:
    stands = _stands(meaning, option, within)
    duties = dict.fromkeys(option.obligations, stands)
    for _, obligations, held in _applied(option, within):
        for name in obligations:
            duties[name] = duties.get(name, 0) | (held & stands)
    terms = {option.terms: stands} if option.level else {}
    return _Answer(stands, tuple(_open(option, within, meaning=meaning)), _fewer(stands, duties), duties, terms)


def _applied(option: Option, within: Space) -> Iterator[tuple[Level, tuple[str, ...], int]]:
    """Each rule's effect, its obligations and the vectors in which it applies."""
    emergency = within.among("break_glass", ["yes"]) if any(act.breakable for act in option.acts) else 0
    for act in option.acts:
        held = within.where(act.when, emergency=option.emergency)
        if act.unless:
            held = minus(held, within.where(act.unless, emergency=option.emergency))
        if act.breakable and option.emergency:
            held = minus(held, emergency)
        yield act.effect, act.obligations, held


def _fewer(stands: int, duties: Mapping[str, int]) -> tuple[int, ...]:
    """`[n]` are the vectors with at most n transformers."""
    fewer = [stands]
    for name, held in duties.items():
        if name in TRANSFORMERS:
            # With at most n before and this one not, or with at most n - 1 before.
            fewer = [
                minus(fewer[min(n, len(fewer) - 1)], held) | (fewer[n - 1] if n else 0) for n in range(len(fewer) + 1)
            ]
    return tuple(fewer)


def _better(best: _Answer, other: _Answer) -> _Answer:
    """The two together: `other` answers where only it stands, where it is more open, or as open and less reduced."""
    if not best.stands:
        return other
    wins, equal = minus(other.stands, best.stands), best.stands & other.stands
    for mine, theirs in zip(best.at_least[1:], other.at_least[1:], strict=True):
        wins |= minus(theirs, mine)
        equal = minus(equal, mine ^ theirs)
    width = max(len(best.fewer), len(other.fewer))
    mine_fewer, their_fewer = _padded(best.fewer, width), _padded(other.fewer, width)
    for mine, theirs in zip(mine_fewer, their_fewer, strict=True):
        wins |= minus(theirs, mine) & equal
    return _Answer(
        best.stands | other.stands,
        tuple(mine | theirs for mine, theirs in zip(best.at_least, other.at_least, strict=True)),
        tuple(minus(m, wins) | (t & wins) for m, t in zip(mine_fewer, their_fewer, strict=True)),
        _chosen(best.duties, other.duties, wins=wins),
        _chosen(best.terms, other.terms, wins=wins),
    )


def _first(best: _Answer, other: _Answer) -> _Answer:
    """`other` answers only where `best` doesn't stand."""
    wins = minus(other.stands, best.stands)
    return _Answer(
        best.stands | other.stands,
        tuple(mine | (theirs & wins) for mine, theirs in zip(best.at_least, other.at_least, strict=True)),
        best.fewer,
        _chosen(best.duties, other.duties, wins=wins),
        _chosen(best.terms, other.terms, wins=wins),
    )


def _padded(fewer: tuple[int, ...], width: int) -> tuple[int, ...]:
    return (*fewer, *(fewer[-1],) * (width - len(fewer)))


def _chosen(mine: Mapping[Named, int], theirs: Mapping[Named, int], *, wins: int) -> dict[Named, int]:
    return {name: minus(mine.get(name, 0), wins) | (theirs.get(name, 0) & wins) for name in (*mine, *theirs)}
