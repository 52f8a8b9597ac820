"""How many requests an agency may send the linkage unit in a minute; and that whoever asks too often writes nothing."""

from __future__ import annotations

import datetime as dt
import sqlite3
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from unit_and_askers import Asker, asked, blinded

from broker.errors import TooFast
from broker.linkunit.app import create_app
from broker.linkunit.ledger import Ledger
from broker.linkunit.rates import BLOCK, Rates
from broker.linkunit.settings import Settings

NOW = dt.datetime(2026, 11, 22, 9, 30, tzinfo=dt.UTC)
MOST = 4 * BLOCK


def opened(tmp_path: Path) -> Rates:
    return Rates(Ledger(tmp_path / "ledger.db", {"post": 1, "ask": 1, "review": 1}), MOST)


def used(rates: Rates, agency: str, now: dt.datetime) -> int:
    """How many requests go through before one is refused, at most 10 x what may."""
    for count in range(10 * MOST):
        try:
            rates.count(agency, now)
        except TooFast:
            return count
    raise AssertionError("nothing is ever refused")


def test_a_minute_holds_so_many_and_no_restart_forgives_them(tmp_path: Path) -> None:
    """Whoever tries something again and again begins anew with every restart, or with every process."""
    first, again = opened(tmp_path), opened(tmp_path)
    assert used(first, "council", NOW) == MOST
    assert used(again, "council", NOW) == 0
    assert used(again, "police", NOW) == MOST
    half = NOW + dt.timedelta(seconds=30)
    assert used(first, "council", half) + used(again, "council", half) == MOST // 2
    assert used(again, "council", NOW + dt.timedelta(minutes=5)) == MOST


def test_who_waits_as_long_as_is_said_goes_on(tmp_path: Path) -> None:
    """Also after a clock was an hour ahead, nobody waits for an hour."""
    rates = opened(tmp_path)
    rates.count("council", NOW + dt.timedelta(hours=1))
    assert used(rates, "council", NOW) == MOST + BLOCK - 1
    with pytest.raises(TooFast) as refused:
        rates.count("council", NOW)
    assert 0 < refused.value.seconds <= 60
    rates.count("council", NOW + dt.timedelta(seconds=refused.value.seconds))


def test_a_flood_of_refused_requests_does_not_take_the_writers_turn(tmp_path: Path) -> None:
    """Each would wait for the one writer, and everybody else behind it."""
    rates = opened(tmp_path)
    used(rates, "council", NOW)
    with sqlite3.connect(tmp_path / "ledger.db") as writer:
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(TooFast):
            rates.count("council", NOW)


def test_an_agency_that_asks_too_fast_is_told_so(place: Settings) -> None:
    """What is wrong counts as well: it is what somebody sends who tries."""
    with TestClient(create_app(place.model_copy(update={"requests_per_minute": 3}))) as client:
        asker = Asker(client)
        wrong = asked(blinded(b"x"), use="ask", id=b"t" * 16, agency="homes")
        assert [asker.ask(wrong, "council/desk-1").status_code for _ in range(4)] == [403, 403, 403, 429]
        assert asker.ask(wrong, "homes/desk-1").status_code == 200
