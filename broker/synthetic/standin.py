"""Records with stand-ins for points and evidence: equal where the real ones are equal, without the cryptography.

For training the match model and for measuring match quality, where what is compared matters and how it is hidden does
not. Nothing of this is ever sent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np

from broker.agency.matchkeys import Person, evidence_atoms, match_keys
from broker.linkage.compare import Points
from broker.linkage.levels import Vectors
from broker.tokens import Scheme, atom_type


def points_of(person: Person, scheme: Scheme) -> Points:
    """A stand-in for the points of a person's match keys."""
    return frozenset(
        (number, hashlib.sha256(repr((number, tuple(values))).encode()).digest())
        for number, values in match_keys(person, scheme)
    )


def vectors(people: Iterable[Person], scheme: Scheme) -> Vectors:
    """Stand-ins for the evidence vectors of `people`, one row each."""
    kinds = [atom_type(atom) for atom in scheme.atoms]
    rows = [_row(evidence_atoms(person, scheme), kinds) for person in people]
    return np.array(rows, dtype=np.uint64).reshape(len(rows), len(kinds))


def _row(atoms: Sequence[str | None], kinds: Sequence[str]) -> list[int]:
    return [_slot(kind, atom) if atom else 0 for kind, atom in zip(kinds, atoms, strict=True)]


@lru_cache(maxsize=1 << 20)
def _slot(kind: str, atom: str) -> int:
    return int.from_bytes(hashlib.blake2b(f"{kind}|{atom}".encode(), digest_size=8).digest(), "big") or 1
