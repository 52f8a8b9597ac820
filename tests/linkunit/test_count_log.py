"""The count log: a chain that shows every change, and what an agency reads of its own day."""

from __future__ import annotations

import datetime as dt
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest
from ledgers import ALLOWANCES, NOON

from broker.errors import Conflict, Misconfigured
from broker.linkunit.book import CLOCK_STEP, START, Counted, Row, link
from broker.linkunit.ledger import Ledger, Spending
from broker.linkunit.statements import statement

DAY = dt.date(2026, 11, 23)


def fill(ledger: Ledger, *, count: int = 5, first: int = 0, now: int = NOON) -> None:
    for n in range(first, first + count):
        with ledger.writing(now + n) as book:
            book.append(Row("council", "ask", bytes([n]) * 16, 10))
            book.append(Row("council", "compare1", bytes([n]) * 16, 24, purpose="early_help"))


def test_every_line_hashes_the_one_before(ledger: Ledger) -> None:
    """Whoever has the lines can compute the last hash."""
    fill(ledger)
    chain = START
    lines = ledger.lines(0, most=100)
    for line in lines:
        chain = link(chain, line.row, serial=line.serial, at=line.at)
        assert line.chain == chain
    assert [line.serial for line in lines] == list(range(1, 11))


@pytest.mark.parametrize("damage", [
    "UPDATE spent SET purpose = 'research' WHERE serial = 4",
    "UPDATE spent SET at = at + 1 WHERE serial = 10",
    "UPDATE spent SET agency = 'homes' WHERE serial = 1",
    "DELETE FROM spent WHERE serial = 5",
    "DELETE FROM spent WHERE serial = 1",
    "UPDATE spent SET chain = zeroblob(32) WHERE serial = 7",
    "INSERT INTO spent VALUES (11, 'council', 'ask', x'00', 1, 1, '', 0, zeroblob(32))",
])  # fmt: skip
def test_a_changed_log_is_not_opened(ledger: Ledger, path: Path, damage: str) -> None:
    """And the file is left as it is, for whoever has to find out."""
    fill(ledger)
    ledger.close()
    with sqlite3.connect(path) as database:
        database.execute(damage)
    database.close()
    with pytest.raises(Misconfigured) as caught:
        Ledger(path, ALLOWANCES)
    assert caught.value.code == "ledger-changed"


def test_a_clock_that_is_set_back_does_not_reopen_a_day(ledger: Ledger) -> None:
    """By a little the log's time stands still; by hours it follows, or one wrong clock would stop it for years."""
    for now in (NOON, NOON - 100, NOON - CLOCK_STEP - 1):
        with ledger.writing(now) as book:
            book.append(Row("council", "post", b"b" * 16, 1))
    assert [line.at for line in ledger.lines(0, most=9)] == [NOON, NOON, NOON - CLOCK_STEP - 1]


def test_a_process_killed_after_a_call_has_made_it(path: Path) -> None:
    """The ticket's call can't be made again, and the chain is whole."""
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from broker.linkunit.book import Row; from broker.linkunit.ledger import Ledger\n"
        "ledger = Ledger(Path(sys.argv[1]), {'review': 10})\n"
        f"with ledger.writing({NOON}) as book:\n"
        "    book.append(Row('council', 'ask', b't' * 16, 10))\n"
        "    book.append(Row('council', 'compare1', b't' * 16, 24, purpose='early_help'))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], check=False, env=os.environ, timeout=30)
    assert done.returncode == -signal.SIGKILL
    after = Ledger(path, ALLOWANCES)
    with after.writing(NOON) as book:
        assert book.times("compare1", b"t" * 16, agency="council") == 1
    with pytest.raises(Conflict):
        after.spend(Spending("council", "ask", b"t" * 16, 10, "nonce-1"), now=NOON)
    after.close()


