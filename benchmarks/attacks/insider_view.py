"""What a live broker has in memory: every record's points, opened with its own keys, joined where they are equal."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations

from sqlalchemy import select

from benchmarks.attacks.colours import Node
from broker.parts import Parts
from broker.store import records, tables

JOINED = 0.6
"""Records of two sources that share so much of the smaller one's points are one person's."""


@dataclass(frozen=True)
class Held:
    """One record as the broker can see it: source, the agency's pseudonym of its reference, points with key numbers.

    `envelope` is its evidence, sealed to the linkage unit.
    """

    source: str
    ref: bytes
    points: frozenset[tuple[int, bytes]] = field(repr=False)
    envelope: bytes = field(repr=False)


def opened(parts: Parts) -> list[Held]:
    """Every open record."""
    sources = parts.policies.vocabulary.sources
    with parts.store.look() as connection:
        rows = connection.execute(select(tables.records).where(tables.records.c.closed.is_(False))).all()
    found = [records.opened(row, parts.keysets, sources[row.source].agency) for row in rows]
    return [Held(one.source, one.ref, one.points(), one.evidence()) for one in found]


def joined(held: Sequence[Held]) -> list[list[int]]:
    """Records put together by equal points: one list of positions for each person."""
    by_point: dict[tuple[int, bytes], list[int]] = defaultdict(list)
    for at, one in enumerate(held):
        for point in one.points:
            by_point[point].append(at)
    common = Counter(pair for members in by_point.values() for pair in combinations(members, 2))
    group = list(range(len(held)))
    members = {at: [at] for at in group}
    for (first, second), shared in common.items():
        mine, theirs = group[first], group[second]
        if mine != theirs and _is_one_person(held[first], held[second], shared):
            for at in members[theirs]:
                group[at] = mine
            members[mine] += members.pop(theirs)
    return list(members.values())


def _is_one_person(one: Held, other: Held, shared: int) -> bool:
    return one.source != other.source and shared >= JOINED * min(len(one.points), len(other.points))


def nodes(held: Sequence[Held], groups: Sequence[Sequence[int]]) -> list[Node]:
    """Each joined person: all of their points, marked with the sources that hold them."""
    return [
        Node(
            tuple(sorted(held[at].source for at in group)),
            frozenset(point for at in group for point in held[at].points),
        )
        for group in groups
    ]
