"""What resolving asks for and is fed: it does no look-up and no comparison itself.

LookUp   ->  Found       records that share a label with any of some sets of points
Compare  ->  Weighed     bits and conflicts of pairs, from the linkage unit, at most two calls a question
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from broker.linkage.compare import Candidate, Points

QUESTION = b""
"""Stands for the question itself in a pair, where a record has its id."""

Pair: TypeAlias = frozenset[bytes]
Verdicts: TypeAlias = Mapping[Pair, str]


@dataclass(frozen=True)
class LookUp:
    """The sets of points whose labels are looked up."""

    points: Sequence[Points]


@dataclass(frozen=True)
class Found:
    """What a round of look-ups brought: the candidates, and people's verdicts on pairs among all candidates so far."""

    candidates: Sequence[Candidate]
    verdicts: Verdicts


@dataclass(frozen=True)
class Compare:
    """Every pivot is compared with every other envelope of the call. Ids of records; `QUESTION` is the first pivot."""

    call: int
    pivots: Sequence[bytes]
    others: Sequence[bytes]


@dataclass(frozen=True)
class Weight:
    """What one pair agrees on, in bits, with its addresses and without, and whether something in it rules out that they
    are the same person. `slip`: that is a date of birth alone, so it is one for people to check."""

    bits: float
    placeless: float
    conflict: bool = False
    slip: bool = False


Weighed: TypeAlias = Mapping[Pair, Weight]


def pair(one: bytes, other: bytes) -> Pair:
    return frozenset((one, other))
