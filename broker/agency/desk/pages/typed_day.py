"""A day that somebody typed into a form, in any of the ways in which people write days here."""

from __future__ import annotations

import datetime as dt

from broker.agency.dates import parse

_FORMATS = ("day-first", "words", "iso")
_AHEAD_YEARS = 10


def typed_day(text: str, *, today: dt.date) -> dt.date | None:
    """`20 11 2026`, `20 November 2026` or `20/11/2026` as a day; None for anything else."""
    return parse(text, _FORMATS, today=today, ahead=_AHEAD_YEARS)