def test_a_process_killed_in_the_middle_has_done_nothing(path: Path) -> None:
    """No half line, no half count."""
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from broker.linkunit.book import Row; from broker.linkunit.ledger import Ledger\n"
        "ledger = Ledger(Path(sys.argv[1]), {'review': 10})\n"
        f"with ledger.writing({NOON}) as book:\n"
        "    book.charge('council', 'review', 2)\n"
        "    book.append(Row('council', 'compare1', b't' * 16, 24, purpose='early_help'))\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(path)], check=False, env=os.environ, timeout=30)
    after = Ledger(path, ALLOWANCES)
    assert (after.lines(0, most=9), after.spent("council", "review", now=NOON)) == ([], 0)
    after.close()


def test_a_statement_holds_an_agencys_own_day(ledger: Ledger) -> None:
    """Its tickets with purpose and calls, nobody else's, and the chain where the day began and ended."""
    fill(ledger, count=1, now=NOON - 86_400)
    rows = [
        Row("council", "ask", b"1" * 16, 10), Row("homes", "ask", b"2" * 16, 10), Row("council", "ask", b"3" * 16, 10),
        Row("council", "compare1", b"1" * 16, 24, purpose="early_help"), Row("council", "post", b"4" * 16, 900),
        Row("council", "compare2", b"1" * 16, 40, purpose="early_help"),
        Row("council", "review", b"5" * 16, 2, purpose="match_review"),
    ]  # fmt: skip
    for row in rows:
        with ledger.writing(NOON) as book:
            book.append(row)
    fill(ledger, count=1, first=99, now=NOON + 86_400)
    found = statement(ledger, "council", DAY, now=NOON + 90_000, signature=bytes(64))
    said = [(one.id[:1], one.kind, one.purpose, one.calls) for one in found.tickets]
    expected = [(b"1", "question", "early_help", 2), (b"3", "question", None, 0), (b"5", "review", "match_review", 1)]
    assert said == expected
    assert (found.start.size, found.end.size) == (2, 9)
    before = statement(ledger, "council", DAY - dt.timedelta(days=1), now=NOON, signature=bytes(64))
    after = statement(ledger, "council", DAY + dt.timedelta(days=1), now=NOON, signature=bytes(64))
    assert (before.end, after.start) == (found.start, found.end)
    assert before.start.head == START.hex()
    assert [(one.batch[:1], one.at, one.inputs) for one in found.deliveries] == [(b"4", NOON, 900)]


def question(ledger: Ledger, id: bytes, *, different: int, strangers: int) -> None:
    for use, count in (("ask", 10), ("compare1", 24), ("different", different), ("strangers", strangers)):
        with ledger.writing(NOON) as book:
            book.append(Row("council", cast(Counted, use), id, count, purpose="early_help" if count == 24 else ""))


@pytest.mark.parametrize(("strangers", "told", "many"), [(0, 0, False), (4, 0, False), (8, 0, True), (9, 9, True)])
def test_strangers_are_told_when_there_are_too_many(ledger: Ledger, strangers: int, told: int, many: bool) -> None:
    """Of one question, and of the day; how many records were compared is told of neither."""
    question(ledger, b"1" * 16, different=30, strangers=strangers)
    question(ledger, b"2" * 16, different=30, strangers=0)
    found = statement(ledger, "council", DAY, now=NOON, signature=bytes(64))
    assert ([one.strangers for one in found.tickets], found.many_strangers) == ([told, 0], many)
    assert [one.calls for one in found.tickets] == [1, 1]
    assert "30" not in found.model_dump_json(exclude={"made", "start", "end"})


def test_a_delivery_in_several_evaluations_is_one(ledger: Ledger) -> None:
    """Chunks and repeated attempts of a batch are added up."""
    for count in (900, 900, 50):
        with ledger.writing(NOON) as book:
            book.append(Row("council", "post", b"4" * 16, count))
    [found] = statement(ledger, "council", DAY, now=NOON, signature=bytes(64)).deliveries
    assert found.inputs == 1850
