"""Several threads at once, on both databases: what may happen once happens once."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable

import pytest
from sqlalchemy import select
from store_entries import entry

from broker.audit import tree
from broker.errors import BrokerError, Conflict, QuotaReached
from broker.store import audit_tables, auditlog, deliveries, quota, tables
from broker.store.engine import Store

THREADS = 8
NOW = 1_795_339_800


def together(does: Callable[[int], object], threads: int = THREADS) -> list[object]:
    """What `does` came to in each of several threads that begin at once: its result, or the error."""
    ready = threading.Barrier(threads)
    found: list[object] = [None] * threads

    def run(number: int) -> None:
        ready.wait()
        try:
            found[number] = does(number)
        except BrokerError as error:
            found[number] = error

    running = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for one in running:
        one.start()
    for one in running:
        one.join()
    return found


@pytest.mark.parametrize("kind", ["ticket", "evaluation", "verdict"])
def test_a_licence_is_spent_exactly_once(store: Store, kind: str) -> None:
    """Two questions get through on one ticket when they come at the same moment."""

    def spend(number: int) -> str:
        with store.begin() as tx:
            deliveries.spend(tx.connection, kind, b"t" * 16, expires=NOW + 60, now=NOW)
            tx.audit(entry(number))
        return "spent"

    found = together(spend)
    assert found.count("spent") == 1
    assert {one.code for one in found if isinstance(one, Conflict)} == {f"{kind}-used"}
    assert len([one for one in found if isinstance(one, Conflict)]) == THREADS - 1


def test_what_was_spent_in_vain_can_be_spent(store: Store) -> None:
    """A ticket is lost with a question that failed for another reason."""
    with pytest.raises(ZeroDivisionError), store.begin() as tx:
        deliveries.spend(tx.connection, "ticket", b"t" * 16, expires=NOW + 60, now=NOW)
        raise ZeroDivisionError
    with store.begin() as tx:
        deliveries.spend(tx.connection, "ticket", b"t" * 16, expires=NOW + 60, now=NOW)
        tx.audit(entry(1))


def test_what_was_spent_is_forgotten_when_it_has_expired(store: Store) -> None:
    """The table of spent tickets grows for ever, or forgets one that is still good."""
    for number, now in enumerate((NOW, NOW + 61)):
        with store.begin() as tx:
            deliveries.spend(tx.connection, "ticket", bytes([number]) * 16, expires=now + 60, now=now)
            tx.audit(entry(number))
    with store.look() as connection:
        assert connection.scalars(select(tables.spent.c.id)).all() == [b"\1" * 16]


def test_the_days_allowance_holds_when_all_ask_at_once(store: Store) -> None:
    """An agency that asks in parallel asks more often than it may."""

    def ask(number: int) -> str:
        with store.begin() as tx:
            deliveries.charge_question(tx.connection, "council", dt.date(2026, 11, 22), 5, more=lambda: 0)
            tx.audit(entry(number))
        return "asked"

    found = together(ask)
    assert found.count("asked") == 5
    assert all(isinstance(one, QuotaReached) for one in found if one != "asked")
    with store.look() as connection:
        assert connection.scalars(select(tables.quotas.c.questions)).all() == [5]


def publish(store: Store) -> int:
    """One sequencer's work, without the lock that keeps another from beginning: only the fence."""
    with store.sequence() as connection:
        return auditlog.place_waiting(connection).size


def test_two_sequencers_never_give_one_place_twice(store: Store) -> None:
    """Two processes that extend the log at once give one place to two events, or lose one."""
    for round_of in range(4):
        for number in range(3):
            with store.begin() as tx:
                tx.audit(entry(10 * round_of + number))
        found = together(lambda _: publish(store), threads=4)
        assert any(isinstance(one, int) for one in found)
        assert all(isinstance(one, int | Conflict) for one in found), found
        publish(store)
    with store.look() as connection:
        places = connection.execute(select(audit_tables.audit_leaves).order_by(audit_tables.audit_leaves.c.idx)).all()
        leaves = auditlog.leaves(connection, 0, 12)
        assert [row.idx for row in places] == list(range(12))
        assert len({row.id for row in places}) == 12
        assert auditlog.size(connection) == 12
        assert auditlog.pending(connection) == []
        whole = tree.append(0, map(tree.leaf_hash, leaves), nodes=tree.reader({}))
        assert tree.root(12, auditlog.node_reader(connection)) == tree.root(12, tree.reader(whole))


def test_a_sequencer_that_was_overtaken_writes_nothing(store: Store) -> None:
    """A slow process puts its own history beside the one that is signed."""
    with store.begin() as tx:
        tx.audit(entry(1))
    publish(store)
    with pytest.raises(Conflict), store.sequence() as connection:
        auditlog.integrate(connection, [b"x" * 16], {(0, 0): b"h" * 32}, old_size=0)
    with store.look() as connection:
        assert auditlog.size(connection) == 1


def test_one_delivery_at_a_time_writes_a_source(store: Store) -> None:
    """A transaction works on records that another one is replacing, and what it does is lost."""
    inside: list[int] = []
    most: list[int] = []

    def write(number: int) -> str:
        with store.begin() as tx:
            deliveries.lock_source(tx.connection, "csc")
            inside.append(number)
            most.append(len(inside))
            threading.Event().wait(0.02)
            tx.audit(entry(number))
            inside.remove(number)
        return "written"

    assert together(write, threads=4) == ["written"] * 4
    assert max(most) == 1


def test_each_question_is_one_of_its_hour_when_all_ask_at_once(store: Store) -> None:
    """Questions are counted as one, and nobody hears of the hour in which a hundred were asked."""

    def ask(number: int) -> int:
        with store.begin() as tx:
            tx.audit(entry(number))
            return quota.count_hour(tx.connection, "council", 7)[0]

    assert sorted(together(ask)) == list(range(1, THREADS + 1))
    with store.begin() as tx:
        tx.audit(entry(99))
        quota.mark_told(tx.connection, "council", 7)
        assert quota.count_hour(tx.connection, "council", 7) == (THREADS + 1, True)
        assert quota.count_hour(tx.connection, "council", 7 + 24 * 40) == (1, False)
    with store.look() as connection:
        assert connection.scalars(select(tables.question_hours.c.hour)).all() == [7 + 24 * 40]
