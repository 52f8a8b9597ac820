"""Records that somebody changed in the database: told to the operator, and passed by, so that nothing waits for them.

A question that finds one is refused. Its source sends it again or retracts it: then nothing is left of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row

from broker import observe
from broker.errors import Untrusted

HINT = "have its source send it again (`send --again`), or retract it; look into who changed the row"


def tell_damaged(damaged: Iterable[tuple[Row[Any], Untrusted]]) -> set[bytes]:
    """Says which rows don't open, by source and record id, which is random and names nobody. Returns their ids."""
    found = set()
    for row, error in damaged:
        found.add(bytes(row.id))
        observe.unexpected("record.damaged", error, source=row.source, record=bytes(row.id).hex())
    return found
