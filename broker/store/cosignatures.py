"""What witnesses cosigned, by their verifier keys, and which alarms about them stand.

`audit_cosignatures` has a row for each checkpoint that a witness cosigned in the last day, and its last one for as long
as it is not followed. The row of size 0 says since when a witness is asked that has cosigned nothing yet.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from broker.store.audit_tables import audit_checkpoints, audit_cosignatures, witness_alarms

_DAY = 86_400
_TABLE = audit_cosignatures.c


@dataclass(frozen=True)
class Last:
    """The largest tree that a witness cosigned, and when it last did, in seconds since 1970."""

    size: int
    at: int


def asked(connection: Connection, vkeys: Iterable[str], *, at: int) -> None:
    """Notes that these witnesses are asked from now on, for those of which nothing is known."""
    new = [{"witness": vkey, "size": 0, "at": at, "line": ""} for vkey in vkeys if not lasts(connection, [vkey])]
    if new:
        connection.execute(_insert(connection).on_conflict_do_nothing(), new)


def keep(connection: Connection, vkey: str, line: str, *, size: int, at: int) -> None:
    """Keeps a cosignature, the later of two of one size, and forgets what it has made old."""
    new = _insert(connection).values(witness=vkey, size=size, at=at, line=line)
    later = {"at": new.excluded.at, "line": new.excluded.line}
    keys = [_TABLE.witness, _TABLE.size]
    connection.execute(new.on_conflict_do_update(index_elements=keys, set_=later, where=_TABLE.at <= new.excluded.at))
    connection.execute(
        delete(audit_cosignatures).where(_TABLE.witness == vkey, _TABLE.size < size, _TABLE.at < at - _DAY)
    )


def lasts(connection: Connection, vkeys: Collection[str]) -> dict[str, Last]:
    """What each witness cosigned last; those that were never asked are left out."""
    query = select(_TABLE.witness, func.max(_TABLE.size), func.max(_TABLE.at)).where(_TABLE.witness.in_(vkeys))
    return {vkey: Last(size, at) for vkey, size, at in connection.execute(query.group_by(_TABLE.witness))}


def lines_at(connection: Connection, size: int, vkeys: Collection[str]) -> str:
    """The lines of the witnesses that cosigned the checkpoint of this size, each with its newline."""
    query = select(_TABLE.line).where(_TABLE.size == size, _TABLE.size > 0, _TABLE.witness.in_(vkeys))
    return "".join(connection.scalars(query.order_by(_TABLE.witness)))


def cosigned_checkpoints(connection: Connection, vkeys: Collection[str]) -> Iterable[tuple[int, str, frozenset[str]]]:
    """(size, note, witnesses) of every checkpoint with a cosignature, the newest first."""
    query = select(_TABLE.size, _TABLE.witness).where(_TABLE.witness.in_(vkeys), _TABLE.size > 0)
    by_size: dict[int, set[str]] = {}
    for size, vkey in connection.execute(query):
        by_size.setdefault(size, set()).add(vkey)
    for size in sorted(by_size, reverse=True):
        note = connection.execute(select(audit_checkpoints.c.note).where(audit_checkpoints.c.size == size)).scalar()
        if note is not None:
            yield size, note, frozenset(by_size[size])


def raise_alarm(connection: Connection, what: str, *, at: int) -> bool:
    """Notes that an alarm stands; whether it did not before."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    new = dialect.insert(witness_alarms).values(what=what, at=at).on_conflict_do_nothing()
    return connection.execute(new.returning(witness_alarms.c.what)).first() is not None


def clear_alarms(connection: Connection, names: Collection[str]) -> list[str]:
    """Takes alarms back; those that stood."""
    gone = delete(witness_alarms).where(witness_alarms.c.what.in_(names)).returning(witness_alarms.c.what)
    return sorted(connection.scalars(gone))


def alarms(connection: Connection) -> dict[str, int]:
    """The alarms that stand, and since when."""
    return {what: at for what, at in connection.execute(select(witness_alarms.c.what, witness_alarms.c.at))}


def _insert(connection: Connection) -> sqlite.Insert | postgresql.Insert:
    if connection.dialect.name == "sqlite":
        return sqlite.insert(audit_cosignatures)
    return postgresql.insert(audit_cosignatures)
