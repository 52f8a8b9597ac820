"""Two evidence vectors -> how far each field agrees.

    vectors   uint64 (n, slots): the first 8 bytes of each slot of the scheme, in its order; 0: not held
    levels    uint8 (n, fields): the position of the level in `FIELDS[field]`; 0: one side does not hold the field

A field that one of the two does not hold is no evidence, never disagreement. Where several values of a field are held
(an alias, an earlier postcode) any of one side may agree with any of the other. Levels are tried best first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from broker.tokens import Scheme, atom_type

Vectors: TypeAlias = npt.NDArray[np.uint64]
Levels: TypeAlias = npt.NDArray[np.uint8]
Answer: TypeAlias = npt.NDArray[np.bool_]

SLOT_BYTES = 16
NOT_HELD = "not held"
_NUMBER = (NOT_HELD, "same", "one half the same", "both whole, one half the same", "both whole, apart")
_PLAIN = (NOT_HELD, "same", "differs")

FIELDS: Mapping[str, tuple[str, ...]] = {
    "forename": (NOT_HELD, "same", "nickname", "one letter off", "sounds alike", "swapped with surname", "begins alike",
                 "same initial", "differs"),
    "surname": (NOT_HELD, "same", "one letter off", "sounds alike", "swapped with forename", "begins alike",
                "same initial", "differs"),
    "birth": (NOT_HELD, "same", "day and month swapped", "day differs", "month differs", "year differs",
              "year, all that one side holds", "only the year is the same", "differs"),
    "address": (NOT_HELD, "same home", "same postcode", "same postcode, other house", "same sector", "same outcode",
                "elsewhere"),
    "nhs": _NUMBER,
    "nino": _NUMBER,
    "upn": _NUMBER,
    "sex": _PLAIN,
    "middle": _PLAIN,
    "phone": _PLAIN,
    "email": _PLAIN,
    "birth_place": _PLAIN,
}  # fmt: skip
"""The levels of each field, best first after "not held"."""

_WITH_YEAR = frozenset({"dob", "dsw", "ym", "yd"})
_COLUMN = {field: at for at, field in enumerate(FIELDS)}
_WHOLE_APART = 3
_FEW = 2_000
"""Rows that one question weighs, well over."""
_CHECKED = ("nhs", "upn")
"""Identifiers with a check digit: two that differ are no slip of the pen."""


def vectors_of(raws: Sequence[bytes], slots: int) -> Vectors:
    """The vectors of concatenated 16-byte slots, one row for each of `raws`, which have 16 * `slots` bytes each."""
    if not raws:
        return np.zeros((0, slots), dtype=np.uint64)
    table: Any = np.frombuffer(b"".join(raws), dtype=">u8").reshape(len(raws), slots, SLOT_BYTES // 8)
    return np.ascontiguousarray(table[:, :, 0], dtype=np.uint64)


def levels(scheme: Scheme, one: Vectors, other: Vectors) -> Levels:
    """How far each row of `one` agrees with the same row of `other`, for every field of `FIELDS`."""
    pair = _Pair(_slots(scheme.atoms), one, other)
    found = np.zeros((len(one), len(FIELDS)), dtype=np.uint8)
    for field, levels_of in _LEVELS.items():
        held, answers = levels_of(pair)
        # From the worst to the best, so that the best level that holds is what stays.
        column = np.where(held, len(FIELDS[field]) - 1, 0).astype(np.uint8)
        for level in sorted(answers, reverse=True):
            column[held & answers[level]] = level
        found[:, _COLUMN[field]] = column
    _note_swapped(pair, found)
    return found


def conflicts(found: Levels) -> Answer:
    """Whether a row must not be brought together, whatever else agrees, unless people say so.

    Two whole numbers with a check digit differ, and not more identifiers agree than differ; or two whole dates of birth
    have no two parts in common, and no identifier agrees. Twins and a father and son of one name are kept apart so.
    """
    numbers = found[:, [_COLUMN["nhs"], _COLUMN["nino"], _COLUMN["upn"]]]
    same = (numbers == 1).sum(axis=1)
    checked = found[:, [_COLUMN[field] for field in _CHECKED]]
    apart = (checked >= _WHOLE_APART).sum(axis=1)
    birth = found[:, _COLUMN["birth"]] == len(FIELDS["birth"]) - 1
    vetoed: Answer = ((apart > 0) & (apart >= same)) | (birth & (same == 0))
    return vetoed


def placeless(found: Levels) -> Levels:
    """The same without the address, as if neither side held one."""
    without = found.copy()
    without[:, _COLUMN["address"]] = 0
    return without


def shares_match_key(scheme: Scheme, one: Vectors, other: Vectors) -> Answer:
    """Whether each row of `one` has a whole match key in common with the same row of `other`.

    Any value of an atom counts, so a key mixed of several values does too. A key with an atom that is in no slot is not
    seen: another value of an initial, an outcode or a swapped name.
    """
    pair = _Pair(_slots(scheme.atoms), one, other)
    agree = {atom: pair.agree(atom) for atom in {atom for key in scheme.match_keys for atom in key.atoms}}
    # A birthday on 1 January makes match keys, and of it only the year is evidence.
    only_year = pair.both_hold("yy") & ~pair.either_holds("dob")
    for atom in agree.keys() & _WITH_YEAR:
        agree[atom] |= only_year & pair.agree("yy")
    for atom in agree.keys() & {"md"}:
        agree[atom] |= only_year
    shared = np.zeros(len(one), dtype=np.bool_)
    for key in scheme.match_keys:
        shared |= np.logical_and.reduce([agree[atom] for atom in key.atoms])
    return shared


def without_numbers_apart(found: Levels, rows: Answer) -> Levels:
    """The same, where in `rows` numbers that are whole and differ count as not held."""
    without = found.copy()
    for number in ("nhs", "nino", "upn"):
        column = without[:, _COLUMN[number]]
        column[rows & (column >= _WHOLE_APART)] = 0
    return without


class _Pair:
    """Questions to two tables of vectors by atom type."""

    def __init__(self, slots: Mapping[str, tuple[int, ...]], one: Vectors, other: Vectors) -> None:
        self._slots, self._one, self._other = slots, one, other

    def both_hold(self, kind: str) -> Answer:
        columns = list(self._slots.get(kind, ()))
        held: Answer = (self._one[:, columns] != 0).any(axis=1) & (self._other[:, columns] != 0).any(axis=1)
        return held

    def either_holds(self, kind: str) -> Answer:
        columns = list(self._slots.get(kind, ()))
        held: Answer = (self._one[:, columns] != 0).any(axis=1) | (self._other[:, columns] != 0).any(axis=1)
        return held

    def agree(self, *kinds: str) -> Answer:
        """Whether any value of one of the `kinds` is held by both."""
        found = np.zeros(len(self._one), dtype=np.bool_)
        for kind in kinds:
            columns = list(self._slots.get(kind, ()))
            if len(columns) > 1 and len(self._one) <= _FEW:
                # The same in one step, which for few rows is less work than the loop itself.
                mine_all, theirs_all = self._one[:, columns], self._other[:, columns]
                same = (mine_all[:, :, None] == theirs_all[:, None, :]) & (mine_all != 0)[:, :, None]
                found |= same.any(axis=(1, 2))
                continue
            for mine in columns:
                held = self._one[:, mine] != 0
                for theirs in self._slots[kind]:
                    found |= held & (self._one[:, mine] == self._other[:, theirs])
        return found


@lru_cache(maxsize=8)
def _slots(atoms: tuple[str, ...]) -> Mapping[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for at, atom in enumerate(atoms):
        found[atom_type(atom)] = (*found.get(atom_type(atom), ()), at)
    return found


Answers: TypeAlias = "tuple[Answer, dict[int, Answer]]"


def _forename(pair: _Pair) -> Answers:
    return pair.both_hold("fn"), _in_turn(pair, {1: "fn", 2: "fnc", 3: "fn~", 4: "fnp", 6: "fn3", 7: "fn1"})


def _surname(pair: _Pair) -> Answers:
    return pair.both_hold("sn"), _in_turn(pair, {1: "sn", 2: "sn~", 3: "snp", 5: "sn3", 6: "sn1"})


def _birth(pair: _Pair) -> Answers:
    whole, year = pair.both_hold("dob"), pair.agree("yy")
    answers = _in_turn(pair, {1: "dob", 2: "dsw", 3: "ym", 4: "yd", 5: "md"})
    answers[6], answers[7] = year & ~whole, year & whole
    return whole | pair.both_hold("yy"), answers


def _address(pair: _Pair) -> Answers:
    home, postcode = pair.agree("hnpc", "uprn"), pair.agree("pc")
    # A house is only another one where both sides say which it is.
    answers = {1: home, 2: postcode & ~pair.both_hold("hnpc"), 3: postcode, 4: pair.agree("pcs"), 5: pair.agree("pco")}
    return pair.both_hold("pc") | home, answers


def _number(pair: _Pair, kind: str) -> Answers:
    whole, half = pair.both_hold(kind), pair.agree(f"{kind}A") | pair.agree(f"{kind}B")
    same = pair.agree(kind)
    # A number that fails its check digit is known by its halves only, and says nothing when neither agrees.
    return same | whole | half, {1: same, 2: half & ~whole, 3: half & whole}


def _plain(pair: _Pair, kind: str) -> Answers:
    return pair.both_hold(kind), {1: pair.agree(kind)}


def _in_turn(pair: _Pair, kinds: Mapping[int, str]) -> dict[int, Answer]:
    return {level: pair.agree(kind) for level, kind in kinds.items()}


_LEVELS: Mapping[str, Callable[[_Pair], Answers]] = {
    "forename": _forename,
    "surname": _surname,
    "birth": _birth,
    "address": _address,
    "nhs": lambda pair: _number(pair, "nhs"),
    "nino": lambda pair: _number(pair, "nino"),
    "upn": lambda pair: _number(pair, "upn"),
    "sex": lambda pair: _plain(pair, "sex"),
    "middle": lambda pair: _plain(pair, "mi"),
    "phone": lambda pair: _plain(pair, "phone"),
    "email": lambda pair: _plain(pair, "email"),
    "birth_place": lambda pair: _plain(pair, "bp"),
}


def _note_swapped(pair: _Pair, found: Levels) -> None:
    """Forename and surname in each other's place: where neither agrees as it stands, and both do crosswise by sound."""
    forename, surname = _COLUMN["forename"], _COLUMN["surname"]
    # Worse than sounding alike, as they stand.
    neither = (found[:, forename] >= 6) & (found[:, surname] >= 5)
    swapped = neither & pair.agree("nsw")
    found[swapped, forename], found[swapped, surname] = 5, 4
