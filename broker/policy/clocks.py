"""Clocks of agreements, as instants: a day in London ends at its midnight, also on the days the clocks change.

due_after(now, 2)     the end, in London, of the second working day after `now`
month_due(day, 1)     the corresponding day of the next month, or the last of a shorter one, or the working day after it
"""

from __future__ import annotations

import datetime as dt

from broker.policy.days import after, london_date, working_days_after


def due_after(now: dt.datetime, working_days: int) -> dt.datetime:
    """The instant at which `working_days` working days after the day in London at the aware instant `now` are over."""
    return end_of(working_days_after(london_date(now), working_days))


def month_due(start: dt.date, months: int, *, paused_days: int = 0) -> dt.date:
    """The day by which somebody is answered within calendar `months` of `start`, with days that did not count added."""
    day = after(start, f"P{months}M") + dt.timedelta(days=paused_days)
    return working_days_after(day - dt.timedelta(days=1), 1)


def end_of(day: dt.date) -> dt.datetime:
    """The instant at which a day in London is over: the next midnight there."""
    midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), dt.UTC)
    summer = midnight - dt.timedelta(hours=1)
    return summer if london_date(summer) > day else midnight


def last_day(end: dt.datetime) -> dt.date:
    """The day in London whose end is `end`."""
    return london_date(end - dt.timedelta(seconds=1))
