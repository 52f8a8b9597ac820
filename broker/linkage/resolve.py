"""Which records are about the person asked for. The front door of the room.

`resolve` does no look-ups itself: it yields the sets of points it wants looked up, is sent the candidates that share a
label with any of them, and returns the resolution.

    1. look up the question's own points; candidates that agree well enough are accepted, best first
    2. look up the accepted records' own points under every other source (the second hop)
    3. accept a further candidate when the mean of its weights against the question and everything accepted is above 0
    4. no third hop, and nothing is ever written down as a link

A person's verdict stands above every weight: `not_the_same` is never overruled, `same` is as good as an identifier.
The result depends on the records alone, not on the order they arrived in.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from broker.linkage.compare import Candidate, Points, agreement
from broker.linkage.weights import VERDICT, VETO, Band, Rule

Pair: TypeAlias = frozenset[bytes]
Verdicts: TypeAlias = Mapping[Pair, str]
Wanted: TypeAlias = Sequence[Points]


@dataclass(frozen=True)
class Found:
    """What a round of look-ups brought: the candidates, and people's verdicts on pairs among all candidates so far."""

    candidates: Sequence[Candidate]
    verdicts: Verdicts


@dataclass(frozen=True)
class Resolution:
    """The records of one person: each with the band of its match. Records below are left out."""

    members: tuple[tuple[Candidate, Band], ...]

    @property
    def certain(self) -> tuple[Candidate, ...]:
        return tuple(candidate for candidate, band in self.members if band == "certain")


Resolving: TypeAlias = Generator[Wanted, Found, Resolution]


def resolve(pivot: Points, rule: Rule, *, most: int = 60) -> Resolving:
    """Resolves one person from the question's points; at most `most` records are accepted."""
    first = yield [pivot]
    weigh = Weighing(rule, dict(first.verdicts))
    direct = {c.id: weigh.against(pivot, c) for c in first.candidates}
    hopeful = [c for c in first.candidates if rule.band(direct[c.id]) == "certain"]
    # Of records that conflict with each other the one with more others beside it is believed, never the first to come.
    support = {c.id: sum(max(weigh.pair(c, other), 0.0) for other in hopeful if other.id != c.id) for c in hopeful}
    accepted: list[Candidate] = []
    doubtful: set[bytes] = set()
    for candidate in sorted(hopeful, key=lambda c: (-direct[c.id], -support[c.id], _order(c))):
        if weigh.vetoed(candidate, accepted):
            doubtful.add(candidate.id)
        elif len(accepted) < most:
            accepted.append(candidate)

    second = yield [candidate.points for candidate in accepted]
    weigh.verdicts.update(second.verdicts)
    known = {candidate.id: candidate for candidate in (*first.candidates, *second.candidates)}
    rest = [candidate for candidate in known.values() if candidate.id not in {one.id for one in accepted}]
    means = {c.id: weigh.mean(pivot, accepted, candidate=c) for c in rest}
    bands: dict[bytes, Band] = {candidate.id: "certain" for candidate in accepted}
    for candidate, mean in _ranked(rest, means):
        if candidate.id in doubtful or weigh.vetoed(candidate, accepted) or len(accepted) >= most:
            continue
        # A record that shares next to nothing with the question itself is as certain as what carried it here.
        best = max([weigh.against(pivot, candidate), *(weigh.pair(candidate, one) for one in accepted)])
        band = rule.band(best) if mean > 0 else "below"
        if band == "certain":
            accepted.append(candidate)
        if band != "below":
            bands[candidate.id] = band
    # What was noted as probable may have been ruled out by a record that was accepted after it.
    ruled_out = {one for one, band in bands.items() if band == "probable" and weigh.vetoed(known[one], accepted)}
    # What the question itself points at is not dropped for a conflict: it is to be checked, unless people parted them.
    parted = {one for one in doubtful if weigh.parted(known[one], accepted)}
    bands.update(dict.fromkeys(doubtful - parted, "probable"))
    chosen = sorted((known[one] for one in bands.keys() - (ruled_out - doubtful)), key=_order)
    return Resolution(tuple((candidate, bands[candidate.id]) for candidate in chosen))


@dataclass
class Weighing:
    """Match weights under one rule and people's verdicts."""

    rule: Rule
    verdicts: dict[Pair, str]

    def against(self, points: Points, candidate: Candidate) -> float:
        """A candidate against the question."""
        return self.rule.weight(agreement(points, candidate.points))

    def pair(self, one: Candidate, other: Candidate) -> float:
        """Two records against each other; a verdict stands above what they share."""
        verdict = self.verdicts.get(frozenset((one.id, other.id)))
        if verdict is not None:
            return VERDICT if verdict == "same" else VETO
        return self.rule.weight(agreement(one.points, other.points))

    def mean(self, pivot: Points, accepted: Sequence[Candidate], *, candidate: Candidate) -> float:
        """The mean weight of a candidate against the question and everything accepted."""
        weights = [self.against(pivot, candidate), *(self.pair(candidate, one) for one in accepted)]
        return sum(weights) / len(weights)

    def vetoed(self, candidate: Candidate, accepted: Sequence[Candidate]) -> bool:
        """Whether people said it is not the same person as one of the accepted, or an identifier conflicts."""
        return any(self.pair(candidate, one) <= VETO for one in accepted)

    def parted(self, candidate: Candidate, accepted: Sequence[Candidate]) -> bool:
        """Whether people said that it is not the same person as one of the accepted."""
        return any(self.verdicts.get(frozenset((candidate.id, one.id))) == "not_the_same" for one in accepted)


def _order(candidate: Candidate) -> tuple[str, bytes]:
    return (candidate.source, candidate.id)


def _ranked(candidates: Sequence[Candidate], weights: Mapping[bytes, float]) -> list[tuple[Candidate, float]]:
    """Best first; equals in an order that does not depend on arrival."""
    ranked = sorted({c.id: c for c in candidates}.values(), key=lambda c: (-weights[c.id], _order(c)))
    return [(candidate, weights[candidate.id]) for candidate in ranked]
