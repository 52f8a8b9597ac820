"""The ledger: counted before it is answered, single use for ever, within the day's allowance."""

from __future__ import annotations

import dataclasses
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from ledgers import ALLOWANCES, NOON

from broker.errors import Conflict, Misconfigured, QuotaReached, Unavailable
from broker.linkunit.book import NONCE_SECONDS
from broker.linkunit.ledger import Ledger, Spending

POST = Spending("council", "post", b"b" * 16, 10, "nonce-1")
ASK = Spending("council", "ask", b"t" * 16, 12, "nonce-2")


def test_spendings_add_up_for_each_agency_and_use(ledger: Ledger) -> None:
    """Deliveries and questions have an allowance each, and so has every agency."""
    ledger.spend(POST, now=NOON)
    ledger.spend(dataclasses.replace(POST, nonce="nonce-3"), now=NOON + 1)
    ledger.spend(ASK, now=NOON)
    ledger.spend(dataclasses.replace(POST, agency="homes"), now=NOON)
    assert ledger.spent("council", "post", now=NOON) == 20
    assert ledger.spent("council", "ask", now=NOON) == 1, "a question is one, however many inputs it has"
    assert ledger.spent("homes", "post", now=NOON) == 10
    assert ledger.spent("homes", "ask", now=NOON) == 0


def test_a_spending_is_on_disk_when_it_returns(ledger: Ledger, path: Path) -> None:
    """Another process sees it at once, with who, what, how much and when."""
    ledger.spend(ASK, now=NOON)
    with sqlite3.connect(path) as other:
        rows = other.execute("SELECT agency, use, id, count, at FROM spent").fetchall()
    other.close()
    assert rows == [("council", "ask", b"t" * 16, 12, NOON)]


def test_every_commit_is_synced(ledger: Ledger) -> None:
    """A power cut after the answer can't make the ticket usable again."""
    assert ledger._database.execute("PRAGMA synchronous").fetchone() == (2,)
    assert ledger._database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_ticket_works_once_also_after_a_restart(ledger: Ledger, path: Path) -> None:
    """Not later, not on another day, not in another process."""
    ledger.spend(ASK, now=NOON)
    ledger.close()
    again = Ledger(path, ALLOWANCES)
    for later in (0, 61, 86_400, 400 * 86_400):
        with pytest.raises(Conflict) as caught:
            again.spend(dataclasses.replace(ASK, nonce=f"nonce-{later}"), now=NOON + later)
        assert caught.value.code == "ticket-used"
    again.close()


