"""What the linkage unit says of a pair: its weight, or of strangers one constant, so that nothing is learnt of them.

    stranger   shares no whole match key, and is more likely another person, with the address and without

Labels find candidates, so whoever is compared in earnest shares a match key with somebody in the call. What is sent for
comparison all the same gets the same weight whoever it is. A conflict stays one: it keeps people apart in a chain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from broker.linkage.levels import Answer, Vectors, levels, placeless, shares_match_key
from broker.linkage.model import Bits, Model
from broker.tokens import Scheme

STRANGER_BITS = -2.0
"""The weight of every pair of strangers. At -4 the few that are one person pull means down: 3 in 10,000 are missed."""


@dataclass(frozen=True)
class Told:
    """A row for each pair: bits with the address and without, whether it is a conflict, and whether they are strangers.

    `bits` and `placeless` of strangers are `STRANGER_BITS`.
    """

    bits: Bits
    placeless: Bits
    conflict: Answer
    stranger: Answer


def tell(scheme: Scheme, model: Model, *, one: Vectors, other: Vectors) -> Told:
    """What is told of each row of `one` with the same row of `other`."""
    found = levels(scheme, one, other)
    bits, conflict = model.weigh(found)
    without, _ = model.weigh(placeless(found))
    stranger: Answer = ~shares_match_key(scheme, one, other) & (bits < 0) & (without < 0)
    bits, without = (np.where(stranger, STRANGER_BITS, weight) for weight in (bits, without))
    return Told(bits, without, conflict, stranger)
