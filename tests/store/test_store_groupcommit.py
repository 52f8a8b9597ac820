"""Transactions of one process share a commit on SQLite: each keeps its own errors, and nobody is told of what is not
durable."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, exc, select, text
from store_entries import entry

from broker.audit import tree
from broker.errors import BrokerError, Conflict, Unavailable
from broker.store import audit_tables, auditlog, engine, groupcommit
from broker.store.engine import Store


@pytest.fixture
def store(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store whose groups stay open for as long as anybody is coming, however slow this machine is."""
    monkeypatch.setattr(groupcommit, "OLDEST", 60.0)
    monkeypatch.setattr(groupcommit, "_LOOKS_AGAIN", 5.0)
    opened = engine.open_store(sqlite_url)
    yield opened
    opened.engine.dispose()


def run_grouped(store: Store, blocks: list[Callable[[Connection], None]]) -> list[BaseException | None]:
    """Runs each block in a transaction and a thread of its own, in their order, all in one group. The errors."""
    found: list[BaseException | None] = [None] * len(blocks)
    inside, may_end = threading.Event(), threading.Event()

    def run(number: int) -> None:
        try:
            with store.begin() as tx:
                connection = tx.connection
                if not number:
                    inside.set()
                    may_end.wait()
                tx.audit(entry(number))
                blocks[number](connection)
        except BrokerError as error:
            found[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(blocks))]
    for number, one in enumerate(threads):
        one.start()
        inside.wait()
        until(lambda least=number: len(coming(store)) >= least)  # type: ignore[misc]
    may_end.set()
    for one in threads:
        one.join()
    return found


def coming(store: Store) -> list[object]:
    commits = store._commits
    assert commits is not None
    return commits._coming


def until(happened: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.001)


def nothing(_: Connection) -> None:
    pass


def fails(_: Connection) -> None:
    raise Conflict("ticket-used", "the ticket was used")


def gives_up(connection: Connection) -> None:
    """SQLite rolls the whole transaction back, as it does when the disk is full."""
    connection.execute(text("INSERT OR ROLLBACK INTO audit_state (one, size) VALUES (1, 0)"))


def gives_up_unnoticed(connection: Connection) -> None:
    with pytest.raises(exc.IntegrityError):
        gives_up(connection)


def leaves_its_savepoint_and_fails(connection: Connection) -> None:
    """What it wrote can't be undone alone any more."""
    for one in ("INSERT INTO audit_pending (id) VALUES (x'00')", "RELEASE member"):
        connection.exec_driver_sql(one)
    raise Conflict("ticket-used", "the ticket was used")


def durable(store: Store) -> set[int]:
    """The numbers of the events that have their places, which are without a gap and under the tree's own hashes."""
    with store.look() as connection:
        places = connection.execute(select(audit_tables.audit_leaves).order_by(audit_tables.audit_leaves.c.idx)).all()
        assert [row.idx for row in places] == list(range(auditlog.size(connection)))
        assert auditlog.pending(connection) == []
        leaves = auditlog.leaves(connection, 0, len(places))
        nodes = tree.append(0, map(tree.leaf_hash, leaves), nodes=tree.reader({}))
        assert tree.root(len(places), auditlog.node_reader(connection)) == tree.root(len(places), tree.reader(nodes))
        entries = set(connection.scalars(select(audit_tables.audit_entries.c.id)))
    assert {row.id for row in places} == entries
    return {int.from_bytes(row.id) for row in places}


@pytest.fixture
def commits(store: Store) -> list[object]:
    """Grows by one with each commit of the database."""
    seen: list[object] = []
    event.listen(store.engine, "commit", seen.append)
    return seen


def test_those_who_come_together_share_one_commit(store: Store, commits: list[object]) -> None:
    """Each of many questions at once waits for a flush of the disk of its own."""
    assert run_grouped(store, [nothing] * 9) == [None] * 9
    assert durable(store) == set(range(9))
    assert len(commits) == 1


