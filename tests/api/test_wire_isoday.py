"""A day has one spelling wherever a command or an address names one."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.errors import BadInput
from broker.wire.isoday import iso_day


@given(st.dates())
def test_a_day_is_read_as_it_is_written(day: dt.date) -> None:
    """A day that was written by one party is another day to the next."""
    assert iso_day(day.isoformat(), field="day") == day


@pytest.mark.parametrize(
    "text", ["", "today", "20261123", "2026-W48-1", "2026-11-31", "2026-11-23T00:00", " 2026-11-23"]
)
def test_any_other_spelling_is_refused(text: str) -> None:
    """Two spellings of one day are two addresses, or a day that nobody meant."""
    with pytest.raises(BadInput, match="a day is written like 2026-11-23") as caught:
        iso_day(text, field="day")
    assert caught.value.code == "day-invalid" and caught.value.field == "day"
