"""Calendar periods, working days and the date in London."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.policy import days

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
    ],
)
def test_reviews_fall_on_working_days(on: dt.date, count: int, expect: dt.date) -> None:
    """A refusal's review is due on a weekend."""
    assert days.working_days_after(on, count) == expect


@given(st.datetimes(dt.datetime(1996, 1, 1), dt.datetime(2035, 1, 1), timezones=st.just(dt.UTC)))
def test_the_date_in_london_is_the_one_of_the_time_zone(now: dt.datetime) -> None:
    """An agreement begins or ends an hour early in summer."""
    assert days.london_date(now) == now.astimezone(ZoneInfo("Europe/London")).date()


def test_midnight_in_summer_is_an_hour_earlier_in_utc() -> None:
    """As above, at the very hour."""
    assert days.london_date(dt.datetime(2026, 3, 31, 23, 0, tzinfo=dt.UTC)) == D(2026, 4, 1)
    assert days.london_date(dt.datetime(2026, 11, 21, 23, 59, tzinfo=dt.UTC)) == D(2026, 11, 21)
