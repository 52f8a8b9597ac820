"""Dates as people type and spreadsheets mangle them, and which order of day and month a whole column is written in.

    iso          2026-03-12, 2026/3/12, with or without a time     compact      20260312
    day-first    12/03/2026, 12.3.26, 12-03-2026 00:00             compact-day  12032026
    month-first  03/12/2026                                        excel        46093 (days since 30 December 1899)
    words        12 March 2026, 12-Mar-26, March 12 2026

One cell such as 03/04/2026 can't say which of the two comes first. A column can: `sniff` reads all of it, and says so
when it can't tell or when the cells contradict each other.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

from broker.agency.field import BLANK, Field, invalid, placeholder, valid, word_set
from broker.agency.latin import plain

Order = Literal["day-first", "month-first", "ambiguous", "contradictory", "none"]

FORMATS = ("iso", "day-first", "month-first", "words", "compact", "compact-day", "excel")
AUTO = ("iso", "words", "compact", "excel")
"""What `auto` stands for; `day-first` or `month-first` is added by what the column says."""

MAX_AGE_YEARS = 120
LONGEST_PREGNANCY_DAYS = 300

_TIME = re.compile(r"[t ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[ap]m)?(?:z|[+-]\d{2}:?\d{2})?$")
_ISO = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$")
_PARTS = re.compile(r"^(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})$")
_WORDS = re.compile(r"^(?:[a-z]+,? )?(\d{1,2})(?:st|nd|rd|th)?[- /]?([a-z]{3,9})\.?,?[- /]?(\d{4}|\d{2})$")
_WORDS_MONTH_FIRST = re.compile(r"^([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})$")
MONTH_NAMES = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTHS = tuple(name[:3] for name in MONTH_NAMES)
_UNKNOWN = word_set("unknown notknown na nk none null tbc notgiven notrecorded nan nat")
# Typed when the case system insists on a date, or the ends of what databases and spreadsheets can hold.
_MADE_UP = frozenset(
    {"1900-01-01", "1901-01-01", "1899-12-30", "1899-12-31", "1800-01-01", "0001-01-01", "1111-11-11"}
    | {"1753-01-01", "9999-12-31", "9999-09-09", "9999-01-01", "2999-12-31", "2099-12-31"}
)
_EXCEL_EPOCH = dt.date(1899, 12, 30)


def sniff(cells: Iterable[str]) -> Order:
    """Which comes first in the cells that are written like 12/03/2026: told by numbers over twelve.

    A cell such as 13/13/1999 is a date in neither order and tells nothing.
    """
    first_over, second_over, seen = False, False, False
    for cell in cells:
        if parts := _PARTS.match(_bare(cell)):
            first, second = int(parts[1]) > 12, int(parts[2]) > 12
            seen = True
            first_over |= first and not second
            second_over |= second and not first
    if first_over and second_over:
        return "contradictory"
    if first_over or second_over:
        return "day-first" if first_over else "month-first"
    return "ambiguous" if seen else "none"


def parse(text: str, formats: tuple[str, ...], *, today: dt.date, ahead: int = 2) -> dt.date | None:
    """The date in `text` by the first of `formats` that fits, or None. A format with `%` is one of `strptime`.

    A two-digit year is at most `ahead` years after `today`: two for what is planned, none for a birth.
    """
    bare = _bare(text)
    latest = today.year + ahead
    for form in formats:
        if found := _parse_as(bare, form, latest=latest):
            return found
    return None


@lru_cache(maxsize=65_536)
def read_date(text: str, formats: tuple[str, ...], *, today: dt.date, ahead: int = 2) -> Field:
    """A date of an event in ISO form."""
    if not text.strip():
        return BLANK
    if re.sub(r"[^a-z]", "", plain(text)) in _UNKNOWN or not re.search(r"[^\W0_]", text):
        return placeholder("a word or noughts for no date")
    found = parse(text, formats, today=today, ahead=ahead)
    if found is None:
        return invalid("not a date that exists, in any of the formats of the mapping")
    return placeholder("a made-up date") if found.isoformat() in _MADE_UP else valid(found.isoformat())


@lru_cache(maxsize=65_536)
def read_dob(text: str, formats: tuple[str, ...], *, today: dt.date) -> Field:
    """A date of birth in ISO form: not after `today`, and at most 120 years ago."""
    read = read_date(text, formats, today=today, ahead=0)
    if read.state != "valid":
        return read
    born = dt.date.fromisoformat(read.value)
    if born > today:
        return placeholder("in the future")
    return placeholder("over 120 years ago") if today.year - born.year > MAX_AGE_YEARS else read


def dob(text: str, formats: tuple[str, ...], *, today: dt.date) -> dt.date | None:
    """The usable date of birth in `text`, or None when it is blank, wrong or a placeholder."""
    read = read_dob(text, formats, today=today)
    return dt.date.fromisoformat(read.value) if read.value else None


def is_expected(text: str, formats: tuple[str, ...], *, today: dt.date) -> bool:
    """Whether `text` is a day on which a child who is not born yet is expected."""
    found = parse(text, formats, today=today)
    return found is not None and today < found <= today + dt.timedelta(days=LONGEST_PREGNANCY_DAYS)


def age_band(born: dt.date | None, *, on: dt.date) -> str:
    """The age band on the day `on`, as agreements name them."""
    if born is None:
        return "unknown"
    if born > on:
        return "unborn"
    age = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    bands = ((5, "0_4"), (13, "5_12"), (16, "13_15"), (18, "16_17"), (65, "18_64"))
    return next((band for under, band in bands if age < under), "65_plus")


def _bare(text: str) -> str:
    return _TIME.sub("", plain(text[:60])).strip()


def _parse_as(bare: str, form: str, *, latest: int) -> dt.date | None:
    if form == "iso" and (found := _ISO.match(bare)):
        return _date(found[1], found[2], found[3], latest=latest)
    if form in ("day-first", "month-first") and (found := _PARTS.match(bare)):
        day, month = (found[1], found[2]) if form == "day-first" else (found[2], found[1])
        return _date(found[3], month, day, latest=latest)
    if form == "words":
        return _parse_words(bare, latest=latest)
    if form == "compact" and re.fullmatch(r"(?:1[89]|20)\d{6}", bare):
        return _date(bare[:4], bare[4:6], bare[6:], latest=latest)
    if form == "compact-day" and re.fullmatch(r"\d{8}", bare):
        return _date(bare[4:], bare[2:4], bare[:2], latest=latest)
    # Five digits only (from 1927 on): four are more likely a bare year.
    if form == "excel" and re.fullmatch(r"\d{5}(?:\.\d+)?", bare):
        return _EXCEL_EPOCH + dt.timedelta(days=int(bare.split(".", maxsplit=1)[0]))
    return _by_pattern(bare, form, latest=latest) if "%" in form else None


def _by_pattern(bare: str, pattern: str, *, latest: int) -> dt.date | None:
    try:
        found = dt.datetime.strptime(bare, pattern).date()  # noqa: DTZ007 (only the date is kept)
        return found.replace(year=found.year - 100) if "%y" in pattern and found.year > latest else found
    except (ValueError, re.error):
        return None


def _parse_words(bare: str, *, latest: int) -> dt.date | None:
    if found := _WORDS.match(bare):
        day, name, year = found[1], found[2], found[3]
    elif found := _WORDS_MONTH_FIRST.match(bare):
        day, name, year = found[2], found[1], found[3]
    else:
        return None
    if name not in _MONTHS and name not in MONTH_NAMES and name != "sept":
        return None
    return _date(year, str(_MONTHS.index(name[:3]) + 1), day, latest=latest)


def _date(year: str, month: str, day: str, *, latest: int) -> dt.date | None:
    number = int(year)
    if len(year) == 2:
        number += latest - latest % 100
        number -= 100 if number > latest else 0
    try:
        return dt.date(number, int(month), int(day))
    except ValueError:
        return None
