"""Reconciliation without a network: what is an alarm and what is not, and the journal it rests on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from broker.agency.journal import Evaluated, Issued, Journal, evaluated_about, issued_about
from broker.agency.reconcile import Known, check_statement, reconcile
from broker.errors import BadInput, NotAllowed, Unavailable, Untrusted
from broker.keys import context, signing
from broker.wire.counts import ChainPoint, CountedDelivery, CountedTicket, TicketStatement

DAY = dt.date(2026, 11, 21)
BEGINS = int(dt.datetime(2026, 11, 21, tzinfo=dt.UTC).timestamp())
NOON, AFTER = BEGINS + 43_200, BEGINS + 90_000
ID = b"\xab" * 16


def point(size: int, mark: str = "a") -> ChainPoint:
    return ChainPoint(size=size, head=f"{size:063x}{mark}")


def counted(**changes: Any) -> CountedTicket:
    given = {"id": ID, "kind": "question", "purpose": "early_help", "at": NOON, "calls": 2}
    return CountedTicket(**(given | changes))


def statement(*tickets: CountedTicket, **changes: Any) -> TicketStatement:
    given: dict[str, Any] = {
        "v": 1, "agency": "council", "day": DAY, "made": AFTER, "tickets": tickets, "start": point(10),
        "end": point(20), "signature": signing.UNSIGNED,
    }  # fmt: skip
    return TicketStatement(**(given | changes))


def known(**changes: Any) -> Known:
    issued = {ID: Issued(ID, "early_help", NOON, "answered")}
    return Known(**({"issued": issued, "proven": {ID}, "before": []} | changes))


def delivered(inputs: int, **changes: Any) -> TicketStatement:
    return statement(deliveries=(CountedDelivery(batch=ID, at=NOON, inputs=inputs),), **changes)


def tried(*inputs: int, answered: int = 0, at: int = NOON) -> Known:
    attempts = [Evaluated(ID, at, one, is_answer=False) for one in inputs]
    return known(issued={}, evaluated=[*attempts, *([Evaluated(ID, at, answered, is_answer=True)] if answered else [])])


def ended(outcome: Any) -> dict[bytes, Issued]:
    return {ID: Issued(ID, "early_help", NOON, outcome)}


CASES: dict[str, tuple[TicketStatement, Known, list[str]]] = {
    "everything fits": (statement(counted()), known(), []),
    "nothing was asked": (statement(), known(issued={}), []),
    "a ticket of nobody": (statement(counted(), counted(id=b"x" * 16)), known(), ["ticket-not-ours"]),
    "a review of nobody": (statement(counted(), counted(id=b"x" * 16, kind="review")), known(), ["ticket-not-ours"]),
    "another purpose": (statement(counted(purpose="research")), known(), ["other-purpose"]),
    "no receipt of an answer": (statement(counted()), known(proven=set()), ["no-proof"]),
    "compared and no answer": (statement(counted()), known(issued=ended("failed"), proven=set()), ["no-proof"]),
    "compared and refused": (statement(counted()), known(issued=ended("refused"), proven=set()), ["no-proof"]),
    "a desk that stopped": (statement(counted(calls=1)), known(issued=ended("issued"), proven=set()), ["no-proof"]),
    "evaluated and failed": (
        statement(counted(calls=0, purpose=None)), known(issued=ended("failed"), proven=set()), [],
    ),
    "answered and not counted": (statement(), known(), ["not-counted"]),
    "failed and not counted": (statement(), known(issued=ended("failed")), []),
    "asked on another day": (statement(), known(issued={ID: Issued(ID, "early_help", AFTER, "answered")}), []),
    "asked at midnight": (statement(), known(issued={ID: Issued(ID, "early_help", BEGINS + 2, "answered")}), []),
    "the day before ended here": (
        statement(), known(issued={}, before=[statement(day=DAY - dt.timedelta(days=1), start=point(5), end=point(10),
                                                        made=BEGINS + 5)]), [],
    ),
    "the day before ended elsewhere": (
        statement(), known(issued={}, before=[statement(day=DAY - dt.timedelta(days=1), start=point(5), end=point(9),
                                                        made=BEGINS + 5)]), ["log-goes-back"],
    ),
    "the day before was stated early": (
        statement(), known(issued={}, before=[statement(day=DAY - dt.timedelta(days=1), start=point(5), end=point(9),
                                                        made=BEGINS - 5)]), [],
    ),
    "a log that lost lines": (
        statement(), known(issued={}, before=[statement(day=DAY - dt.timedelta(days=9), start=point(5), end=point(11),
                                                        made=BEGINS)]), ["log-goes-back"],
    ),
    "a line that changed": (
        statement(), known(issued={}, before=[statement(day=DAY - dt.timedelta(days=9), start=point(5),
                                                        end=point(10, "b"), made=BEGINS)]), ["log-goes-back"],
    ),
    "the same day again": (statement(counted()), known(before=[statement(end=point(15), made=NOON)]), []),
    "a few strangers": (statement(counted(strangers=8)), known(), []),
    "a question spent on strangers": (statement(counted(strangers=9)), known(), ["strangers"]),
    "a day spent on strangers": (statement(counted(), many_strangers=True), known(), ["strangers-of-the-day"]),
    "a delivery": (delivered(900), tried(900, answered=900), []),
    "a delivery of nobody": (delivered(900), known(issued={}), ["delivery-not-ours"]),
    "more than was delivered": (delivered(901), tried(900, answered=900), ["delivery-larger"]),
    "an answer that was lost": (delivered(1800), tried(900, 900, answered=900), []),
    "an attempt that never arrived": (delivered(900), tried(900, 900, answered=900), []),
    "a delivery that was not counted": (statement(), tried(900, answered=900), ["delivery-not-counted"]),
    "less than was answered": (delivered(899), tried(900, answered=900), ["delivery-not-counted"]),
    "a delivery at midnight": (statement(), tried(900, answered=900, at=BEGINS + 2), []),
    "a delivery of another day": (delivered(900), tried(900, answered=900, at=AFTER), ["delivery-not-ours"]),
    "a delivery of this minute": (statement(made=NOON + 5), tried(900, answered=900), []),
    "a ticket that went away": (statement(), known(issued={}, before=[statement(counted())]), ["log-goes-back"]),
}  # fmt: skip


@pytest.mark.parametrize(("said", "own", "kinds"), CASES.values(), ids=CASES.keys())
def test_what_is_an_alarm(said: TicketStatement, own: Known, kinds: list[str]) -> None:
    """Each in its own words, with the ticket it is about."""
    found = reconcile(said, own)
    assert [alarm.kind for alarm in found.alarms] == kinds
    assert all(
        alarm.text and (alarm.ticket or alarm.kind in ("log-goes-back", "strangers-of-the-day"))
        for alarm in found.alarms
    )


def signed(parties: Any, said: TicketStatement) -> TicketStatement:
    from client_parties import Ed25519PrivateKey, secret

    key = Ed25519PrivateKey.from_private_bytes(secret("unit_signing"))
    return signing.sign(said, context.TICKETS, signing_key=key)


def test_a_statement_is_believed_when_it_is_the_units_ours_and_new(parties: Any) -> None:
    """Not another agency's, not another day's, not yesterday's, and signed by nobody else."""
    good = signed(parties, statement())
    check_statement(good, parties.trust, agency="council", day=DAY, now=AFTER + 5)
    bad = [
        (good, "homes", DAY, AFTER), (good, "council", DAY + dt.timedelta(days=1), AFTER),
        (good, "council", DAY, AFTER + 301), (statement(), "council", DAY, AFTER),
        (good.model_copy(update={"end": point(21)}), "council", DAY, AFTER),
    ]  # fmt: skip
    for said, agency, day, now in bad:
        with pytest.raises(Untrusted):
            check_statement(said, parties.trust, agency=agency, day=day, now=now)


