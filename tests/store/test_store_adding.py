"""Transactions that only add never begin: what many threads add at the same moment is one transaction of the database,
durable for each of them before it goes on."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import event, select, text
from store_entries import entry
from test_store_groupcommit import until

from broker.audit import tree
from broker.audit.proof import parse_proof
from broker.errors import BrokerError, Unavailable
from broker.store.audit_tables import audit_entries
from broker.store.batches import grown
from broker.store.engine import Store


@pytest.fixture
def commits(store: Store) -> list[object]:
    """Grows by one with each commit of the database."""
    seen: list[object] = []
    event.listen(store.engine, "commit", seen.append)
    return seen


@pytest.fixture
def added(store: Store) -> Store:
    """The store with a table to add rows to."""
    with store.sequence() as connection:
        connection.execute(text("CREATE TABLE added (n INTEGER PRIMARY KEY)"))
    return store


def durable(store: Store) -> tuple[set[int], set[int]]:
    """The numbers of the events and of the rows that are there."""
    with store.look() as connection:
        ids = connection.scalars(select(audit_entries.c.id))
        entries = {int.from_bytes(bytes(one)) for one in ids}
        return entries, set(connection.scalars(text("SELECT n FROM added")))


def add_at_once(store: Store, rows: list[int]) -> list[BrokerError | None]:
    """Adds an event and one of the rows each, in threads of which all but the first wait for it. Their errors."""
    found: list[BrokerError | None] = [None] * len(rows)
    together = store._adds

    def run(number: int) -> None:
        try:
            with store.begin() as tx:
                held = tx.release(number)
                tx.insert("added", ("n",), [(rows[number],)])
                tx.audit(entry(number))
            assert held.released().value == number
        except BrokerError as error:
            found[number] = error
            with pytest.raises(Unavailable):
                held.released()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(rows))]

    def come() -> list[None]:
        for one in threads:
            one.start()
        until(lambda: len(together._waiting) == len(threads))
        return [None]

    together.ask(None, lambda _: come())  # type: ignore[arg-type]
    for one in threads:
        one.join()
    return found


def test_what_many_add_is_one_transaction(added: Store, commits: list[object]) -> None:
    """Each of many readings at once waits for a flush of the disk of its own."""
    commits.clear()
    assert add_at_once(added, list(range(10, 19))) == [None] * 9
    assert len(commits) == 1
    assert durable(added) == (set(range(9)), set(range(10, 19)))


def test_an_error_is_everybodys_and_leaves_nothing(added: Store) -> None:
    """One of those who were written together is told that its event is durable when it is not."""
    found = add_at_once(added, [1, 2, 2, 3])
    assert [type(one) for one in found] == [Unavailable] * 4 and len({id(one) for one in found}) == 4
    assert durable(added) == (set(), set())
    assert add_at_once(added, [1, 2, 4, 3]) == [None] * 4
    assert durable(added) == ({0, 1, 2, 3}, {1, 2, 3, 4})


def test_rows_are_written_with_the_events_of_a_transaction_that_began(added: Store) -> None:
    """What a transaction adds is not there when it commits, or is when it does not."""
    for fails in (False, True):
        with pytest.raises(ZeroDivisionError) if fails else added.look(), added.begin() as tx:
            tx.insert("added", ("n",), [(1 + fails,), (3 + fails,)])
            assert tx.connection.scalars(text("SELECT n FROM added")).all() == ([1, 3] if fails else [])
            tx.audit(entry(fails))
            if fails:
                raise ZeroDivisionError
    assert durable(added) == ({0}, {1, 3})


def test_who_only_adds_waits_for_no_turn(added: Store) -> None:
    """Everybody whose transaction only adds holds the database for as long as its block takes."""
    with added.begin() as slow:
        slow.audit(entry(1))
        with added.begin() as quick:
            quick.audit(entry(2))
        assert durable(added)[0] == {2}
    assert durable(added)[0] == {1, 2}


def test_a_transaction_that_is_over_does_not_begin(added: Store) -> None:
    """A look into a transaction after its end takes the turn, and nobody ever gives it back."""
    with added.begin() as tx:
        tx.audit(entry(1))
    with pytest.raises(RuntimeError, match="over"):
        _ = tx.connection
    assert add_at_once(added, [5]) == [None]


def test_an_entry_that_is_asked_for_twice_is_proven_twice() -> None:
    """Somebody asks for the proof of one event twice, and gets an error for an answer."""
    leaves = [(bytes([n]) * 16, b"{}") for n in range(3)]
    batch, nodes = grown(0, leaves, tree.reader({}))
    batch = batch.signed(tree.root(3, tree.reader(nodes)), "note\n")
    asked = [leaves[1][0], leaves[2][0], leaves[1][0]]
    made = batch.proven(asked)
    batch.prepare([one for one, _ in leaves])
    assert batch.proven(asked) == made
    assert [parse_proof(one.proof).index for one in made] == [1, 2, 1]