def test_a_process_killed_after_spending_has_spent(path: Path) -> None:
    """A crash between counting and answering never gives the ticket back."""
    program = (
        "import os, signal, sys; from pathlib import Path; from broker.linkunit.ledger import Ledger, Spending\n"
        "ledger = Ledger(Path(sys.argv[1]), {'post': 100, 'ask': 3})\n"
        f"ledger.spend(Spending('council', 'ask', b't' * 16, 12, 'nonce-0'), now={NOON})\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], check=False, env=os.environ, timeout=30)
    assert done.returncode == -signal.SIGKILL
    after = Ledger(path, ALLOWANCES)
    assert after.spent("council", "ask", now=NOON) == 1
    with pytest.raises(Conflict):
        after.spend(ASK, now=NOON)
    after.close()


def test_a_ticket_of_one_agency_does_not_burn_anothers(ledger: Ledger) -> None:
    """Nobody can use up a ticket by naming it first; and a delivery has several chunks under one id."""
    ledger.spend(ASK, now=NOON)
    ledger.spend(dataclasses.replace(ASK, agency="homes"), now=NOON)
    ledger.spend(POST, now=NOON)
    ledger.spend(dataclasses.replace(POST, nonce="nonce-3"), now=NOON)


def test_a_replayed_request_is_refused(ledger: Ledger) -> None:
    """The same signed request counts once, even for a delivery."""
    ledger.spend(POST, now=NOON)
    with pytest.raises(Conflict) as caught:
        ledger.spend(POST, now=NOON + 299)
    assert caught.value.code == "request-replayed"
    assert ledger.spent("council", "post", now=NOON) == 10


def test_nonces_are_forgotten_when_they_can_do_no_more_harm(ledger: Ledger) -> None:
    """Long after the signature's own end, and not before; the ledger does not grow with them."""
    ledger.spend(POST, now=NOON)
    ledger.spend(dataclasses.replace(POST, nonce="other"), now=NOON + NONCE_SECONDS)
    assert ledger._database.execute("SELECT count(*) FROM used").fetchone() == (2,)
    ledger.spend(dataclasses.replace(POST, nonce="third"), now=NOON + NONCE_SECONDS + 1)
    assert ledger._database.execute("SELECT count(*) FROM used").fetchone() == (2,)


def test_the_allowance_is_for_a_day_and_named_when_reached(ledger: Ledger) -> None:
    """Exactly to its end; then the message says which one and when it begins again, and it does."""
    ledger.spend(dataclasses.replace(POST, count=100), now=NOON)
    with pytest.raises(QuotaReached) as caught:
        ledger.spend(dataclasses.replace(POST, count=1, nonce="nonce-3"), now=NOON)
    assert "deliveries" in caught.value.message
    assert "2026-11-24T00:00:00Z" in caught.value.hint
    midnight = NOON + 12 * 3600
    with pytest.raises(QuotaReached):
        ledger.spend(dataclasses.replace(POST, count=1, nonce="nonce-3"), now=midnight - 1)
    ledger.spend(dataclasses.replace(POST, count=100, nonce="nonce-3"), now=midnight)


def test_what_is_refused_spends_nothing(ledger: Ledger) -> None:
    """Neither inputs, nor the ticket, nor the request's nonce."""
    for number in range(ALLOWANCES["ask"]):
        ledger.spend(dataclasses.replace(ASK, id=bytes([number]) * 16, nonce=f"asked-{number}"), now=NOON)
    with pytest.raises(QuotaReached, match="questions, 3 tickets a day"):
        ledger.spend(ASK, now=NOON)
    assert ledger.spent("council", "ask", now=NOON) == 3
    ledger.spend(ASK, now=NOON + 86_400)


def test_many_at_once_never_exceed_the_allowance(path: Path) -> None:
    """Two processes' worth of connections, eight threads: exactly as many succeed as fit."""
    ledgers = [Ledger(path, ALLOWANCES), Ledger(path, ALLOWANCES)]
    outcomes: list[str] = []

    def spend(worker: int) -> None:
        for number in range(5):
            spending = dataclasses.replace(POST, count=7, nonce=f"nonce-{worker}-{number}")
            try:
                ledgers[worker % 2].spend(spending, now=NOON)
                outcomes.append("spent")
            except QuotaReached:
                outcomes.append("refused")

    threads = [threading.Thread(target=spend, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (outcomes.count("spent"), outcomes.count("refused")) == (14, 26)
    assert ledgers[0].spent("council", "post", now=NOON) == 98
    for ledger in ledgers:
        ledger.close()


def test_a_ledger_that_can_not_be_written_is_unavailable(ledger: Ledger) -> None:
    """Nothing is answered that could not be counted."""
    ledger.check()
    ledger.close()
    for use_it in (ledger.check, lambda: ledger.spend(POST, now=NOON)):
        with pytest.raises(Unavailable):
            use_it()


def test_a_locked_ledger_recovers(path: Path) -> None:
    """A failure in the middle leaves no transaction open behind it."""
    ledger = Ledger(path, ALLOWANCES)
    ledger._database.execute("PRAGMA query_only = ON")
    for _ in range(2):
        with pytest.raises(Unavailable):
            ledger.spend(POST, now=NOON)
        with pytest.raises(Unavailable):
            ledger.check()
    ledger._database.execute("PRAGMA query_only = OFF")
    ledger.spend(POST, now=NOON)
    assert ledger.spent("council", "post", now=NOON) == 10
    ledger.close()


def test_checking_leaves_nothing(ledger: Ledger) -> None:
    """Whoever watches over the unit does not fill its ledger."""
    ledger.check()
    assert ledger._database.execute("SELECT count(*) FROM used").fetchone() == (0,)


def test_whoever_reads_waits_for_nobody(path: Path) -> None:
    """Statements over a long count log would keep questions waiting, and the other way round."""
    ledger = Ledger(path, ALLOWANCES)
    ledger.spend(POST, now=NOON)
    with ledger.reading(NOON) as book, ledger.writing(NOON) as other:
        other.charge("council", "post", 1)
        assert (book.total("council", "post"), ledger._reading.locked()) == (10, True)
    assert ledger.spent("council", "post", now=NOON) == 11
    with pytest.raises(Unavailable), ledger.reading(NOON) as book:
        book.charge("council", "post", 1)
    assert ledger.spent("council", "post", now=NOON) == 11
    ledger.close()
    with pytest.raises(Unavailable):
        ledger.spent("council", "post", now=NOON)


def test_a_ledger_that_can_not_be_opened_stops_the_start(tmp_path: Path) -> None:
    """A missing directory, or a file that is no ledger, is named."""
    with pytest.raises(Misconfigured, match="ledger"):
        Ledger(tmp_path / "missing" / "ledger.db", ALLOWANCES)
    (tmp_path / "broken.db").write_bytes(b"not a database" * 100)
    with pytest.raises(Misconfigured, match=r"broken\.db"):
        Ledger(tmp_path / "broken.db", ALLOWANCES)


def test_the_file_is_the_owners_alone(ledger: Ledger, path: Path) -> None:
    """Who asked how much is nobody else's business."""
    ledger.spend(POST, now=NOON)
    assert {found.stat().st_mode & 0o777 for found in path.parent.iterdir()} == {0o600}


def test_only_what_is_said_not_to_wait_for_the_disk_does_not(ledger: Ledger) -> None:
    """A power cut takes back a call that was answered, because another line before it was not flushed."""
    for is_flushed, full_or_normal in ((True, 2), (False, 1), (True, 2)):
        with ledger.writing(NOON, is_flushed=is_flushed) as book:
            assert book.database.execute("PRAGMA synchronous").fetchone() == (full_or_normal,)
    with ledger.writing(NOON, is_flushed=False):
        pass
    with ledger.writing(NOON) as book:
        assert book.database.execute("PRAGMA synchronous").fetchone() == (2,)
