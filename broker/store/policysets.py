"""Sets of agreements by their digest, kept for ever, and the one row that says which of them is in force."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from broker.errors import Conflict, NotFound
from broker.store import driver
from broker.store.tables import policyset_in_force, policysets


@dataclass(frozen=True)
class StoredSet:
    """The files of a set by their path below the policies folder; when and by which version it was proven."""

    digest: str
    files: Mapping[str, str] = field(repr=False)
    proven_at: int
    software: str


def in_force(connection: Connection) -> str | None:
    """The digest of the set in force, or None before the broker has ever started."""
    found = driver.rows(connection, "SELECT digest FROM policyset_in_force", ())
    return str(found[0][0]) if found else None


def keep(connection: Connection, stored: StoredSet) -> None:
    """Keeps a set; one that is kept already stays as it is."""
    values = {
        "digest": stored.digest,
        "files": zlib.compress(json.dumps(dict(stored.files), sort_keys=True).encode()),
        "proven_at": stored.proven_at,
        "software": stored.software,
    }
    new = _dialect(connection).insert(policysets).values(**values)
    connection.execute(new.on_conflict_do_nothing())


def put_in_force(connection: Connection, new: str, *, old: str | None) -> None:
    """Makes `new` the set in force in place of `old`. Raises `Conflict` when `old` is not what is in force."""
    if old is None:
        first = _dialect(connection).insert(policyset_in_force).values(one=1, digest=new)
        changed = connection.execute(first.on_conflict_do_nothing().returning(policyset_in_force.c.one)).first()
    else:
        moved = update(policyset_in_force).where(policyset_in_force.c.digest == old).values(digest=new)
        changed = connection.execute(moved.returning(policyset_in_force.c.one)).first()
    if changed is None:
        hint = "compare with what is in force now, then activate again"
        raise Conflict("policy-overtaken", "other agreements came into force meanwhile", hint=hint)


def of(connection: Connection, digest: str) -> StoredSet:
    """The set with this digest. Raises `NotFound`."""
    row = connection.execute(select(policysets).where(policysets.c.digest == digest)).one_or_none()
    try:
        files = json.loads(zlib.decompress(row.files)) if row is not None else None
    except (zlib.error, ValueError):
        files = None
    if row is None or files is None:
        raise NotFound("policy-unknown", "no agreements with this digest were ever in force here")
    return StoredSet(row.digest, files, row.proven_at, row.software)


def beginning_with(connection: Connection, prefix: str) -> list[str]:
    """The digests of the sets that begin with `prefix`."""
    query = select(policysets.c.digest).where(policysets.c.digest.startswith(prefix, autoescape=True))
    return list(connection.scalars(query.order_by(policysets.c.digest)))


def proven(connection: Connection) -> dict[str, tuple[int, str]]:
    """Every set's digest, with when and by which version it was proven."""
    query = select(policysets.c.digest, policysets.c.proven_at, policysets.c.software)
    return {row.digest: (row.proven_at, row.software) for row in connection.execute(query)}


def _dialect(connection: Connection) -> Any:
    return sqlite if connection.dialect.name == "sqlite" else postgresql
