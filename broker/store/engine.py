"""begin() gives a transaction that refuses to commit unaudited; data leaves only as `Released`, made after the commit.

    with store.begin() as tx:
        ...
        tx.audit(entry)
        held = tx.release(story)
    return held.released()          # raises unless the transaction committed

A database that is down, locked, full or read-only becomes `Unavailable` (503): nothing was disclosed, nothing lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from select import POLLIN, poll
from typing import Any, Generic, TypeAlias, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, exc, select
from sqlalchemy.engine import URL, make_url

from broker.errors import Misconfigured, Unavailable
from broker.store import auditlog, driver
from broker.store.audit_tables import audit_leaves
from broker.store.batches import Batch, Batches
from broker.store.entries import Entry as Entry
from broker.store.groupcommit import GroupCommit, Member
from broker.store.outage import outages
from broker.store.together import Together

T = TypeVar("T")
U = TypeVar("U")
Rows: TypeAlias = "dict[tuple[str, tuple[str, ...]], list[Sequence[Any]]]"
"""Rows to be, by their table and its columns: their values in that order."""
_SEAL = object()
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "secure_delete=ON", "cache_size=-32768")
_PATIENCE = 0.003
"""Seconds that what many add, or ask proofs of, waits for others of the same process."""
# Waiting for PostgreSQL has an end, so that an outage is a 503 and not a hanging request.
_WAITS = {"connect_timeout": 5, "options": "-c lock_timeout=10s"}
# A server that is gone without a word, too: many wait for who writes for them all.
_WAITS |= {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 2, "tcp_user_timeout": 20_000}


class Released(Generic[T]):
    """Data that may leave, because the event that says so is durable. Only `Held.released` makes one."""

    def __init__(self, value: T, seal: object) -> None:
        if seal is not _SEAL:
            raise RuntimeError("Released is made by a committed transaction only")
        self.value = value

    def map(self, change: Callable[[T], U]) -> Released[U]:
        """What is made of released data is released data."""
        return Released(change(self.value), _SEAL)


class Held(Generic[T]):
    """Data that waits for its transaction to commit."""

    def __init__(self, value: T, tx: Tx) -> None:
        self._value = value
        self._tx = tx

    def released(self) -> Released[T]:
        """The data, once the transaction has committed. Raises `Unavailable` before that or if it failed."""
        if not self._tx.committed:
            raise Unavailable("not-committed", "the audit entry is not durable, so nothing is disclosed")
        return Released(self._value, _SEAL)


@dataclass
class Tx:
    """One transaction. `audited` turns true with the first entry; without one it does not commit.

    It begins when its connection is first asked for. One that only adds never does: what many add at the same moment
    is written as one.
    """

    begin: Callable[[], Member] = field(repr=False)
    audited: bool = False
    committed: bool = False
    entries: list[Entry] = field(default_factory=list, repr=False)
    rows: Rows = field(default_factory=dict, repr=False)
    member: Member | None = field(default=None, repr=False)

    @property
    def connection(self) -> Connection:
        return self._begun().connection

    def audit(self, entry: Entry) -> None:
        """Adds an audit event to this very transaction, waiting for its place in the tree."""
        self.entries.append(entry)
        self.audited = True

    def insert(self, table: str, columns: tuple[str, ...], rows: Iterable[Sequence[Any]]) -> None:
        """Adds rows that nothing can be in the way of, such as those under a new random id, without beginning.

        Names are the caller's own, never from outside.
        """
        for row in rows:
            self.rows.setdefault((table, columns), []).append(row)

    def write(self) -> None:
        """Writes what was added as the last thing before the commit, the events with those of all who share it."""
        member = self._begun()
        driver.check_open(member.connection)
        for (table, columns), rows in self.rows.items():
            driver.insert(member.connection, table, columns, rows)
        if member.entries is None:
            auditlog.write(member.connection, self.entries)
        else:
            member.entries.extend(self.entries)

    def release(self, value: T) -> Held[T]:
        """`value`, to be had only after this transaction has committed."""
        return Held(value, self)

    def _begun(self) -> Member:
        if self.member is None:
            self.member = self.begin()
        return self.member


class Store:
    """A database behind an engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.together: Together[Any, Any] = Together(_PATIENCE)
        self.batches = Batches()
        self._adds: Together[Tx, None] = Together(_PATIENCE)
        self.signs: Callable[[Connection, Batch], Batch] = lambda _, batch: batch
        """Signs what was placed, inside of the commit: `publish_checkpoint.sign_in_commits` says how."""
        self._commits = GroupCommit(engine, self._place, self.batches) if engine.dialect.name == "sqlite" else None

    @property
    def entries_wait(self) -> bool:
        """Whether audit events wait for their places after the commit, as requests commit side by side."""
        return self._commits is None

    @contextmanager
    def begin(self, *, lengthy: bool = False) -> Iterator[Tx]:
        """A transaction that commits when the block ends, if it was audited, and otherwise rolls back.

        Others may share its commit; those before a `lengthy` one do not wait for it.
        """
        with ExitStack() as stack:
            tx = Tx(lambda: stack.enter_context(self._write(lengthy=lengthy)))
            try:
                yield tx
            finally:
                tx.begin = _is_over
            if not tx.audited:
                raise RuntimeError("a transaction was not audited, so it is not committed")
            if tx.member:
                tx.write()
            else:
                self._adds.ask(tx, self._add)
        tx.committed = True

    def recorded(self, value: T, entry: bytes) -> Released[T]:
        """`value`, because the audit event about it has its place in the log. Raises `Unavailable` otherwise."""
        with self.look() as connection:
            if connection.execute(select(audit_leaves.c.idx).where(audit_leaves.c.id == entry)).first() is None:
                raise Unavailable("not-committed", "the audit entry is not durable, so nothing is disclosed")
        return Released(value, _SEAL)

    @contextmanager
    def sequence(self) -> Iterator[Connection]:
        """The audit log's own transaction: it gives entries their place and discloses nothing."""
        with self._write() as member:
            yield member.connection

    @contextmanager
    def derive(self) -> Iterator[Connection]:
        """A transaction for what can be made again from what is durable, so that it waits for no flush of the disk."""
        with outages():
            if self._commits is not None:
                with self._commits.aside() as connection:
                    yield connection
            else:
                with self.engine.connect() as connection, connection.begin():
                    connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
                    yield connection

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """A connection for reading. All that is read through it is of one moment, whoever writes meanwhile."""
        # SQLite reads so of itself; PostgreSQL, left alone, would see a record change between two statements.
        options = {"isolation_level": "REPEATABLE READ"} if self.engine.dialect.name == "postgresql" else {}
        with outages(), self.engine.connect() as connection:
            yield connection.execution_options(broker_reads_only=True, **options)

    def _add(self, several: Sequence[Tx]) -> list[None]:
        with self._write() as member:
            whole = Tx(_is_over, member=member)
            for tx in several:
                whole.entries += tx.entries
                for (table, columns), rows in tx.rows.items():
                    whole.insert(table, columns, rows)
            whole.write()
        self.batches.prepare([one.id for one in whole.entries])
        return [None] * len(several)

    def _place(self, connection: Connection, entries: Sequence[Entry]) -> Batch:
        auditlog.write(connection, entries)
        return self.signs(connection, auditlog.place_waiting(connection, entries))

    @contextmanager
    def _write(self, *, lengthy: bool = False) -> Iterator[Member]:
        with outages():
            if self._commits is not None:
                with self._commits.member(lengthy=lengthy) as member:
                    yield member
            else:
                with self.engine.connect() as connection, connection.begin():
                    yield Member(connection, None)


