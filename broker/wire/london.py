"""The date and the time in London, where the days that people name begin and end; a day as it is written for people."""

from __future__ import annotations

import datetime as dt

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def london_date(now: dt.datetime) -> dt.date:
    """The date in London at the aware instant `now`: agreements begin and end there at midnight."""
    return in_london(now).date()


def in_london(now: dt.datetime) -> dt.datetime:
    """The aware instant `now` as clocks in London show it, wherever this machine stands and whatever zone it keeps.

    Summer time runs from 01:00 UTC on the last Sunday of March to 01:00 UTC on that of October (Summer Time Act 1972).
    """
    moment = now.astimezone(dt.UTC)
    begins, ends = (_last_sunday_at_one(moment.year, month) for month in (3, 10))
    return moment.astimezone(dt.timezone(dt.timedelta(hours=1 if begins <= moment < ends else 0)))


def in_words(day: dt.date) -> str:
    """A day as people read it: 21 November 2026."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def moment_in_words(now: dt.datetime) -> str:
    """The aware instant `now` as people in London read it, with the zone named: 21 November 2026, 14:05 GMT."""
    at = in_london(now)
    return f"{in_words(at.date())}, {at:%H:%M} {zone(at)}"


def zone(at: dt.datetime) -> str:
    """What London calls the zone of a time that `in_london` gave."""
    return "BST" if at.utcoffset() else "GMT"


def _last_sunday_at_one(year: int, month: int) -> dt.datetime:
    last = dt.datetime(year, month, 31, 1, tzinfo=dt.UTC)
    return last - dt.timedelta(days=(last.weekday() + 1) % 7)
