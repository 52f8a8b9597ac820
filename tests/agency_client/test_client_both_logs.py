"""The broker's count of answers and the linkage unit's count of questions are held against each other."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from test_client_reconcile import BEGINS, DAY, ID, NOON, counted, known, statement

from broker.agency.journal import Issued
from broker.agency.reconcile import reconcile
from broker.agency.reconcile_broker import both_logs
from broker.wire.alarm import Alarms
from broker.wire.counts import CountedUnusual
from broker.wire.quota import QuotaTerms

MIDNIGHT = BEGINS + 2


def told(answers: int, *grants: QuotaTerms) -> Alarms:
    return Alarms(v=1, agency="council", day=DAY, alarms=(), answers=answers, grants=grants)


def terms(id: bytes = b"q" * 16) -> QuotaTerms:
    about: dict[str, Any] = {"place": "brackwater", "agency": "council", "use": "ask", "more": 3000}
    return QuotaTerms(v=1, id=id, first=DAY, last=DAY + dt.timedelta(days=4), **about)


def issued(*at: int) -> dict[bytes, Issued]:
    return {bytes([n]) * 16: Issued(bytes([n]) * 16, "early_help", one, "answered") for n, one in enumerate(at)}


TWO = (counted(), counted(id=b"x" * 16))
CASES: dict[str, tuple[tuple[Any, ...], Alarms, dict[bytes, Issued], int, list[str]]] = {
    "as many": (TWO, told(2), {}, 2, []),
    "one was lost": (TWO, told(1), {}, 1, []),
    "none of either": ((), told(0), {}, 0, []),
    "answers that nobody counted": (TWO, told(3), {}, 2, ["answers-not-counted"]),
    "reviews are no questions": ((counted(kind="review"),), told(1), {}, 0, ["answers-not-counted"]),
    "counted before midnight": (TWO, told(3), issued(MIDNIGHT), 2, []),
    "counted at noon": (TWO, told(3), issued(NOON), 2, ["answers-not-counted"]),
    "fewer than we have receipts of": (TWO, told(1), {}, 2, ["answers-forgotten"]),
    "answered after midnight": (TWO, told(1), issued(BEGINS + 86_400 - 2), 2, []),
}


@pytest.mark.parametrize(("tickets", "broker", "journal", "receipts", "kinds"), CASES.values(), ids=CASES.keys())
def test_both_logs_agree(
    tickets: tuple[Any, ...], broker: Alarms, journal: dict[bytes, Issued], receipts: int, kinds: list[str]
) -> None:
    """One of the two says more than the other, and the agency is content."""
    proven = [bytes([n]) * 16 for n in range(receipts)]
    found = both_logs(statement(*tickets), broker, issued=journal, proven=proven)
    assert [alarm.kind for alarm in found] == kinds


def test_both_know_the_same_grants() -> None:
    """Two people allowed more, and one of the two services was not told, or told of another."""
    one, other = terms(), terms(b"r" * 16)
    said = statement(grants=(one,))
    assert list(both_logs(said, told(0, one), issued={}, proven=[])) == []
    found = list(both_logs(said, told(0, other), issued={}, proven=[]))
    assert [alarm.kind for alarm in found] == ["grants-differ"] * 2
    assert found[0].text.endswith("hand it in again with `broker-agency quota use`")


def test_one_grant_of_two_contents_is_an_alarm() -> None:
    """One of the two services allows a million under the id of a grant for three thousand."""
    wide = terms().model_copy(update={"more": 1_000_000})
    found = list(both_logs(statement(grants=(terms(),)), told(0, wide), issued={}, proven=[]))
    assert [alarm.kind for alarm in found] == ["grants-differ"]


def test_what_is_unusual_is_an_alarm_and_a_grant_is_a_note() -> None:
    """The linkage unit noticed three times the usual, and the statement is filed away unread."""
    unusual = CountedUnusual(use="ask", span="hour", at=NOON, count=61)
    result = reconcile(statement(counted(), unusual=(unusual,), grants=(terms(),)), known())
    assert [alarm.kind for alarm in result.alarms] == ["unusual"]
    assert result.alarms[0].text.startswith("61 questions in the hour up to 12:00:00 UTC, more than 3 times")
    assert result.notes == (
        f"two people allow 3,000 questions a day more until 25 November 2026 ({terms().id.hex()[:8]})",
    )
    assert (result.asked, ID in known().issued) == (1, True)
