"""Where records stand on SQLite tells nothing, and what stood there before the tables changed is still there."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from broker.store import engine, records, schema


def row(record_id: bytes) -> dict[str, Any]:
    numbers = {"version": 3, "generation": 1, "evidence_epoch": 2, "evidence_seal": 1}
    sealed = {name: os.urandom(900) for name in ("wrapped_key", "tokens", "evidence", "content", "items")}
    named = {"id": record_id, "source": "ed", "ref": record_id[::-1], "batch": bytes(16), "closed": False}
    return {**named, **numbers, **sealed}


def test_records_that_came_together_do_not_stand_together(store: engine.Store) -> None:
    """A dump shows in which order an agency's records came, which may be that of people's names."""
    some = [row(os.urandom(16)) for _ in range(40)]
    with store.sequence() as connection:
        for one in some:
            records.put(connection, [one], replaced=())
        records.put(connection, [some[0]], replaced=[some[0]["id"]])
    ids = sorted(one["id"] for one in some)
    with store.look() as connection:
        found = {one.id: one for one in records.to_compare(connection, ids)}
        assert list(found) == ids
        assert {one: found[one].tokens for one in found} == {one["id"]: one["tokens"] for one in some}
        assert [one.items for one in records.by_ids(connection, [ids[0]])] == [
            one["items"] for one in some if one["id"] == ids[0]
        ]
        if store.engine.dialect.name == "sqlite":
            stand = [bytes(one) for (one,) in connection.execute(text("SELECT id FROM records ORDER BY rowid"))]
            assert stand == sorted(ids, key=records.number_of) != [one["id"] for one in some]


def test_records_of_before_are_still_there(at_version: Callable[[str], engine.Store], tmp_path: Path) -> None:
    """An upgrade loses records, or mixes up what they hold."""
    store = at_version("0012")
    some = [row(os.urandom(16)) for _ in range(20)]
    database = sqlite3.connect(tmp_path / "before.db")
    for one in some:
        names = ", ".join(one)
        database.execute(f"INSERT INTO records ({names}) VALUES ({', '.join('?' * len(one))})", tuple(one.values()))
    database.commit()
    database.close()
    schema.migrate(store)
    with store.look() as connection:
        kept = [dict(one._mapping) for one in records.by_ids(connection, [one["id"] for one in some])]
        indexes = connection.execute(text("SELECT name FROM pragma_index_list('records')")).scalars().all()
    assert kept == sorted(some, key=lambda one: one["id"])
    assert {"records_by_name", "records_by_generation", "records_by_evidence_seal"} <= set(indexes)
    with store.sequence() as connection, pytest.raises(Exception, match="UNIQUE"):
        records.put(connection, [row(os.urandom(16)) | {"ref": some[0]["ref"]}], replaced=())
