"""A million made-up records, as the store would hold them but in the clear: what cryptography hides stands open.

    label        the first 15 bytes of a point and the number of the source
    reference    the record id, then filler of the same length
    tokens       the points as they stand under the seal, `evidence` the vector; everything at its sealed length

People are in several sources, with mistakes in single fields; three of them share surname and postcode.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from broker.linkage.compare import Points
from broker.tokens import MAX_TOKENS, atom_type, load_scheme

Numbers: TypeAlias = npt.NDArray[np.uint64]

AGENCIES = 20
PEOPLE_PER_RECORD = 0.35
WRONG = 0.03
"""The chance that one field of a record is wrong."""
_FIELDS = {"fn": 0, "sn": 1, "dob": 2, "dsw": 2, "ym": 2, "yd": 2, "md": 2, "yy": 2, "pc": 3, "nhs": 4}
_KEYS = ((0, 1, 2), (0, 2, 3), (1, 2, 3), (0, 1, 3), (0, 1, 2, 3), (1, 2), (0, 2), (2, 3), (1, 3), (4,))
_SIZES = {"reference": 44, "wrapped_key": 60, "tokens": 1052, "evidence": 1564, "content": 1052, "items": 2304}


@dataclass(frozen=True)
class Share:
    """One source's records, in the order of their ids."""

    source: str
    person: Numbers
    ids: npt.NDArray[np.uint8]
    points: npt.NDArray[np.uint8]
    """(records, keys, 32)"""
    vectors: npt.NDArray[np.uint8]

    def labels(self) -> list[tuple[str, bytes, bytes]]:
        """(source, label, reference), in the order of the labels."""
        code = source_code(self.source)
        filler = bytes(_SIZES["reference"] - 16)
        made = [
            (self.source, point[:15].tobytes() + code, one.tobytes() + filler)
            for points, one in zip(self.points, self.ids, strict=True)
            for point in points
        ]
        return sorted(made)

    def rows(self, filler: bytes) -> Iterator[dict[str, Any]]:
        """The rows of the table `records`."""
        numbers = key_numbers()
        for at, one in enumerate(self.ids):
            tokens = b"".join(bytes([n]) + p.tobytes() for n, p in zip(numbers, self.points[at], strict=True))
            yield {
                "id": one.tobytes(), "source": self.source, "ref": one.tobytes()[::-1], "version": 1,
                "batch": bytes(16), "closed": False, "wrapped_key": filler[: _SIZES["wrapped_key"]],
                "tokens": _filled(tokens.ljust(33 * MAX_TOKENS, b"\0"), "tokens", filler),
                "evidence": _filled(self.vectors[at].tobytes(), "evidence", filler),
                "content": filler[: _SIZES["content"]], "items": filler[: _SIZES["items"]],
            }  # fmt: skip


@dataclass(frozen=True)
class MadeUp:
    """`records` records over `AGENCIES` sources, the same for the same seed."""

    records: int
    seed: int = 2026

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(f"s{number:02}" for number in range(AGENCIES))

    @cached_property
    def _holders(self) -> list[Numbers]:
        rng = np.random.default_rng(self.seed)
        people = int(self.records * PEOPLE_PER_RECORD)
        each = self.records // AGENCIES
        return [rng.choice(people, size=each, replace=False).astype(np.uint64) for _ in self.sources]

    def share(self, number: int) -> Share:
        """The records of one source."""
        rng = np.random.default_rng((self.seed, number))
        person = self._holders[number]
        ids = rng.integers(0, 256, size=(len(person), 16), dtype=np.uint8)
        ids[:, 0] = number
        order = np.lexsort(ids.T[::-1])
        values = _values(person)
        wrong = rng.random(values.shape) < WRONG
        values[wrong] = rng.integers(1, 2**63, size=int(wrong.sum()), dtype=np.uint64)
        points, vectors = _points(values), _vectors(values)
        return Share(self.sources[number], person[order], ids[order], points[order], vectors[order])

    def held_of(self, person: int) -> int:
        """How many records a person has."""
        return sum(bool((holders == person).any()) for holders in self._holders)


def source_code(source: str) -> bytes:
    """One byte for a source."""
    return bytes([int(source[1:])])


def key_numbers() -> tuple[int, ...]:
    """Match-key numbers as the scheme in use has them."""
    known = [match_key.number for match_key in load_scheme().match_keys]
    return tuple(known[at % len(known)] for at in range(len(_KEYS)))


def points_in(tokens: bytes) -> Points:
    """The points of a made-up row."""
    return frozenset((tokens[at], tokens[at + 1 : at + 33]) for at in range(0, 33 * MAX_TOKENS, 33) if tokens[at])


def points_of(share: Share, at: int) -> Points:
    """The points of one record of a share."""
    return frozenset((n, point.tobytes()) for n, point in zip(key_numbers(), share.points[at], strict=True))


def vector_bytes() -> int:
    """The length of an evidence vector."""
    return 16 * len(load_scheme().atoms)


def _filled(value: bytes, part: str, filler: bytes) -> bytes:
    return value + filler[: _SIZES[part] - len(value)]


def _values(person: Numbers) -> Numbers:
    """The values of a person's fields; surname and postcode are of the household."""
    household = person // np.uint64(3)
    columns = [person, household, person, household, person]
    return np.stack([_mixed(one * np.uint64(8) + np.uint64(at)) for at, one in enumerate(columns)], axis=1)


def _points(values: Numbers) -> npt.NDArray[np.uint8]:
    made = np.zeros((len(values), len(_KEYS), 4), dtype=np.uint64)
    for at, fields in enumerate(_KEYS):
        value = np.full(len(values), at + 1, dtype=np.uint64)
        for one in fields:
            value = _mixed(value ^ values[:, one])
        for word in range(4):
            made[:, at, word] = _mixed(value + np.uint64(word))
    return made.view(np.uint8).reshape(len(values), len(_KEYS), 32)


def _vectors(values: Numbers) -> npt.NDArray[np.uint8]:
    atoms: Sequence[str] = load_scheme().atoms
    made = np.zeros((len(values), len(atoms), 2), dtype=np.uint64)
    for at, atom in enumerate(atoms):
        kind = atom_type(atom)
        found = _FIELDS.get(kind, _FIELDS.get(kind[:2], _FIELDS.get(kind[:3])))
        if found is not None and "#" not in atom and "~" not in atom:
            made[:, at, 0] = _mixed(values[:, found] ^ np.uint64(at + 1))
    return made.view(np.uint8).reshape(len(values), len(atoms) * 16)


def _mixed(value: Numbers) -> Numbers:
    """SplitMix64: spreads numbers that stand close together."""
    with np.errstate(over="ignore"):
        value = value + np.uint64(0x9E3779B97F4A7C15)
        value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(value ^ (value >> np.uint64(31)), dtype=np.uint64)
