"""`column IN (many values)` by the driver's own means.

Lists of labels are long and are looked up in every question; made of SQLAlchemy's expanding parameters they cost more
than the look-ups themselves. Lists are filled up to a few lengths, so that the database keeps the prepared statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection

STEP = 16
"""Lists are filled up to a multiple of this by repeating their last value, which changes nothing."""
LONGEST = 56 * STEP
"""Values that one list may have; SQLite takes 32,766 in a statement."""


def among(connection: Connection, values: Sequence[bytes]) -> tuple[str, tuple[Any, ...]]:
    """The text that follows a column's name, and its parameters. `values` has at least one and at most `LONGEST`."""
    if connection.dialect.name == "postgresql":
        return "= ANY(%b)", (list(values),)
    filled = [*values, *[values[-1]] * (-len(values) % STEP)]
    return _marks(len(filled)), tuple(filled)


@cache
def _marks(count: int) -> str:
    return f"IN ({','.join('?' * count)})"


def mark(connection: Connection) -> str:
    """How the driver marks one parameter."""
    return "%s" if connection.dialect.name == "postgresql" else "?"
