"""Data leaves only as `Released`, which only a committed and audited transaction makes."""

from __future__ import annotations

import datetime as dt
import inspect

import pytest
from sqlalchemy import func, insert, select
from store_entries import entry

from broker.errors import Unavailable
from broker.store import auditlog, tables
from broker.store.engine import Held, Released, Store
from broker.store.metadata import metadata


def count(store: Store, table: str) -> int:
    with store.look() as connection:
        query = select(func.count()).select_from(metadata.tables[table])
        return int(connection.execute(query).scalar_one())


def test_released_can_not_be_made_otherwise() -> None:
    """Any code can declare data released."""
    with pytest.raises(RuntimeError):
        Released("a story", object())
    with pytest.raises(TypeError):
        Released("a story")  # type: ignore[call-arg]
    assert list(inspect.signature(Held.released).parameters) == ["self"]


def test_what_is_held_is_released_after_the_commit_only(store: Store) -> None:
    """An answer leaves before its audit event is durable."""
    with store.begin() as tx:
        held = tx.release("a story")
        tx.audit(entry(1))
        with pytest.raises(Unavailable):
            held.released()
    assert held.released().value == "a story"
    assert held.released().map(str.upper).value == "A STORY"
    assert count(store, "audit_entries") == 1


def test_a_transaction_without_an_event_does_not_commit(store: Store) -> None:
    """Something is written or released of which the audit log knows nothing."""
    with pytest.raises(RuntimeError, match="not audited"), store.begin() as tx:
        held = tx.release("a story")
        tx.connection.execute(
            insert(tables.protections), {"id": b"p" * 16, "sealed": b"s", "review_by": dt.date(2027, 6, 1)}
        )
    assert count(store, "protections") == 0
    with pytest.raises(Unavailable):
        held.released()


def test_a_transaction_that_fails_releases_nothing(store: Store) -> None:
    """Data can be had after its transaction was rolled back."""
    with pytest.raises(ZeroDivisionError), store.begin() as tx:
        held = tx.release("a story")
        tx.audit(entry(1))
        raise ZeroDivisionError
    assert not tx.committed
    with pytest.raises(Unavailable):
        held.released()
    assert count(store, "audit_entries") == 0


def test_the_same_event_twice_does_not_commit(store: Store) -> None:
    """Two answers share one event, so that one of them is in no log."""
    with store.begin() as tx:
        tx.audit(entry(1))
    with pytest.raises(Unavailable), store.begin() as tx:
        held = tx.release("a story")
        tx.audit(entry(1))
    with pytest.raises(Unavailable):
        held.released()


def test_what_is_recorded_has_its_place_in_the_log(store: Store) -> None:
    """A receipt is given out again although its event has no place in the log."""
    with store.begin() as tx:
        tx.audit(entry(1))
        with pytest.raises(Unavailable):
            store.recorded("a receipt", entry(1).id)
    with pytest.raises(Unavailable):
        store.recorded("a receipt", entry(2).id)
    with store.sequence() as connection:
        auditlog.place_waiting(connection)
    assert store.recorded("a receipt", entry(1).id).value == "a receipt"


def test_reading_does_not_write(store: Store) -> None:
    """What is opened for reading takes the write lock, or stays open and keeps others waiting."""
    with store.look() as one, store.look() as other:
        assert one.execute(select(func.count()).select_from(tables.records)).scalar_one() == 0
        assert other.execute(select(func.count()).select_from(tables.records)).scalar_one() == 0
        with store.begin() as tx:
            tx.audit(entry(1))
    assert count(store, "audit_entries") == 1
