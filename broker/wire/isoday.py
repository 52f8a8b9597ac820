"""A day as machines and commands write it: `2026-11-23`, and no other spelling."""

from __future__ import annotations

import datetime as dt

from broker.errors import BadInput


def iso_day(text: str, *, field: str) -> dt.date:
    """The day. Raises `BadInput` naming `field`."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        day = None
    # Python reads other forms of ISO 8601 as well, such as the days of weeks.
    if day is None or day.isoformat() != text:
        raise BadInput("day-invalid", "a day is written like 2026-11-23", field=field)
    return day
