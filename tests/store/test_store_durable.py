"""What stops a start: a database that may lose what it acknowledged or takes nothing, a clock that went back."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import event, text
from store_entries import NOW, entry

from broker.errors import Misconfigured
from broker.store import auditlog
from broker.store.durable import check_clock, check_durable
from broker.store.engine import Store


def test_a_database_that_takes_nothing_is_refused(store: Store) -> None:
    """A broker starts, is asked, and answers nothing but 503."""
    check_durable(store)
    if store.engine.dialect.name == "sqlite":

        @event.listens_for(store.engine, "connect")
        def reads_only(connection: object, _: object) -> None:
            connection.execute("PRAGMA query_only = ON")  # type: ignore[attr-defined]

    else:
        name = store.engine.url.database
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
    store.engine.dispose()
    with pytest.raises(Misconfigured) as caught:
        check_durable(store)
    assert caught.value.code in ("store-not-durable", "store-read-only")


def test_a_sqlite_that_another_process_holds_is_refused(store: Store) -> None:
    """A second service on the same file starts as if it could write."""
    if store.engine.dialect.name != "sqlite":
        return

    @event.listens_for(store.engine, "connect")
    def impatient(connection: object, _: object) -> None:
        connection.execute("PRAGMA busy_timeout = 10")  # type: ignore[attr-defined]

    store.engine.dispose()
    with store.engine.connect() as holds:
        holds.exec_driver_sql("SELECT 1")
        with pytest.raises(Misconfigured) as caught:
            check_durable(store)
    assert caught.value.code == "store-read-only"
    check_durable(store)


def test_a_clock_before_the_newest_event_is_refused(store: Store) -> None:
    """A broker whose clock went back writes events that seem to be older than what they follow."""
    check_clock(store, dt.datetime(1970, 1, 1, tzinfo=dt.UTC))
    with store.begin() as tx:
        tx.audit(entry(1))
    with store.sequence() as connection:
        auditlog.place_waiting(connection)
    for seconds in (-60, 0, 3600):
        check_clock(store, NOW + dt.timedelta(seconds=seconds))
    with pytest.raises(Misconfigured, match="22 November 2026, 09:30") as caught:
        check_clock(store, NOW - dt.timedelta(seconds=61))
    assert caught.value.code == "clock-behind"
