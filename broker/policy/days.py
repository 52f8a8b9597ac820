"""Dates of agreements: calendar periods (`P12M`), working days, and the date it is in London.

A period is in calendar years, months and days, because a statutory month is not thirty days. A day that the month
doesn't have becomes its last one. Working days skip Saturdays, Sundays and the bank holidays of England and Wales;
those after the last year of the list are not known, so a review can then fall due on one, never later than promised.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from functools import lru_cache

from broker.wire.london import london_date as london_date

PERIOD = r"^P(?=\d)(?:(\d{1,2})Y)?(?:(\d{1,3})M)?(?:(\d{1,4})D)?$"

BANK_HOLIDAYS = frozenset(
    dt.date(year, month, day)
    for year, days in {
        2026: ((1, 1), (4, 3), (4, 6), (5, 4), (5, 25), (8, 31), (12, 25), (12, 28)),
        2027: ((1, 1), (3, 26), (3, 29), (5, 3), (5, 31), (8, 30), (12, 27), (12, 28)),
        2028: ((1, 3), (4, 14), (4, 17), (5, 1), (5, 29), (8, 28), (12, 25), (12, 26)),
    }.items()
    for month, day in days
)
"""Of England and Wales, from gov.uk/bank-holidays, as of November 2026.

A day that is proclaimed besides, and the years after 2028, are added here when they stand there.
"""
_CLOSED = frozenset(day.toordinal() for day in BANK_HOLIDAYS)


def before(on: dt.date, period: str) -> dt.date:
    """The date one `period` (such as `P1Y6M`) before `on`."""
    return _moved(on, period, -1)


def after(on: dt.date, period: str) -> dt.date:
    """The date one `period` after `on`."""
    return _moved(on, period, 1)


@lru_cache(maxsize=4096)
def working_days_after(on: dt.date, count: int) -> dt.date:
    """The working day that is `count` working days after `on`; the end of the calendar when there is none."""
    day, last = on.toordinal(), dt.date.max.toordinal()
    for _ in range(count):
        day += 1
        # Day 1 was a Monday.
        while day % 7 in (6, 0) or day in _CLOSED:
            day += 1
    return dt.date.fromordinal(min(day, last))


def _moved(on: dt.date, period: str, sign: int) -> dt.date:
    found = re.match(PERIOD, period)
    if found is None:
        raise ValueError("not a period")
    years, months, days = (int(part or 0) for part in found.groups())
    month = on.year * 12 + on.month - 1 + sign * (years * 12 + months)
    # Dates outside the calendar's range end at its edge: a decision can't fail.
    if not 12 <= month < 10_000 * 12:
        return dt.date.min if sign < 0 else dt.date.max
    year, month = divmod(month, 12)
    day = dt.date(year, month + 1, min(on.day, calendar.monthrange(year, month + 1)[1]))
    return dt.date.fromordinal(min(max(day.toordinal() + sign * days, 1), dt.date.max.toordinal()))
