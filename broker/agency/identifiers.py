"""National numbers, checked: a number that fails its check digit is somebody else's or nobody's, and is left out.

NHS number   10 digits, the last a mod 11 check (NHS Data Dictionary); 999 is the range for synthetic people
NINO         two letters, six digits, and a suffix that does not identify and is dropped (HMRC NIM39110)
UPN          letter, LA, school, year, serial: 13 characters, the letter a mod 23 check (DfE UPN guide)
UPRN         1 to 12 digits, no check
"""

from __future__ import annotations

import re

from broker.agency.field import BLANK, Field, invalid, placeholder, valid, word_set
from broker.agency.latin import plain

_UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
_NINO = re.compile(r"^(?![A-Z]?[DFIQUV])(?!.O)(?!BG|GB|NK|KN|NT|ZZ)[A-Z]{2}[0-9]{6}[A-D]?$")
_UNKNOWN = word_set("UNKNOWN NOTKNOWN NA NK NONE NULL TBC NOTHELD NOTAPPLICABLE")


def _compact(text: str) -> str:
    """Upper case without spaces and punctuation; a spreadsheet's `.0` at the end is dropped."""
    upper = re.sub(r"\.0+$", "", plain(text).upper())
    return re.sub(r"[^A-Z0-9]", "", upper)


def _not_a_number(text: str, compact: str) -> Field | None:
    """What all identifiers have in common: nothing typed, a word for nothing, one digit repeated, a spoilt number."""
    if not text.strip():
        return BLANK
    if not compact or compact in _UNKNOWN:
        return placeholder("a word for no number")
    if len(set(compact)) == 1:
        return placeholder("one character repeated")
    if re.fullmatch(r"\s*\d(?:[.,]\d+)?[eE]\+?\d+\s*", text):
        return invalid("spoilt by a spreadsheet (scientific notation), export it as text")
    return None


def nhs_number(text: str) -> Field:
    """The ten digits of an NHS number."""
    digits = _compact(text)
    if early := _not_a_number(text, digits):
        return early
    if not re.fullmatch(r"[0-9]{10}", digits):
        return invalid("not ten digits")
    check = -sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    if check != int(digits[9]):
        return invalid("check digit fails", unchecked=digits)
    return valid(digits)


def is_synthetic_nhs(number: str) -> bool:
    """Whether a canonical NHS number is of the range kept for synthetic people."""
    return number.startswith("999")


def nino(text: str) -> Field:
    """The first eight characters of a National Insurance number."""
    number = _compact(text)
    if early := _not_a_number(text, number):
        return early
    if number.startswith(("TN", "PP", "AB123456")) or re.fullmatch(r"[A-Z]{2}0{6}[A-D]?|QQ123456[A-D]?", number):
        return placeholder("a temporary or example number")
    return valid(number[:8]) if _NINO.match(number) else invalid("not the form of a National Insurance number")


def upn(text: str) -> Field:
    """The thirteen characters of a permanent unique pupil number. A temporary one is not followed between schools."""
    number = _compact(text)
    if re.fullmatch(r"UN[1-9]", number):
        return Field("blank", reason="a code for why there is no number")
    if early := _not_a_number(text, number):
        return early
    if not re.fullmatch(rf"[{_UPN_LETTERS}][0-9]{{11}}[0-9{_UPN_LETTERS}]", number):
        return invalid("not the form of a unique pupil number")
    values = [_UPN_LETTERS.index(char) if char.isalpha() else int(char) for char in number[1:]]
    check = sum(value * position for position, value in enumerate(values, start=2)) % 23
    is_temporary = number[12].isalpha()
    if _UPN_LETTERS[check] != number[0]:
        return invalid("check letter fails", unchecked="" if is_temporary else number)
    return placeholder("a temporary number") if is_temporary else valid(number)


def uprn(text: str) -> Field:
    """The digits of a unique property reference number, without leading noughts."""
    digits = _compact(text)
    # Given out from one up, so a repeated digit is a real property here.
    if re.fullmatch(r"[0-9]{1,12}", digits):
        return valid(digits.lstrip("0")) if digits.strip("0") else placeholder("noughts only")
    return _not_a_number(text, digits) or invalid("not one to twelve digits")
