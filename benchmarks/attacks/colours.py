"""Colour refinement of two graphs at once: what any attacker can tell apart by structure, however clever.

A node is a person with a mark (what kinds of token they hold, at which sources); its tokens join it to others. A node
takes a new colour from its own and those of the nodes behind each token, until no class splits (Weisfeiler and Leman).
Two nodes of one colour are alike to every attack of this kind; a colour that each side has once names somebody.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Node:
    """One person's tokens, and what else shows of them. A token is a number and a value that only equality reads."""

    mark: Hashable
    tokens: frozenset[tuple[int, Hashable]]


@dataclass(frozen=True)
class Colours:
    """Colours of both sides' nodes; equal numbers mean the same on either side."""

    encoded: list[int]
    known: list[int]

    def pairs(self) -> list[tuple[int, int]]:
        """(encoded, known) of every colour that each side has exactly once."""
        one, other = Counter(self.encoded), Counter(self.known)
        place = {colour: at for at, colour in enumerate(self.known)}
        return [(at, place[c]) for at, c in enumerate(self.encoded) if one[c] == other.get(c, 0) == 1]

    def by_chance(self) -> float:
        """How many would be right on average if everybody were assigned at random within their colour."""
        return float(len(set(self.encoded) & set(self.known)))


def refine(encoded: Sequence[Node], known: Sequence[Node]) -> Colours:
    """The coarsest stable colours of the two graphs together."""
    nodes = [*encoded, *known]
    holders = [_shared(encoded, 0), _shared(known, len(encoded))]
    colour = _numbered([(node.mark, tuple(sorted(Counter(n for n, _ in node.tokens).items()))) for node in nodes])
    neighbours: dict[int, list[tuple[int, list[int]]]] = defaultdict(list)
    for groups in holders:
        for (number, _), members in groups.items():
            for member in members:
                neighbours[member].append((number, members))
    classes = 0
    while len(set(colour)) > classes:
        classes = len(set(colour))
        colour = _numbered([(colour[at], _around(neighbours.get(at, ()), colour)) for at in range(len(nodes))])
    return Colours(colour[: len(encoded)], colour[len(encoded) :])


def _around(tokens: Sequence[tuple[int, list[int]]], colour: list[int]) -> tuple[Hashable, ...]:
    return tuple(sorted((number, tuple(sorted(colour[other] for other in members))) for number, members in tokens))


def _shared(nodes: Sequence[Node], first: int) -> Mapping[tuple[int, Hashable], list[int]]:
    found: dict[tuple[int, Hashable], list[int]] = defaultdict(list)
    for at, node in enumerate(nodes, start=first):
        for token in node.tokens:
            found[token].append(at)
    return {token: members for token, members in found.items() if len(members) > 1}


def _numbered(values: Sequence[Hashable]) -> list[int]:
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(value, len(numbers)) for value in values]
