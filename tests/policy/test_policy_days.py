"""Calendar periods, working days and the date in London."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.policy import days
from broker.wire.london import in_london, moment_in_words

D = dt.date

MOVES = [
    (D(2026, 11, 22), "P12M", D(2025, 11, 22), D(2027, 11, 22)),
    (D(2026, 3, 31), "P1M", D(2026, 2, 28), D(2026, 4, 30)),
    (D(2024, 2, 29), "P1Y", D(2023, 2, 28), D(2025, 2, 28)),
    (D(2026, 1, 1), "P0D", D(2026, 1, 1), D(2026, 1, 1)),
    (D(2026, 1, 31), "P1Y1M1D", D(2024, 12, 30), D(2027, 3, 1)),
    (D(9, 1, 1), "P99Y", dt.date.min, D(108, 1, 1)),
    (D(9990, 1, 1), "P99Y", D(9891, 1, 1), dt.date.max),
    (D(9999, 12, 1), "P9999D", D(9972, 7, 16), dt.date.max),
]


@pytest.mark.parametrize(("on", "period", "earlier", "later"), MOVES)
def test_periods_are_calendar_periods(on: dt.date, period: str, earlier: dt.date, later: dt.date) -> None:
    """A statutory month is counted as thirty days, or the end of the calendar raises."""
    assert days.before(on, period) == earlier
    assert days.after(on, period) == later


@pytest.mark.parametrize("period", ["P", "12M", "P-1M", "P1W", ""])
def test_what_is_no_period_is_refused(period: str) -> None:
    """A misspelt period means no window at all."""
    with pytest.raises(ValueError, match="not a period"):
        days.after(D(2026, 1, 1), period)


@pytest.mark.parametrize(
    ("on", "count", "expect"),
    [
        (D(2026, 11, 20), 0, D(2026, 11, 20)),  # a Friday
        (D(2026, 11, 20), 1, D(2026, 11, 23)),
        (D(2026, 11, 21), 1, D(2026, 11, 23)),
        (D(2026, 11, 22), 1, D(2026, 11, 23)),
        (D(2026, 11, 22), 5, D(2026, 11, 27)),
        (D(2026, 11, 18), 3, D(2026, 11, 23)),
        (D(2026, 12, 24), 1, D(2026, 12, 29)),  # Christmas on a Friday, Boxing Day kept on the Monday
        (D(2026, 4, 2), 2, D(2026, 4, 8)),  # Easter
        (D(2027, 12, 31), 1, D(2028, 1, 4)),
        (D(2029, 12, 24), 1, D(2029, 12, 25)),  # not known yet
        (dt.date.max, 3, dt.date.max),
    ],
)
def test_reviews_fall_on_working_days(on: dt.date, count: int, expect: dt.date) -> None:
    """A refusal's review is due on a weekend or a bank holiday."""
    assert days.working_days_after(on, count) == expect


def easter(year: int) -> dt.date:
    """Easter Sunday (the anonymous Gregorian algorithm)."""
    century = year // 100
    epact = (19 * (year % 19) + century - century // 4 - (8 * century + 13) // 25 + 15) % 30
    full = epact - (epact // 28) * (1 - (29 // (epact + 1)) * ((21 - year % 19) // 11))
    sunday = full - (year + year // 4 + full + 2 - century + century // 4) % 7
    month = 3 + (sunday + 40) // 44
    return D(year, month, sunday + 28 - 31 * (month // 4))


def monday(year: int, month: int, *, last: bool = False) -> dt.date:
    """The first Monday of a month, or its last."""
    found = [D(year, month, day) for day in range(1, 32 if month != 4 else 31) if D(year, month, day).weekday() == 0]
    return found[-1 if last else 0]


@pytest.mark.parametrize("year", [2026, 2027, 2028])
def test_the_bank_holidays_are_those_of_the_act(year: int) -> None:
    """A date in the list is mistyped, and a review falls due on a day when nobody works."""
    fixed = [D(year, 1, 1), D(year, 12, 25), D(year, 12, 26)]
    expect = {easter(year) - dt.timedelta(days=2), easter(year) + dt.timedelta(days=1)}
    expect |= {monday(year, 5), monday(year, 5, last=True), monday(year, 8, last=True)}
    for day in fixed:
        while day.weekday() > 4 or day in expect:
            day += dt.timedelta(days=1)
        expect.add(day)

    assert {day for day in days.BANK_HOLIDAYS if day.year == year} == expect
    assert len(days.BANK_HOLIDAYS) == 24


@given(st.datetimes(dt.datetime(1996, 1, 1), dt.datetime(2035, 1, 1), timezones=st.just(dt.UTC)))
def test_the_date_in_london_is_the_one_of_the_time_zone(now: dt.datetime) -> None:
    """An agreement begins or ends an hour early in summer."""
    there = now.astimezone(ZoneInfo("Europe/London"))
    assert days.london_date(now) == there.date()
    assert in_london(now) == there and in_london(now).replace(tzinfo=None) == there.replace(tzinfo=None)


def test_midnight_in_summer_is_an_hour_earlier_in_utc() -> None:
    """As above, at the very hour."""
    assert days.london_date(dt.datetime(2026, 3, 31, 23, 0, tzinfo=dt.UTC)) == D(2026, 4, 1)
    assert days.london_date(dt.datetime(2026, 11, 21, 23, 59, tzinfo=dt.UTC)) == D(2026, 11, 21)


def test_a_moment_is_said_as_clocks_in_london_show_it() -> None:
    """An operator is told 23:30, the officer beside them reads 00:30 of the next day, and they look for two events."""
    assert moment_in_words(dt.datetime(2026, 7, 31, 23, 30, tzinfo=dt.UTC)) == "1 August 2026, 00:30 BST"
    assert moment_in_words(dt.datetime(2026, 11, 22, 9, 30, tzinfo=dt.UTC)) == "22 November 2026, 09:30 GMT"
