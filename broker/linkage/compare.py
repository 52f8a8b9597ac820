"""Two records' points -> which match keys they share, and which both hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Points = Mapping[int, bytes]


@dataclass(frozen=True)
class Candidate:
    """A record that may be about the person: its id, the source that holds it, and its points by match-key number."""

    id: bytes
    source: str
    points: Points = field(repr=False)


@dataclass(frozen=True)
class Agreement:
    """The match-key numbers on which two records agree, and those that both hold but differ in."""

    shared: frozenset[int]
    differing: frozenset[int]


def agreement(one: Points, other: Points) -> Agreement:
    """How two sets of points agree. A match key that one of them does not hold is no evidence either way."""
    both = one.keys() & other.keys()
    shared = frozenset(number for number in both if one[number] == other[number])
    return Agreement(shared, frozenset(both) - shared)
