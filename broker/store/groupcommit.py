"""Group commit for SQLite, which has one writer at a time and flushes the disk at every commit.

    with commits.member() as member:            # waits for its turn
        member.connection.execute(...)
    # durable from here on, or an error

Transactions of this process that come at the same time share one transaction of the database, and one flush. Each has
a savepoint of its own, so that an error undoes only what its own block did. Whoever ends and finds nobody waiting, or
the group full, commits for all; everybody else waits for that. An error of the commit refuses everybody in the group.

The group's audit events are written, and get their places in the tree, in this same commit: there is one writer, so
that no other can come between, and a commit that fails takes the places back with it. So it does a signature that was
made meanwhile: nobody is told of it before the commit is durable.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock

from sqlalchemy import Connection, Engine, RootTransaction, exc

from broker.store import driver
from broker.store.batches import Batch, Batches
from broker.store.entries import Entry

MOST = 64
"""Members of one group."""
OLDEST = 0.01
"""Seconds after which a group takes no further member."""
_PATIENCE = 10.0
"""Seconds that a transaction waits for its turn, as it would for another process."""
_LOOKS_AGAIN = 0.05


@dataclass
class Member:
    """One transaction of a group, and its audit events, which are written with those of all others.

    None where there is no group, and each writes its own.
    """

    connection: Connection
    entries: list[Entry] | None


@dataclass(eq=False)
class _Group:
    connection: Connection
    transaction: RootTransaction
    since: float = field(default_factory=time.monotonic)
    members: int = 0
    entries: list[Entry] = field(default_factory=list)
    is_over: Event = field(default_factory=Event)
    error: BaseException | None = None


class GroupCommit:
    """The one writer of a SQLite database in this process; `place` writes a group's audit events, in their places.

    `batches` has them once they are durable.
    """

    def __init__(self, engine: Engine, place: Callable[[Connection, Sequence[Entry]], Batch], batches: Batches) -> None:
        self._engine = engine
        self._place = place
        self._batches = batches
        # Whose statements run. Everything below is changed only by who has the turn, but for the count of who comes.
        self._turn = Lock()
        self._open: _Group | None = None
        self._coming: list[object] = []

    @contextmanager
    def member(self, *, lengthy: bool = False) -> Iterator[Member]:
        """A transaction that is durable once the block has ended. Those before a `lengthy` one do not wait for it."""
        with self._my_turn(is_member=not lengthy):
            if lengthy and self._open:
                self._commit(self._open)
            group = self._open or self._begin()
            try:
                with _undone_alone(group) as member:
                    yield member
                group.members += 1
                group.entries += member.entries or ()
            finally:
                self._pass_on(group)
        self._wait_for(group)
        if group.error is not None:
            raise exc.OperationalError("", None, group.error, hide_parameters=True) from group.error

    @contextmanager
    def aside(self) -> Iterator[Connection]:
        """A transaction of its own whose end waits for no flush: for what can be made again from what is durable."""
        with self._my_turn(is_member=False):
            if self._open:
                self._commit(self._open)
            with self._engine.connect() as connection, _unflushed(connection), connection.begin():
                yield connection

    @contextmanager
    def _my_turn(self, *, is_member: bool) -> Iterator[None]:
        me = object()
        if is_member:
            self._coming.append(me)
        try:
            has_turn = self._turn.acquire(timeout=_PATIENCE)
        finally:
            if is_member:
                self._coming.remove(me)
        if not has_turn:
            raise exc.TimeoutError("another transaction takes too long")
        try:
            yield
        finally:
            self._turn.release()

    def _begin(self) -> _Group:
        connection = self._engine.connect()
        try:
            self._open = _Group(connection, connection.begin())
        except BaseException:
            connection.close()
            raise
        return self._open

    def _pass_on(self, group: _Group) -> None:
        """Leaves the group to who comes next, or ends it."""
        if not group.members:
            self._end(group, RuntimeError("nothing to commit"))
            return
        try:
            driver.check_open(group.connection)
        except exc.OperationalError as error:
            self._end(group, error)
            return
        if not self._coming or group.members >= MOST or time.monotonic() - group.since > OLDEST:
            self._commit(group)

    def _commit(self, group: _Group) -> None:
        batch = None
        try:
            if group.entries:
                batch = self._place(group.connection, group.entries)
            # Python's commit of a transaction that is over does nothing, and says nothing.
            driver.check_open(group.connection)
            group.transaction.commit()
        except Exception as error:  # noqa: BLE001 - everybody in the group gets it
            self._end(group, error)
        except BaseException as error:
            self._end(group, error)
            raise
        else:
            if batch is not None:
                self._batches.add(batch)
            self._end(group, None)

    def _end(self, group: _Group, error: BaseException | None) -> None:
        self._open = None
        group.error = error
        try:
            if error is not None and group.members:
                # In what state a commit or a disk that failed left it is not worth finding out.
                group.connection.invalidate()
            # What is not committed by now is rolled back.
            group.connection.close()
        finally:
            group.is_over.set()

    def _wait_for(self, group: _Group) -> None:
        while not group.is_over.wait(_LOOKS_AGAIN):
            # Whoever was coming when the group was left open may have given up.
            if self._turn.acquire(blocking=False):
                try:
                    if self._open is group:
                        self._commit(group)
                finally:
                    self._turn.release()


@contextmanager
def _undone_alone(group: _Group) -> Iterator[Member]:
    """A member of the group. What it did is undone when its block fails, and nothing else is."""
    member = Member(group.connection, [])
    if not group.members:
        # Nothing else is in the transaction yet.
        yield member
        return
    driver.say(group.connection, "SAVEPOINT member")
    try:
        # The commit releases them all.
        yield member
    except BaseException:
        try:
            driver.say(group.connection, "ROLLBACK TO member")
            driver.say(group.connection, "RELEASE member")
        except exc.DBAPIError:
            # What this block did is still there: nobody's may be committed with it.
            group.connection.invalidate()
        raise


@contextmanager
def _unflushed(connection: Connection) -> Iterator[None]:
    driver.say(connection, "PRAGMA synchronous=NORMAL")
    try:
        yield
    finally:
        try:
            driver.say(connection, "PRAGMA synchronous=FULL")
        except BaseException:
            connection.invalidate()
            raise
