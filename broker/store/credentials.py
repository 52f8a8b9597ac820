"""Which access credentials were given, for the ten minutes that they last: nobody proves a key twice with one proof.

credentials    (key_id, id, at)    two rows for each: SHA-256 of the assertion's id, and of the proof's
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from broker import admission
from broker.errors import TooFast
from broker.store.door_tables import credentials
from broker.store.engine import Store


@dataclass(frozen=True)
class Given:
    """An `admission.Book` in the broker's database, so that a restart forgets nothing."""

    store: Store

    def note(self, key_id: str, ids: Sequence[str], *, now: int) -> bool:
        """Notes one credential for a key; False when one of the ids was used before. Raises `TooFast`."""
        # Nothing is disclosed by it and no record changes, so it is no event of the audit log.
        with self.store.sequence() as connection:
            connection.execute(delete(credentials).where(credentials.c.at <= now - admission.SPAN))
            is_new = _claims(connection, key_id, ids, now=now)
            of_key = select(func.count(), func.min(credentials.c.at)).where(credentials.c.key_id == key_id)
            count, oldest = connection.execute(of_key).one()
            if is_new and count > admission.MOST * len(ids):
                # Whatever is raised here takes the rows back, so a refusal does not lengthen the wait.
                raise TooFast(oldest + admission.SPAN - now)
            return is_new


def _claims(connection: Connection, key_id: str, ids: Sequence[str], *, now: int) -> bool:
    """Whether all of the ids were new; of two requests at once with the same one, only the first finds it so."""
    dialect: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
    rows = [{"key_id": key_id, "id": hashlib.sha256(one.encode()).digest(), "at": now} for one in ids]
    kept = dialect.insert(credentials).on_conflict_do_nothing().returning(credentials.c.id)
    return len(connection.execute(kept, rows).all()) == len(ids)
