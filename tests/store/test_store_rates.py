"""How many requests an agency may send in a minute."""

from __future__ import annotations

import datetime as dt

import pytest

from broker.errors import TooFast
from broker.store.engine import open_store
from broker.store.rates import BLOCK, Rates

NOW = dt.datetime(2026, 11, 22, 9, 30, tzinfo=dt.UTC)
MOST = 4 * BLOCK


def used(rates: Rates, agency: str, now: dt.datetime) -> int:
    """How many requests go through before one is refused, at most 10 x what may."""
    for count in range(10 * MOST):
        try:
            rates.count(agency, now)
        except TooFast:
            return count
    raise AssertionError("nothing is ever refused")


def test_a_minute_holds_so_many_and_no_restart_forgives_them(database_url: str) -> None:
    """Whoever scrapes gets a fresh allowance with every restart, or with every process (A5)."""
    store = open_store(database_url)
    first = Rates(store, MOST)
    assert used(first, "council", NOW) == MOST
    again = Rates(open_store(database_url), MOST)
    assert used(again, "council", NOW) == 0
    assert used(again, "police", NOW) == MOST
    half = NOW + dt.timedelta(seconds=30)
    assert used(first, "council", half) + used(again, "council", half) == MOST // 2
    assert used(again, "council", NOW + dt.timedelta(minutes=5)) == MOST
    for one in (store, again.store):
        one.engine.dispose()


def test_who_waits_as_long_as_is_said_goes_on(sqlite_url: str) -> None:
    """The time in `Retry-After` is too short, and whoever believes it never gets on."""
    rates = Rates(open_store(sqlite_url), MOST)
    used(rates, "council", NOW)
    with pytest.raises(TooFast) as refused:
        rates.count("council", NOW)
    assert 0 < refused.value.seconds <= 60
    rates.count("council", NOW + dt.timedelta(seconds=refused.value.seconds))
    rates.store.engine.dispose()


def test_a_clock_that_goes_back_refuses_nobody_for_long(sqlite_url: str) -> None:
    """After a clock was an hour ahead, nobody is answered for an hour."""
    rates = Rates(open_store(sqlite_url), MOST)
    rates.count("council", NOW + dt.timedelta(hours=1))
    assert used(rates, "council", NOW) == MOST + BLOCK - 1
    rates.store.engine.dispose()


def test_a_flood_of_refused_requests_does_not_take_the_writers_turn(sqlite_url: str) -> None:
    """Each would wait for the one writer, and everybody else behind it."""
    rates = Rates(open_store(sqlite_url), MOST)
    used(rates, "council", NOW)
    rates.store.engine.dispose()
    rates.store = None  # type: ignore[assignment]
    with pytest.raises(TooFast) as refused:
        rates.count("council", NOW)
    assert refused.value.seconds >= 1
