"""Two evidence vectors -> how far each field agrees.

    vectors   uint64 (n, slots): the first 8 bytes of each slot of the scheme, in its order; 0: not held
    levels    uint8 (n, fields): the position of the level in `FIELDS[field]`; 0: one side does not hold the field

A field that one of the two does not hold is no evidence, never disagreement. Where several values of a field are held
(an alias, an earlier postcode) any of one side may agree with any of the other. Levels are tried best first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from broker.linkage.slots import Answer as Answer
from broker.linkage.slots import Pairs
from broker.linkage.slots import Vectors as Vectors
from broker.tokens import Scheme

Levels: TypeAlias = npt.NDArray[np.uint8]

SLOT_BYTES = 16
NOT_HELD = "not held"
_NUMBER = (NOT_HELD, "same", "one half the same", "both whole, one half the same", "both whole, apart")
_PLAIN = (NOT_HELD, "same", "differs")

FIELDS: Mapping[str, tuple[str, ...]] = {
    "forename": (NOT_HELD, "same", "nickname", "one letter off", "sounds and begins alike", "sounds alike",
                 "swapped with surname", "begins alike", "same initial", "differs"),
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
_WORST = np.uint8(255)
"""Worse than every level."""
_CHECKED = ("nhs", "upn")
"""Identifiers with a check digit: two that differ are no slip of the pen."""


def _is_one_of(field: str, *words: str) -> Answer:
    """For every level of a field whether it is one of these: to be asked for many rows at once."""
    return np.array([word in words for word in FIELDS[field]], dtype=np.bool_)


_ANOTHER_FORENAME = _is_one_of("forename", "sounds alike", "begins alike", "same initial", "differs")
_SURNAME_ALIKE = _is_one_of("surname", "same", "one letter off", "sounds alike", "begins alike")
_BIRTH_ALIKE = _is_one_of("birth", "same", "day and month swapped", "day differs", "year, all that one side holds")


def vectors_of(raws: Sequence[bytes], slots: int) -> Vectors:
    """The vectors of concatenated 16-byte slots, one row for each of `raws`, which have 16 * `slots` bytes each."""
    if not raws:
        return np.zeros((0, slots), dtype=np.uint64)
    table: Any = np.frombuffer(b"".join(raws), dtype=">u8").reshape(len(raws), slots, SLOT_BYTES // 8)
    return np.ascontiguousarray(table[:, :, 0], dtype=np.uint64)


def levels(scheme: Scheme, one: Vectors, other: Vectors) -> Levels:
    """How far each row of `one` agrees with the same row of `other`, for every field of `FIELDS`."""
    return levels_between(Pairs(scheme.atoms, one, other))


def levels_between(pair: Pairs) -> Levels:
    """The same of two tables that are paired already."""
    of_field = [(field, *levels_of(pair)) for field, levels_of in _LEVELS.items()]
    ranks = np.array([[level] for _, _, answers in of_field for level in answers], dtype=np.uint8)
    said = np.where([answer for _, _, answers in of_field for answer in answers.values()], ranks, _WORST)
    found, at = np.zeros((said.shape[1], len(FIELDS)), dtype=np.uint8), 0
    for field, held, answers in of_field:
        # The best level that holds is the smallest.
        best = said[at : at + len(answers)].min(axis=0, initial=len(FIELDS[field]) - 1)
        found[:, _COLUMN[field]], at = best * held, at + len(answers)
    _note_swapped(pair, found)
    return found


def conflicts(found: Levels) -> Answer:
    """Whether a row must not be brought together, whatever else agrees, unless people say so.

    Two whole numbers with a check digit differ, and not more identifiers agree than differ; or the birthdays are apart.
    Twins and a father and son of one name are kept apart so.
    """
    return numbers_apart(found) | birthdays_apart(found)


def numbers_apart(found: Levels) -> Answer:
    """Whether numbers with a check digit differ, and not more identifiers agree than differ: no slip explains that."""
    checked = found[:, [_COLUMN[field] for field in _CHECKED]]
    apart = (checked >= _WHOLE_APART).sum(axis=1)
    answer: Answer = (apart > 0) & (apart >= _numbers_alike(found))
    return answer


def birthdays_apart(found: Levels) -> Answer:
    """Whether two whole dates of birth have no two parts in common, and no identifier agrees."""
    birth = found[:, _COLUMN["birth"]] == len(FIELDS["birth"]) - 1
    answer: Answer = birth & (_numbers_alike(found) == 0)
    return answer


def twins_look_so(found: Levels) -> Answer:
    """Whether only a forename speaks for another person, as between twins: it does not agree as it is written or known,
    surname and birthday do, and no identifier says that they are one."""
    other_forename = _ANOTHER_FORENAME[found[:, _COLUMN["forename"]]]
    surname = _SURNAME_ALIKE[found[:, _COLUMN["surname"]]]
    birth = _BIRTH_ALIKE[found[:, _COLUMN["birth"]]]
    answer: Answer = other_forename & surname & birth & (_numbers_alike(found) == 0)
    return answer


def _numbers_alike(found: Levels) -> npt.NDArray[np.int64]:
    """How many identifiers of each row agree."""
    numbers = found[:, [_COLUMN["nhs"], _COLUMN["nino"], _COLUMN["upn"]]]
    alike: npt.NDArray[np.int64] = np.count_nonzero(numbers == 1, axis=1)
    return alike


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
    return match_key_between(scheme, Pairs(scheme.atoms, one, other))


def match_key_between(scheme: Scheme, pair: Pairs) -> Answer:
    """The same of two tables that are paired already."""
    agree = {atom: pair.agree(atom) for key in scheme.match_keys for atom in key.atoms}
    # A birthday on 1 January makes match keys, and of it only the year is evidence.
    only_year = pair.both_hold("yy") & ~pair.either_holds("dob")
    same_year = only_year & pair.agree("yy")
    agree |= {atom: agree[atom] | same_year for atom in agree.keys() & _WITH_YEAR}
    agree |= {atom: agree[atom] | only_year for atom in agree.keys() & {"md"}}
    keys = [np.logical_and.reduce([agree[atom] for atom in key.atoms]) for key in scheme.match_keys]
    shared: Answer = np.logical_or.reduce(keys)
    return shared


def without_numbers_apart(found: Levels, rows: Answer) -> Levels:
    """The same, where in `rows` numbers that are whole and differ count as not held."""
    without = found.copy()
    for number in ("nhs", "nino", "upn"):
        column = without[:, _COLUMN[number]]
        column[rows & (column >= _WHOLE_APART)] = 0
    return without


Answers: TypeAlias = "tuple[Answer, dict[int, Answer]]"


def _forename(pair: Pairs) -> Answers:
    answers = _in_turn(pair, {1: "fn", 2: "fnc", 3: "fn~", 5: "fnp", 7: "fn3", 8: "fn1"})
    # Short names sound alike by little: Ella and Isla do.
    answers[4] = answers[5] & answers[7]
    return pair.both_hold("fn"), answers


def _surname(pair: Pairs) -> Answers:
    return pair.both_hold("sn"), _in_turn(pair, {1: "sn", 2: "sn~", 3: "snp", 5: "sn3", 6: "sn1"})


def _birth(pair: Pairs) -> Answers:
    whole, year = pair.both_hold("dob"), pair.agree("yy")
    answers = _in_turn(pair, {1: "dob", 2: "dsw", 3: "ym", 4: "yd", 5: "md"})
    answers[6], answers[7] = year & ~whole, year & whole
    return whole | pair.both_hold("yy"), answers


def _address(pair: Pairs) -> Answers:
    home, postcode = pair.agree("hnpc", "uprn"), pair.agree("pc")
    # A house is only another one where both sides say which it is.
    answers = {1: home, 2: postcode & ~pair.both_hold("hnpc"), 3: postcode, 4: pair.agree("pcs"), 5: pair.agree("pco")}
    return pair.both_hold("pc") | home, answers


def _number(pair: Pairs, kind: str) -> Answers:
    whole, half = pair.both_hold(kind), pair.agree(f"{kind}A") | pair.agree(f"{kind}B")
    same = pair.agree(kind)
    # A number that fails its check digit is known by its halves only, and says nothing when neither agrees.
    return same | whole | half, {1: same, 2: half & ~whole, 3: half & whole}


def _plain(pair: Pairs, kind: str) -> Answers:
    return pair.both_hold(kind), {1: pair.agree(kind)}


def _in_turn(pair: Pairs, kinds: Mapping[int, str]) -> dict[int, Answer]:
    return {level: pair.agree(kind) for level, kind in kinds.items()}


_LEVELS: Mapping[str, Callable[[Pairs], Answers]] = {
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


def _note_swapped(pair: Pairs, found: Levels) -> None:
    """Forename and surname in each other's place: where neither agrees as it stands, and both do crosswise by sound."""
    forename, surname = _COLUMN["forename"], _COLUMN["surname"]
    # Worse than sounding alike, as they stand.
    neither = (found[:, forename] >= 7) & (found[:, surname] >= 5)
    swapped = neither & pair.agree("nsw")
    found[swapped, forename], found[swapped, surname] = 6, 4