@pytest.mark.parametrize(("error", "outcome"), [
    (None, "answered"), (NotAllowed("no", "no"), "refused"), (Unavailable("no", "no"), "failed"),
    (KeyboardInterrupt(), "failed"),
])  # fmt: skip
def test_a_ticket_is_noted_before_it_is_used_and_after(
    tmp_path: Path, error: BaseException | None, outcome: str
) -> None:
    """However the question ends."""
    journal = Journal(tmp_path, lambda: NOON)

    def ask() -> None:
        with journal.question(ID, purpose="early_help", at=NOON):
            assert issued_about([tmp_path], DAY)[ID].outcome == "issued"
            if error is not None:
                raise error

    _ends(ask, error)
    assert issued_about([tmp_path], DAY) == {ID: Issued(ID, "early_help", NOON, outcome)}  # type: ignore[arg-type]


def _ends(ask: Callable[[], None], error: BaseException | None) -> None:
    if error is None:
        ask()
        return
    with pytest.raises(type(error)):
        ask()


def test_journals_of_several_desks_are_read_together(tmp_path: Path) -> None:
    """Of the day and of the hours around its midnights."""
    for n, at in enumerate((BEGINS - 10, NOON, BEGINS + 86_410, BEGINS - 90_000)):
        with Journal(tmp_path / str(n % 2), lambda at=at: at).question(bytes([n]) * 16, purpose="p", at=at):  # type: ignore[misc]
            pass
    found = issued_about([tmp_path / "0", tmp_path / "1"], DAY)
    assert sorted(found) == [bytes([n]) * 16 for n in range(3)]


def test_attempts_and_answers_of_deliveries_are_read(tmp_path: Path) -> None:
    """Beside tickets, which they do not disturb."""
    journal = Journal(tmp_path, lambda: NOON)
    journal.evaluation(ID, 900)
    with journal.question(b"q" * 16, purpose="early_help", at=NOON):
        journal.evaluated(ID, 900)
    assert evaluated_about([tmp_path], DAY) == [Evaluated(ID, NOON, 900, False), Evaluated(ID, NOON, 900, True)]
    assert issued_about([tmp_path], DAY).keys() == {b"q" * 16}


@pytest.mark.parametrize("line", ['{"batch": "ab"}', '{"batch": "zz", "at": 1, "inputs": 2}', '{"batch": 3}'])
def test_a_damaged_line_of_a_delivery_is_named(tmp_path: Path, line: str) -> None:
    """As one of a question is."""
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal" / f"{DAY}.jsonl").write_text(line + "\n")
    with pytest.raises(BadInput, match="line 1"):
        evaluated_about([tmp_path], DAY)


@pytest.mark.parametrize("line", ["", "{", "[]", '{"ticket": "zz"}', '{"ticket": "ab", "purpose": "p"}'])
def test_a_damaged_journal_is_named(tmp_path: Path, line: str) -> None:
    """Which line of which file; an alarm would be wrong."""
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal" / f"{DAY}.jsonl").write_text(line + "\n")
    with pytest.raises(BadInput, match="line 1"):
        issued_about([tmp_path], DAY)
