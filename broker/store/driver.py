"""Statements in the driver's own words, past SQLAlchemy: of a short one its bookkeeping costs more than the database.

For the few statements that every question runs. Everything else goes through SQLAlchemy, and so do transactions.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, exc

from broker.store import inlist


def rows(connection: Connection, text: str, values: Sequence[Any]) -> list[Any]:
    """The rows of a query as tuples; `text` has the driver's marks (`inlist.mark`)."""
    with _Cursor(connection) as cursor:
        cursor.execute(text, values)
        found: list[Any] = cursor.fetchall()
        return found


def marked(connection: Connection, text: str, values: Sequence[Any]) -> list[Any]:
    """The rows of a statement that gives some, in whose `text` every parameter stands as `?`."""
    return rows(connection, _marked(text, inlist.mark(connection)), values)


@cache
def _marked(text: str, mark: str) -> str:
    return text.replace("?", mark)


def run(connection: Connection, text: str, values: Sequence[Any]) -> None:
    """Runs a statement that gives no rows; `text` has the driver's marks (`inlist.mark`)."""
    with _Cursor(connection) as cursor:
        cursor.execute(text, values)


def insert(
    connection: Connection,
    table: str,
    columns: Sequence[str],
    values: Sequence[Sequence[Any]],
    *,
    or_leave: bool = False,
) -> None:
    """Inserts rows, their values in the order of `columns`; with `or_leave` a row that is there already stays.

    Names are the caller's own, never from outside.
    """
    text = _inserting(table, tuple(columns), inlist.mark(connection), or_leave)
    with _Cursor(connection) as cursor:
        if len(values) == 1:
            # Of one row PostgreSQL's driver would make a pipeline.
            cursor.execute(text, values[0])
        else:
            cursor.executemany(text, values)


@cache
def _inserting(table: str, columns: tuple[str, ...], mark: str, or_leave: bool) -> str:
    marks, rest = ", ".join([mark] * len(columns)), " ON CONFLICT DO NOTHING" if or_leave else ""
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}){rest}"  # noqa: S608


def update(connection: Connection, table: str, columns: Sequence[str], values: Sequence[Sequence[Any]]) -> None:
    """Sets `columns` of rows by their id, which stands last in each of `values`. Names are the caller's own."""
    mark = inlist.mark(connection)
    setting = ", ".join(f"{column} = {mark}" for column in columns)
    with _Cursor(connection) as cursor:
        cursor.executemany(f"UPDATE {table} SET {setting} WHERE id = {mark}", values)  # noqa: S608


def delete(connection: Connection, table: str, columns: Sequence[str], values: Sequence[Sequence[Any]]) -> None:
    """Deletes the rows that have these values in `columns`. Names are the caller's own, never from outside."""
    where = " AND ".join(f"{column} = {inlist.mark(connection)}" for column in columns)
    with _Cursor(connection) as cursor:
        cursor.executemany(f"DELETE FROM {table} WHERE {where}", values)  # noqa: S608


def say(connection: Connection, text: str) -> None:
    """Runs a statement that asks nothing, begins nothing and is the caller's own: a savepoint, a pragma."""
    try:
        connection.connection.cursor().execute(text)
    except connection.dialect.loaded_dbapi.Error as error:
        raise exc.OperationalError("", None, error, hide_parameters=True) from error


def check_open(connection: Connection) -> None:
    """Raises `OperationalError` when the transaction is over: SQLite gives one up of itself when the disk fails.

    From there on every statement would be a transaction of its own.
    """
    raw: Any = None if connection.closed or connection.invalidated else connection.connection.dbapi_connection
    if raw is None or not getattr(raw, "in_transaction", True):
        raise exc.OperationalError("", None, RuntimeError("the database gave the transaction up"))


class _Cursor:
    """A cursor of the driver's for one statement, in the connection's transaction."""

    __slots__ = ("_connection", "_cursor")

    def __init__(self, connection: Connection) -> None:
        if not connection.in_transaction():
            connection.begin()
        self._connection = connection
        self._cursor: Any = connection.connection.cursor()

    def __enter__(self) -> Any:
        return self._cursor

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        self._cursor.close()
        if isinstance(error, self._connection.dialect.loaded_dbapi.Error):
            # What a failing statement was about stays out of the message.
            raise exc.OperationalError("", None, error, hide_parameters=True) from error
