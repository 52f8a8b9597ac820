"""The facts as one number. Two spellings, each for its use, and a value that is amiss is the one declared for unknown.

    pack      the place of the combination among all there are, from 0: short, for audit rows
    one_hot   one bit for every value of every fact, of which each fact has exactly one set: for the evaluator

Both go by the vocabulary's order of facts and of their values, so a number means nothing without the vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

from broker.errors import BadInput
from broker.policy.vocabulary import Fact, Vocabulary


@dataclass(frozen=True)
class Layout:
    """`places[fact][value]` is the value's bit and what it adds to the packed number; `unknown` is of each fact."""

    places: Mapping[str, Mapping[str, tuple[int, int]]]
    unknown: Mapping[str, tuple[int, int]]
    size: int

    def place(self, fact: str, value: Any) -> tuple[int, int]:
        """The bit of `value` and what it adds to the packed number; those of the unknown one for anything else."""
        return self.places[fact].get(value, self.unknown[fact]) if isinstance(value, str) else self.unknown[fact]

    def bits(self, fact: str) -> int:
        """The bits of all values of `fact`."""
        return sum(bit for bit, _ in self.places[fact].values())


def layout(vocabulary: Vocabulary) -> Layout:
    """Where each value stands. The last fact of the vocabulary changes quickest in the packed number."""
    places: dict[str, dict[str, tuple[int, int]]] = {}
    bit, weight = 1, 1
    for name, fact in reversed(vocabulary.facts.items()):
        places[name] = {value: (bit << n, weight * n) for value in fact.values if (n := fact.values.index(value)) >= 0}
        bit, weight = bit << len(fact.values), weight * len(fact.values)
    unknown = {name: places[name][fact.unknown] for name, fact in vocabulary.facts.items()}
    return Layout({name: places[name] for name in vocabulary.facts}, unknown, weight)


def pack(vocabulary: Vocabulary, facts: Mapping[str, str]) -> int:
    """The place of `facts` among all combinations, from 0; below 2^53 for any vocabulary of at most 17 facts."""
    number = 0
    for name, fact in vocabulary.facts.items():
        number = number * len(fact.values) + fact.values.index(_listed(fact, facts.get(name)))
    return number


def unpack(vocabulary: Vocabulary, number: int) -> dict[str, str]:
    """The facts whose `pack` is `number`. Raises `BadInput` for a number that no combination has."""
    if not 0 <= number < prod(len(fact.values) for fact in vocabulary.facts.values()):
        hint = "read it with the vocabulary that it was packed with"
        raise BadInput("audit-row-unreadable", "the packed facts are not of this vocabulary", hint=hint)
    facts: dict[str, str] = {}
    for name, fact in reversed(vocabulary.facts.items()):
        number, place = divmod(number, len(fact.values))
        facts[name] = fact.values[place]
    return {name: facts[name] for name in vocabulary.facts}


def one_hot(vocabulary: Vocabulary, facts: Mapping[str, str]) -> int:
    """The bits of `facts`, one for each fact."""
    bits, low = 0, 0
    for name, fact in reversed(vocabulary.facts.items()):
        bits |= 1 << low + fact.values.index(_listed(fact, facts.get(name)))
        low += len(fact.values)
    return bits


def _listed(fact: Fact, value: Any) -> str:
    return value if isinstance(value, str) and value in fact.values else fact.unknown
