"""Conditions as bit masks over one-hot facts: what makes evaluating them, and turning them round, quick and exact.

A condition becomes a few masks; it holds of the facts `x` when `x & mask == 0` for one of them. A mask has the bits of
the values that must not be: `{risk: none}` has those of `concern` and `significant_harm`. So a mask is a box: for each
fact the values that are left. No mask is there that another makes needless, or that leaves a fact no value.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, reduce

from broker.policy.condition import Condition
from broker.policy.packed import Layout

Masks = tuple[int, ...]
ALWAYS: Masks = (0,)
NEVER: Masks = ()


@dataclass(frozen=True)
class Masker:
    """Makes masks for one vocabulary's facts."""

    layout: Layout

    @cached_property
    def _wholes(self) -> tuple[int, ...]:
        return tuple(self.layout.bits(fact) for fact in self.layout.places)

    def met(self, condition: Condition) -> Masks:
        """The masks of `condition`."""
        wanted = sum(self.layout.bits(fact) & ~self._bits(fact, values) for fact, values in condition.facts.items())
        parts = [self.either(map(self.met, condition.any_of))] if condition.any_of else []
        parts += [self.turned(self.met(condition.negated))] if condition.negated else []
        return reduce(self.both, parts, self._least([wanted]))

    def turned(self, masks: Masks) -> Masks:
        """The masks of what is not so by `masks`: for each of them some fact has a value that it forbids."""
        sides = (tuple(whole & ~mask for whole in self._wholes if mask & whole) for mask in masks)
        return reduce(self.both, sides, ALWAYS)

    def both(self, one: Masks, other: Masks) -> Masks:
        """The masks of what is so by `one` and by `other`."""
        return self._least([a | b for a in one for b in other])

    def either(self, several: Iterable[Masks]) -> Masks:
        """The masks of what is so by any of `several`."""
        return self._least([mask for masks in several for mask in masks])

    def _bits(self, fact: str, values: Iterable[str]) -> int:
        return sum(self.layout.places[fact][value][0] for value in set(values))

    def _least(self, masks: Iterable[int]) -> Masks:
        """`masks` without those that leave a fact no value and those within another."""
        kept: list[int] = []
        for mask in sorted(set(masks), key=lambda m: (m.bit_count(), m)):
            if not any(other & ~mask == 0 for other in kept) and all(mask & whole != whole for whole in self._wholes):
                kept.append(mask)
        return tuple(kept)
