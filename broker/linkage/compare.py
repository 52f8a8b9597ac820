"""Two records' points -> which match keys they share, and which both hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

Points: TypeAlias = frozenset[tuple[int, bytes]]
"""Unmasked points with their match-key numbers. A number has several where the agency holds several values."""


@dataclass(frozen=True)
class Candidate:
    """A record that may be about the person: its id, the source that holds it, and its points."""

    id: bytes
    source: str
    points: Points = field(repr=False)

    def shares(self, points: Points) -> bool:
        """Whether it has any of `points`."""
        return not self.points.isdisjoint(points)


@dataclass(frozen=True)
class Agreement:
    """The match-key numbers on which two records agree, and those that both hold but differ in."""

    shared: frozenset[int]
    differing: frozenset[int]


def agreement(one: Points, other: Points) -> Agreement:
    """How two sets of points agree. A match key that one of them does not hold is no evidence either way."""
    both = frozenset(number for number, _ in one) & frozenset(number for number, _ in other)
    shared = frozenset(number for number, _ in one & other)
    return Agreement(shared, both - shared)
