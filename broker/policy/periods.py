"""Days and calendar periods in words.

period("P1Y6M")                1 year and 6 months
date(dt.date(2026, 4, 1))      1 April 2026
"""

from __future__ import annotations

import calendar
import datetime as dt
import re

from broker.policy.days import PERIOD


def date(on: dt.date) -> str:
    """`on` in words: 1 April 2026."""
    return f"{on.day} {calendar.month_name[on.month]} {on.year}"


def period(written: str) -> str:
    """A calendar period in words, or as it is written when it is none."""
    found = re.fullmatch(PERIOD, written, re.ASCII)
    if found is None:
        return written
    parts = zip(found.groups(), ("year", "month", "day"), strict=True)
    *first, last = [number(int(count), name) for count, name in parts if int(count or 0)] or ["no time"]
    return f"{', '.join(first)} and {last}" if first else last


def number(count: int, name: str) -> str:
    """`3 days`, `1 day`."""
    return f"{count} {name}" if count == 1 else f"{count} {name}s"
