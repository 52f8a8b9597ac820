"""What the linkage unit says of a pair: its weight, or of strangers one constant, so that nothing is learnt of them.

    stranger   shares no whole match key, and is more likely another person, with the address and without

Labels find candidates, so whoever is compared in earnest shares a match key with somebody in the call. What is sent for
comparison all the same gets the same weight whoever it is. A conflict stays one: it keeps people apart in a chain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from broker.linkage.levels import Answer, Vectors, levels_between, match_key_between, numbers_apart, placeless
from broker.linkage.model import Bits, Model
from broker.linkage.slots import Pairs
from broker.tokens import Scheme

STRANGER_BITS = -2.0
"""The weight of every pair of strangers. At -4 the few that are one person pull means down: 3 in 10,000 are missed."""


@dataclass(frozen=True)
class Told:
    """A row for each pair: bits with the address and without, whether it is a conflict, whether that conflict is one of
    birthdays alone, which a slip may explain, and whether they are strangers.

    `bits` and `placeless` of strangers are `STRANGER_BITS`.
    """

    bits: Bits
    placeless: Bits
    conflict: Answer
    slip: Answer
    stranger: Answer


def tell(scheme: Scheme, model: Model, *, one: Vectors, other: Vectors) -> Told:
    """What is told of each row of `one` with the same row of `other`."""
    pairs = Pairs(scheme.atoms, one, other)
    found = levels_between(pairs)
    # Both at once: a row is worth the same in any company.
    weights, conflicts = model.weigh(np.concatenate([found, placeless(found)]))
    (bits, without), conflict = np.split(weights, 2), conflicts[: len(found)]
    stranger: Answer = ~match_key_between(scheme, pairs) & (bits < 0) & (without < 0)
    bits, without = (np.where(stranger, STRANGER_BITS, weight) for weight in (bits, without))
    return Told(bits, without, conflict, conflict & ~numbers_apart(found), stranger)
