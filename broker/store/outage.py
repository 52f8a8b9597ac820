"""A database that is down, locked, full or read-only: what its callers are told, which is not why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from broker import observe
from broker.errors import Unavailable


def unavailable() -> Unavailable:
    """The answer to whoever needed the store: 503."""
    return Unavailable(
        "store-unavailable",
        "the store can't take this now; nothing was disclosed and nothing was kept by halves",
        hint="try again in a minute, the same way",
    )


@contextmanager
def outages() -> Iterator[None]:
    """Makes an error of the database, or of waiting for it, `Unavailable`."""
    try:
        yield
    except (exc.DatabaseError, exc.TimeoutError) as error:
        # The caller learns only that it did not work; why is in the diagnostics, as a class and a place.
        observe.unexpected("store.failed", error)
        raise unavailable() from error
