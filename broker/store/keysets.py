"""The generations of keys in the database: which are open, and how many rows are left of one.

    generation  epoch  label  reference  kek  opened      closed
    1           1      1      1          1    1796000000  1796086400
    2           2      1      1          1    1796080000

Whoever writes rows of a generation holds it open until the commit (`open_generations(..., held=True)`), and whoever
closes it waits for them: so no row of it comes after the last was counted.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, exc, func, insert, select, update

from broker.errors import Conflict
from broker.keys.keysets import Generation
from broker.store import driver
from broker.store.tables import gifts, keysets, protections, records

_OPEN = "SELECT generation, epoch, label, reference, kek FROM keysets WHERE closed IS NULL ORDER BY generation"
_HELD = " FOR SHARE"


def open_generations(connection: Connection, *, held: bool = False) -> tuple[Generation, ...]:
    """The open generations, oldest first; `held` keeps them open until the transaction ends. Empty before any start."""
    # On SQLite there is one writer anyway.
    text = _OPEN + (_HELD if held and connection.dialect.name == "postgresql" else "")
    return tuple(Generation(*row) for row in driver.rows(connection, text, ()))


def begin(connection: Connection, first: Generation, *, at: int) -> bool:
    """Opens the first generation, if there is none. Returns whether it did."""
    if open_generations(connection):
        return False
    try:
        with connection.begin_nested():
            connection.execute(insert(keysets), _values(first, at))
    except exc.IntegrityError:  # Another process of the same broker was first.
        return False
    return True


def add(connection: Connection, new: Generation, *, at: int) -> None:
    """Opens `new`. Raises `Conflict` when another process was first."""
    try:
        with connection.begin_nested():
            connection.execute(insert(keysets), _values(new, at))
    except exc.IntegrityError:
        raise Conflict("generation-open", "another generation was opened meanwhile") from None


def hold_for_closing(connection: Connection, number: int) -> None:
    """Waits for everybody who holds the generation open, and lets nobody hold it until the transaction ends."""
    connection.execute(select(keysets.c.generation).where(keysets.c.generation == number).with_for_update())


def close(connection: Connection, number: int, *, at: int) -> None:
    """Closes a generation for ever."""
    connection.execute(update(keysets).where(keysets.c.generation == number).values(closed=at))


def left(connection: Connection, number: int) -> dict[str, int]:
    """How many rows of a generation there are, by table."""
    counted: dict[str, int] = {}
    for table in (records, protections, gifts):
        query: Any = select(func.count()).select_from(table).where(table.c.generation == number)
        counted[table.name] = int(connection.execute(query).scalar_one())
    return counted


def left_beside_records(connection: Connection, number: int) -> bool:
    """Whether any row but a record is of a generation."""
    return any(
        connection.execute(select(table.c.id).where(table.c.generation == number).limit(1)).first() is not None
        for table in (protections, gifts)
    )


def _values(one: Generation, at: int) -> dict[str, int]:
    numbers = {"generation": one.number, "epoch": one.epoch, "label": one.label, "reference": one.reference}
    return numbers | {"kek": one.kek, "opened": at}
