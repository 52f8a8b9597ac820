"""Stand-in tokens and evidence: what agencies would post, with 64-bit hashes in the place of keyed points and HMACs.

Match keys and evidence atoms are those of the shipped scheme, made by the agency client's own code. Only the last step
differs: a point or a slot is a plain hash of the same input, because cryptography changes no comparison.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.linkage.persons import NO_STREET
from broker.agency.matchkeys import Person, evidence_atoms, match_keys
from broker.linkage.compare import Points
from broker.tokens import Scheme, atom_type

Vectors = npt.NDArray[np.uint64]


@dataclass(frozen=True, repr=False)
class Encoded:
    """The points (8 bytes each) and the evidence vector, uint64 (n, slots), of every record."""

    points: Sequence[Points]
    vectors: Vectors

    def flat(self) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
        """All points as numbers, and the record of each."""
        joined = b"".join(point for points in self.points for _, point in points)
        sizes = np.fromiter((len(points) for points in self.points), dtype=np.int64, count=len(self.points))
        return np.frombuffer(joined, dtype=np.uint64), np.repeat(np.arange(len(self.points)), sizes)


def encode(people: Sequence[Person], scheme: Scheme, *, step: Callable[[], None] | None = None) -> Encoded:
    """Stand-ins for `people`; `step` is called after each."""
    types = [atom_type(atom) for atom in scheme.atoms]
    vectors = np.zeros((len(people), len(types)), dtype=np.uint64)
    points = []
    for at, person in enumerate(people):
        points.append(frozenset(_points(person, scheme)))
        vectors[at] = [_slot(kind, value) if value else 0 for kind, value in zip(types, _atoms(person, scheme),
                                                                                  strict=True)]  # fmt: skip
        if step is not None:
            step()
    return Encoded(points, vectors)


def _points(person: Person, scheme: Scheme) -> Sequence[tuple[int, bytes]]:
    found = []
    for number, values in match_keys(person, scheme):
        if not any(NO_STREET in value for value in values):
            found.append((number, _hash("\x1f".join((str(number), *values)))))
    return found


def _atoms(person: Person, scheme: Scheme) -> Sequence[Any]:
    return [None if value and NO_STREET in value else value for value in evidence_atoms(person, scheme)]


@lru_cache(maxsize=1 << 20)
def _slot(kind: str, value: str) -> int:
    return int.from_bytes(_hash(f"{kind}\x1f{value}"), "big") or 1


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
