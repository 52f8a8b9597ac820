"""What is more than an agency's usual is noticed at the spending that makes it so, once an hour, over restarts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from ledgers import NOON

from broker.linkunit.ledger import Ledger, Spending
from broker.linkunit.pace import Unusual
from broker.linkunit.statements import statement
from broker.wire.evaluation import Use
from broker.wire.quota import FLOORS, TIMES, is_unusual

HOUR, DAY = 3_600, 86_400
TODAY = dt.date(2026, 11, 23)
USUAL = FLOORS["ask"].hour * TIMES
MANY = {"post": 10_000_000, "ask": 100_000, "review": 10}


@pytest.fixture
def wide(path: Path) -> Iterator[Ledger]:
    """A ledger whose allowances are in nobody's way."""
    opened = Ledger(path, MANY)  # type: ignore[arg-type]
    yield opened
    opened.close()


def ask(ledger: Ledger, count: int, *, at: int, agency: str = "council", use: Use = "ask") -> list[Unusual]:
    """So many questions in one second; everything that was told of."""
    found = []
    for number in range(count):
        name = at.to_bytes(8, "big") + number.to_bytes(8, "big")
        spending = Spending(agency, use, name, 10, f"{agency}-{use}-{at}-{number}")
        found.append(ledger.spend(spending, now=at))
    return [one for one in found if one is not None]


@pytest.mark.parametrize(("count", "before", "unusual"), [
    (60, [], False),
    (61, [], True),
    (61, [1, 1, 1], True),
    (61, [21, 21, 21], False),
    (63, [21, 21, 21], False),
    (64, [21, 21, 21], True),
    (300, [100, 1, 1000], False),
    (301, [100, 1, 1000], True),
    (90, [20, 40], False),
    (91, [20, 40], True),
])  # fmt: skip
def test_three_times_the_median_is_unusual(count: int, before: list[int], unusual: bool) -> None:
    """Or three times the floor, for an agency that asks little: one hour of many does not move the median."""
    assert is_unusual(count, before, floor=20) is unusual


def test_it_is_told_at_the_very_question_and_once_an_hour(wide: Ledger) -> None:
    """Nobody waits for a report, and nobody is told a thousand times."""
    assert ask(wide, USUAL, at=NOON) == []
    assert ask(wide, 1, at=NOON + 1) == [Unusual("hour", USUAL + 1)]
    assert ask(wide, 100, at=NOON + 2) == []
    assert ask(wide, 100, at=NOON + HOUR) == [Unusual("hour", USUAL + 1)]
    assert ask(wide, USUAL, at=NOON, agency="homes") == [], "every agency has its own"


def test_a_slow_day_is_unusual_as_well(wide: Ledger) -> None:
    """Whoever stays below the hour's limit meets the day's, and hears of it in every hour after."""
    found = [one for hour in range(6) for one in ask(wide, 50, at=NOON + hour * HOUR)]
    assert found == [Unusual("day", 3 * FLOORS["ask"].day + 1), Unusual("day", 251)]


def test_what_was_usual_for_weeks_is_not_told_of(wide: Ledger) -> None:
    """A busy front door asks thirty times an hour, and is told of ninety-one."""
    for day in range(1, 4):
        ask(wide, 30, at=NOON - day * DAY)
    assert ask(wide, 90, at=NOON) == []
    assert ask(wide, 1, at=NOON + 1) == [Unusual("hour", 91)]


def test_today_does_not_make_itself_usual(wide: Ledger) -> None:
    """Hours of guessing are not the measure of the next hour; what is older than 28 days is none either."""
    ask(wide, 100, at=NOON - 40 * DAY)
    for hour in (2, 1, 0):
        assert ask(wide, USUAL + 1, at=NOON - hour * HOUR) == [Unusual("hour", USUAL + 1)]


def test_a_restart_forgets_nothing(wide: Ledger, path: Path) -> None:
    """Neither what the hour had, nor that it was told of."""
    ask(wide, USUAL, at=NOON)
    wide.close()
    again = Ledger(path, MANY)  # type: ignore[arg-type]
    assert ask(again, 1, at=NOON + 1) == [Unusual("hour", USUAL + 1)]
    again.close()
    third = Ledger(path, MANY)  # type: ignore[arg-type]
    assert ask(third, 1, at=NOON + 2) == []
    third.close()


def test_deliveries_are_counted_by_their_inputs(wide: Ledger) -> None:
    """A stolen delivery key tries names by the thousand."""
    whole = FLOORS["post"].hour * TIMES
    assert wide.spend(Spending("council", "post", b"b" * 16, whole, "one"), now=NOON) is None
    assert wide.spend(Spending("council", "post", b"b" * 16, 1, "two"), now=NOON) == Unusual("hour", whole + 1)


def test_it_is_a_line_of_the_count_log_and_of_the_statement(wide: Ledger) -> None:
    """The agency reads when it was, and the chain holds it."""
    ask(wide, USUAL + 1, at=NOON)
    [line] = [line for line in wide.lines(0, most=1000) if line.row.use == "unusual_hour"]
    assert (line.row.agency, line.row.purpose, line.row.count, line.at) == ("council", "ask", USUAL + 1, NOON)
    made = statement(wide, "council", TODAY, now=NOON, signature=bytes(64))
    assert [(one.use, one.span, one.at, one.count) for one in made.unusual] == [("ask", "hour", NOON, USUAL + 1)]
    assert statement(wide, "homes", TODAY, now=NOON, signature=bytes(64)).unusual == ()


def test_the_hours_do_not_pile_up(wide: Ledger) -> None:
    """The ledger keeps four weeks of them."""
    for day in range(60):
        ask(wide, 1, at=NOON + day * DAY)
    assert wide._database.execute("SELECT count(*) FROM hours").fetchone()[0] <= 30