def _is_over() -> Member:
    raise RuntimeError("the transaction is over")


def open_store(url: str) -> Store:
    """A store at `url` (`sqlite:///file` or `postgresql+psycopg://...`). Raises `Misconfigured` for another kind."""
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return Store(_sqlite(parsed))
        if parsed.get_backend_name() == "postgresql":
            return Store(_postgresql(parsed))
    except exc.ArgumentError:
        raise Misconfigured("database-url-invalid", "BROKER_DATABASE_URL is not a database address") from None
    raise Misconfigured("database-url-invalid", "BROKER_DATABASE_URL must name SQLite or PostgreSQL")


def _postgresql(url: URL) -> Engine:
    engine = create_engine(url, connect_args=_WAITS, pool_size=10, max_overflow=20, hide_parameters=True)

    @event.listens_for(engine, "checkout")
    def _still_there(connection: Any, _: Any, __: Any) -> None:
        # A server says nothing unasked but that it ends: to ask it each time would cost as much as a query.
        waiting = poll()
        waiting.register(connection.fileno(), POLLIN)
        if connection.closed or waiting.poll(0):
            raise exc.DisconnectionError

    return engine


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": 10, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _durable(connection: Any, record: Any) -> None:
        # Python's own transaction handling begins too late: a reader that turns writer fails at once.
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        record.info["file"] = _file(url)

    @event.listens_for(engine, "checkout")
    def _still_there(_: Any, record: Any, __: Any) -> None:
        # SQLite would go on writing into a file that was deleted or replaced, and all of it would be lost.
        if record.info["file"] != _file(url):
            raise exc.OperationalError("", None, FileNotFoundError("the database's file is another one"))

    @event.listens_for(engine, "begin")
    def _immediate(connection: Connection) -> None:
        is_reading = connection.get_execution_options().get("broker_reads_only")
        driver.say(connection, "BEGIN" if is_reading else "BEGIN IMMEDIATE")

    return engine


def _file(url: URL) -> tuple[int, int] | None:
    """Which file the address names now; None for a database in memory, and when there is none."""
    try:
        found = Path(url.database or "").stat() if url.database else None
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found else None