def test_a_group_ends_when_it_is_full_or_old(
    store: Store, commits: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever was first waits for ever, as others keep coming."""
    monkeypatch.setattr(groupcommit, "MOST", 3)
    assert run_grouped(store, [nothing] * 9) == [None] * 9
    assert len(commits) == 3
    commits.clear()
    monkeypatch.setattr(groupcommit, "OLDEST", -1.0)
    assert [isinstance(one, Unavailable) for one in run_grouped(store, [nothing] * 4)] == [True] * 4
    assert not commits, "the same events once more"


@pytest.mark.parametrize("at", [0, 1, 3])
def test_an_error_undoes_only_its_own(store: Store, commits: list[object], at: int) -> None:
    """One question that is refused takes the answers of others with it, or leaves something behind."""
    blocks = [nothing] * 4
    blocks[at] = fails
    found = run_grouped(store, blocks)
    assert isinstance(found[at], Conflict)
    assert [one for one in found if one is not None] == [found[at]]
    assert durable(store) == {0, 1, 2, 3} - {at}
    assert len(commits) == 1


@pytest.mark.parametrize("block", [gives_up, gives_up_unnoticed])
def test_a_transaction_that_the_database_gives_up_refuses_all_before_it(
    store: Store, block: Callable[[Connection], None]
) -> None:
    """What SQLite rolled back by itself counts as durable, or what follows is written without a transaction."""
    found = run_grouped(store, [nothing, nothing, block, nothing])
    assert isinstance(found[0], Unavailable) and isinstance(found[2], Unavailable)
    # Whoever had a turn after it, which is for the locks to say, began another group.
    assert durable(store) == {number for number, error in enumerate(found) if error is None}
    with store.begin() as tx:
        tx.audit(entry(9))
    assert 9 in durable(store)


def test_what_can_not_be_undone_alone_is_committed_with_nobody(store: Store) -> None:
    """A refused request's half is committed along with those who shared its transaction."""
    found = run_grouped(store, [nothing, leaves_its_savepoint_and_fails])
    assert isinstance(found[0], Unavailable) and isinstance(found[1], Conflict)
    assert durable(store) == set()


DOOM = (
    "CREATE TABLE doom (id INTEGER PRIMARY KEY, never INTEGER REFERENCES doom(id) DEFERRABLE INITIALLY DEFERRED)",
    "CREATE TRIGGER doomed AFTER INSERT ON audit_details BEGIN INSERT INTO doom(never) VALUES (-1); END",
)
NO_PLACE = ("CREATE TRIGGER doomed BEFORE INSERT ON audit_leaves BEGIN SELECT RAISE(ABORT, 'no'); END",)


@pytest.mark.parametrize("doom", [DOOM, NO_PLACE], ids=["the commit", "the places"])
def test_an_error_of_the_commit_refuses_all(store: Store, doom: tuple[str, ...]) -> None:
    """An answer leaves whose event was in a group that could not be committed, or could not be given its place."""

    @event.listens_for(store.engine, "connect")
    def strict(connection: object, _: object) -> None:
        connection.execute("PRAGMA foreign_keys = ON")  # type: ignore[attr-defined]

    store.engine.dispose()
    with store.sequence() as connection:
        for statement in doom:
            connection.execute(text(statement))
    found = run_grouped(store, [nothing, nothing, fails, nothing])
    assert [type(one) for one in found] == [Unavailable, Unavailable, Conflict, Unavailable]
    assert len({id(one) for one in found}) == 4
    assert durable(store) == set()
    with store.sequence() as connection:
        connection.execute(text("DROP TRIGGER doomed"))
    assert run_grouped(store, [nothing, nothing]) == [None, None]
    assert durable(store) == {0, 1}


def test_nobody_waits_for_a_lengthy_one(store: Store) -> None:
    """A question waits until a whole delivery was written."""
    inside, done = threading.Event(), threading.Event()

    def short(number: int) -> None:
        with store.begin() as tx:
            assert tx.connection.in_transaction()
            if not number:
                inside.set()
                until(lambda: store._commits._turn.locked() and len(waiting) == 1)  # type: ignore[union-attr]
                time.sleep(0.02)
            tx.audit(entry(number))
        done.set()

    def lengthy() -> None:
        waiting.append(1)
        with store.begin(lengthy=True) as tx:
            assert tx.connection.in_transaction()
            assert done.wait(10)
            tx.audit(entry(9))

    waiting: list[int] = []
    threads = [threading.Thread(target=short, args=(0,))]
    threads[0].start()
    inside.wait()
    threads.append(threading.Thread(target=lengthy))
    threads[1].start()
    for one in threads:
        one.join()
    assert durable(store) == {0, 9}


def test_who_is_coming_and_never_arrives_keeps_nobody_waiting(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A group was left open for somebody who has given up, and all in it hang."""
    monkeypatch.setattr(groupcommit, "_LOOKS_AGAIN", 0.05)
    coming(store).append("nobody")
    with store.begin() as tx:
        tx.audit(entry(1))
    assert durable(store) == {1}


def test_a_turn_that_does_not_come_is_an_outage(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests pile up behind one that hangs."""
    monkeypatch.setattr(groupcommit, "_PATIENCE", 0.05)
    with store.begin() as tx:
        assert tx.connection.in_transaction()
        with pytest.raises(Unavailable), store.begin() as other:
            raise AssertionError(other.connection)
        with pytest.raises(Unavailable), store.begin() as other:
            other.audit(entry(2))
        tx.audit(entry(1))
    assert durable(store) == {1}


def test_what_can_be_made_again_waits_for_no_flush(store: Store) -> None:
    """The checkpoint's own row weakens the durability of what follows it on the same connection."""
    for number in range(3):
        with store.derive() as connection:
            auditlog.keep_checkpoint(connection, number + 1, "note")
        with store.begin() as tx:
            assert tx.connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
            tx.audit(entry(number))
    with pytest.raises(ZeroDivisionError), store.derive() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 1
        raise ZeroDivisionError
    with store.look() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


def test_a_database_whose_file_is_gone_takes_nothing(store: Store, sqlite_url: str) -> None:
    """The broker goes on writing into a deleted file, and all that it discloses is lost with it."""
    with store.begin() as tx:
        tx.audit(entry(1))
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    file.rename(file.with_suffix(".moved"))
    with pytest.raises(Unavailable), store.begin() as tx:
        tx.audit(entry(2))
    file.with_suffix(".moved").rename(file)
    with store.begin() as tx:
        tx.audit(entry(3))
    assert durable(store) == {1, 3}


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 30))])
def test_whatever_happens_in_groups(store: Store, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Some mixture of errors tells somebody that their event is durable when it is not, or hangs."""
    monkeypatch.setattr(groupcommit, "OLDEST", 0.005)
    ends = [nothing] * 4 + [None] * 3 + [fails] * 2 + [gives_up, gives_up_unnoticed]
    sure: list[int] = []
    never: list[int] = []

    def client(number: int) -> None:
        rng = random.Random(seed * 100 + number)
        for mine in range(1000 * number, 1000 * number + 25):
            block = rng.choice(ends)
            try:
                with store.begin(lengthy=rng.random() < 0.1) as tx:
                    tx.audit(entry(mine))
                    if rng.random() < 0.1:
                        time.sleep(0.002)
                    if block:
                        block(tx.connection)
                sure.append(mine)
            except (Conflict, Unavailable):
                never.append(mine)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(1, 9)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(timeout=60)
    assert len(sure) + len(never) == 8 * 25
    assert durable(store) == set(sure)
