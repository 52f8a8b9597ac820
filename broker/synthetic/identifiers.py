"""Fictional national numbers and phone numbers that are right in form and belong to nobody.

- NHS number: the 999 range that is kept for tests, with its modulus 11 check digit (weights 10 to 2).
- UPN: local authority 999, which does not exist; check letter = sum of digit times position (2 to 13), modulo 23.
- National Insurance number: prefix ZJ. It has the right form (the letters D F I Q U V and the pairs BG GB KN NK NT TN
  ZZ are not used), and the list of issued prefixes in circulation since 2006 does not hold it. `ZZ` would be safer
  still, but a reader that checks the form has to refuse it.
- Phones: the ranges that Ofcom keeps for radio and television drama.
"""

from __future__ import annotations

from collections.abc import Iterator

UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
NINO_PREFIX = "ZJ"

# Ranges of 1,000 numbers for people. Staff have 01632 960, so that a person's number is never also a worker's.
_PEOPLE_RANGES = (
    "07700 900", "0113 496 0", "0114 496 0", "0115 496 0", "0116 496 0", "0117 496 0", "0118 496 0", "0121 496 0",
    "0131 496 0", "0141 496 0", "0151 496 0", "0161 496 0", "0191 498 0", "020 7946 0", "028 9649 6", "029 2018 0",
    "03069 990",
)  # fmt: skip


def nhs_check_digit(stem: str) -> int:
    """The tenth digit of a nine-digit stem; 10 means that the stem is not used."""
    return (11 - sum(int(digit) * weight for digit, weight in zip(stem, range(10, 1, -1), strict=True)) % 11) % 11


def nhs_numbers(seed: int) -> Iterator[str]:
    """About 909,000 different valid numbers of the 999 range, in an order that depends on `seed`."""
    for serial in range(1_000_000):
        stem = f"999{(serial * 73_939 + seed * 7_919) % 1_000_000:06d}"
        check = nhs_check_digit(stem)
        if check < 10:
            yield f"{stem}{check}"


def upn(serial: int, year: int) -> str:
    """The unique pupil number of a child who started school in `year`; different for every serial below 900,000."""
    digits = f"999{4001 + serial // 1000:04d}{year % 100:02d}{serial % 1000:03d}"
    return UPN_LETTERS[sum(int(digit) * place for place, digit in enumerate(digits, start=2)) % 23] + digits


def nino(serial: int) -> str:
    """A National Insurance number; different for every serial below four million."""
    number = serial * 7_919 % 1_000_000
    return f"{NINO_PREFIX}{number:06d}{'ABCD'[serial // 1_000_000]}"


def person_phone(serial: int) -> str:
    """A drama number; different for the first 17,000 serials, then they come round again."""
    block, number = divmod(serial, 1000)
    return f"{_PEOPLE_RANGES[block % len(_PEOPLE_RANGES)]}{number:03d}"


def staff_phone(serial: int) -> str:
    """A drama number of the range kept for the staff of agencies."""
    return f"01632 960{serial % 1000:03d}"
