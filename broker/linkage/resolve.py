"""Which records are about the person asked for. The front door of the room.

`gather` looks nothing up and compares nothing itself: it yields what it wants, is fed what was found and what it is
worth, and returns the neighbourhood of the question, in which `person` then finds the person.

    1. look up the question's own points; have the best candidates compared with the question's evidence
    2. look up the points of those that are certain (the second hop); have what comes compared with all of these
    3. group by mean-link; the group that the question is in is the person
    4. no third hop, and nothing is ever written down as a link

Labels find, evidence decides. A person's verdict stands above every weight. The result depends on the records alone,
not on the order they arrived in. A neighbourhood answers several times without a further comparison: with addresses or
as if nobody had one, and as if some records were not there.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from broker.linkage.compare import Candidate, Points, agreement
from broker.linkage.meanlink import mean_link
from broker.linkage.model import MOST_BITS, Band, Bounds
from broker.linkage.steps import QUESTION, Compare, Found, LookUp, Pair, Verdicts, Weight, pair

CALLS = (24, 40)
"""Envelopes in the two comparison calls of a question, its own included (`wire.comparison.SIZES`)."""
SECOND_HOP = 16
"""Records whose own points are looked up in the second hop."""


@dataclass(frozen=True)
class Rules:
    """The bounds of the model in use, and the match keys that contain an address."""

    bounds: Bounds
    address_keys: frozenset[int]

    def placeless(self, points: Points) -> Points:
        """The points that no address is in."""
        return frozenset((number, point) for number, point in points if number not in self.address_keys)


@dataclass(frozen=True)
class Resolution:
    """The records of one person: each with the band of its match. Records below are left out."""

    members: tuple[tuple[Candidate, Band], ...]

    @property
    def certain(self) -> tuple[Candidate, ...]:
        return tuple(candidate for candidate, band in self.members if band == "certain")


@dataclass(frozen=True)
class Neighbourhood:
    """A question with the records that its labels lead to in two hops, and what every compared pair is worth."""

    rules: Rules
    pivot: Points = field(repr=False)
    known: dict[bytes, Candidate] = field(repr=False)
    weights: dict[Pair, Weight] = field(repr=False)
    verdicts: Verdicts = field(repr=False)

    def person(self, *, placeless: bool = False, without: frozenset[bytes] = frozenset()) -> Resolution:
        """The person asked for; `placeless` as if nobody had an address, and as if records `without` were not there."""
        known = {one: candidate for one, candidate in self.known.items() if one not in without}
        weights = self._weights(placeless, {QUESTION, *known})
        pivot = self.rules.placeless(self.pivot) if placeless else self.pivot
        near = {one for one, candidate in known.items() if candidate.shares(pivot)}
        direct = {one for one in near if _is_link(weights.get(pair(QUESTION, one)), self.rules.bounds)}
        carried = frozenset(point for one in direct for point in known[one].points)
        nodes = near | {one for one, candidate in known.items() if candidate.shares(carried)}
        weights = {two: weight for two, weight in weights.items() if two <= nodes | {QUESTION}}
        bounds = self.rules.bounds
        # Equals go by source, never by the chance of their ids.
        ranked = [QUESTION, *(one.id for one in sorted((known[one] for one in nodes), key=_order))]
        groups = mean_link(ranked, weights, link=bounds.certain, mean=bounds.mean)
        person = next(group for group in groups if QUESTION in group)
        bands: dict[bytes, Band] = {one: "certain" for one in person if one != QUESTION}
        bands |= {one: "probable" for one in nodes - bands.keys() if self._is_probable(one, person, weights)}
        chosen = sorted((known[one] for one in bands), key=_order)
        return Resolution(tuple((candidate, bands[candidate.id]) for candidate in chosen))

    def _weights(self, placeless: bool, nodes: set[bytes]) -> dict[Pair, Weight]:
        """What was weighed among `nodes`, with people's verdicts in the place of it."""
        found = {two: weight for two, weight in self.weights.items() if two <= nodes}
        if placeless:
            found = {two: Weight(one.placeless, one.placeless, one.conflict, one.slip) for two, one in found.items()}
        same, apart = Weight(MOST_BITS, MOST_BITS), Weight(-MOST_BITS, -MOST_BITS, conflict=True)
        said = {two: same if verdict == "same" else apart for two, verdict in self.verdicts.items() if two <= nodes}
        return found | said

    def _is_probable(self, one: bytes, person: Sequence[bytes], weights: dict[Pair, Weight]) -> bool:
        """Whether a record outside the person's group is to be checked. What people parted is not."""
        if any(self.verdicts.get(pair(one, member)) == "not_the_same" for member in person):
            return False
        against = [weights[two] for member in person if (two := pair(one, member)) in weights]
        if not against:
            # There was no room to compare it: a label says that it may be theirs, and unknown means protect.
            return True
        mean = sum(weight.bits for weight in against) / len(against)
        # What the question itself points at is not dropped for one wrong number, or a conflict with another record.
        asked = weights.get(pair(one, QUESTION))
        is_named = asked is not None and asked.bits >= self.rules.bounds.certain
        return is_named or (
            mean >= self.rules.bounds.probable and not any(weight.conflict and not weight.slip for weight in against)
        )


Gathering: TypeAlias = Generator["LookUp | Compare", Any, Neighbourhood]


def gather(pivot: Points, rules: Rules) -> Gathering:
    """Gathers the neighbourhood of a question. `LookUp` is fed `Found`, `Compare` is fed `Weighed`."""
    first: Found = yield LookUp([pivot])
    known = {candidate.id: candidate for candidate in first.candidates}
    asked = _best(known.values(), [pivot], CALLS[0] - 1)
    weights: dict[Pair, Weight] = dict((yield Compare(1, [QUESTION], asked)))
    direct = _direct(asked, weights, rules.bounds)

    second: Found = yield LookUp([known[one].points for one in direct[:SECOND_HOP]])
    known |= {candidate.id: candidate for candidate in second.candidates}
    rest = [candidate for candidate in known.values() if candidate.id not in set(direct)]
    points = [pivot, *(known[one].points for one in direct)]
    others = _best(rest, points, CALLS[1] - 1 - len(direct))
    weights |= yield Compare(2, [QUESTION, *direct], others)
    return Neighbourhood(rules, pivot, known, weights, {**first.verdicts, **second.verdicts})


def _direct(asked: Sequence[bytes], weights: dict[Pair, Weight], bounds: Bounds) -> list[bytes]:
    """The certain ones, with or without addresses, best first."""
    found = {one: weights[pair(QUESTION, one)] for one in asked if pair(QUESTION, one) in weights}
    links = {
        one: weight for one, weight in found.items()
        if not weight.conflict and max(weight.bits, weight.placeless) >= bounds.certain
    }  # fmt: skip
    return sorted(links, key=lambda one: (-links[one].bits, one))


def _best(candidates: Iterable[Candidate], asked: Sequence[Points], most: int) -> list[bytes]:
    """The ids of the candidates that share most labels: whoever floods a label pushes out none that shares more."""

    def rank(candidate: Candidate) -> tuple[int, tuple[str, bytes]]:
        return -max(len(agreement(points, candidate.points).shared) for points in asked), _order(candidate)

    return [candidate.id for candidate in sorted(candidates, key=rank)[: max(most, 0)]]


def _is_link(weight: Weight | None, bounds: Bounds) -> bool:
    return weight is not None and weight.bits >= bounds.certain and not weight.conflict


def _order(candidate: Candidate) -> tuple[str, bytes]:
    return (candidate.source, candidate.id)
