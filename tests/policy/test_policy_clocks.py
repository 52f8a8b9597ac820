"""Clocks of agreements: a day in London ends at its midnight, whichever way the clocks change."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.policy.clocks import due_after, end_of, last_day
from broker.policy.days import working_days_after

LONDON = ZoneInfo("Europe/London")
DAYS = st.dates(dt.date(2026, 1, 1), dt.date(2040, 12, 31))


@pytest.mark.parametrize(
    ("day", "end"),
    [
        ("2027-03-27", "2027-03-28T00:00"),
        ("2027-03-28", "2027-03-28T23:00"),  # 23 hours long
        ("2027-10-30", "2027-10-30T23:00"),
        ("2027-10-31", "2027-11-01T00:00"),  # 25 hours long
    ],
)
def test_the_days_on_which_the_clocks_change(day: str, end: str) -> None:
    """The day of a change is taken for 24 hours, and a clock ends an hour off."""
    assert end_of(dt.date.fromisoformat(day)) == dt.datetime.fromisoformat(end).replace(tzinfo=dt.UTC)


@given(DAYS)
def test_a_day_ends_at_the_next_midnight_in_london(day: dt.date) -> None:
    """Another implementation of the time zone says otherwise."""
    end = end_of(day)
    midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), LONDON)
    assert end == midnight.astimezone(dt.UTC)
    assert last_day(end) == day


@given(st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2028, 12, 1), timezones=st.just(dt.UTC)), st.integers(1, 10))
def test_what_is_due_is_due_after_whole_working_days(now: dt.datetime, count: int) -> None:
    """A challenge of Friday night is due before anybody has worked a day."""
    due = due_after(now, count)
    assert last_day(due) == working_days_after(now.astimezone(LONDON).date(), count)
    assert due > now + dt.timedelta(hours=23) * count
