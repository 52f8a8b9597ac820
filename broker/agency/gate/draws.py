"""Random numbers by position instead of by turn: the n-th draw of a named stream is the same for ever.

    uniform("surname", index)  ->  float64 in [0, 1)      one for each number in `index`

SplitMix64 (Steele, Lea, Flood 2014) of a counter. Adding a column to the population changes no other column, and no
release of numpy changes any.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def mix(values: Hashes) -> Hashes:
    """The SplitMix64 finaliser of every value: a permutation of 64 bits, so that different values stay different."""
    mixed = values + _STEP
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
    return mixed ^ (mixed >> np.uint64(31))


def stream(name: str) -> np.uint64:
    """The 64-bit number that stands for a stream's or key's name."""
    return np.uint64(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big"))


def uniform(name: str, index: Ints) -> Floats:
    """One number in [0, 1) for each of `index`, from the stream `name`."""
    bits = mix(mix(index.astype(np.uint64)) ^ stream(name))
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53


def chance(name: str, index: Ints, rate: float) -> Bools:
    """Which of `index` something happens to that happens to a share `rate`."""
    found: Bools = uniform(name, index) < rate
    return found


def pick(name: str, index: Ints, *, count: int) -> Ints:
    """A number from 0 to `count` - 1 for each of `index`, all equally likely."""
    return (uniform(name, index) * count).astype(np.int64)


def weighted(name: str, index: Ints, cumulative: Floats) -> Ints:
    """A place in `cumulative` (rising to 1.0) for each of `index`."""
    found: Ints = np.searchsorted(cumulative, uniform(name, index), side="right").astype(np.int64)
    return np.minimum(found, len(cumulative) - 1)
