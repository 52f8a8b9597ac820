"""What was erased is gone: in the live store, in a backup that is restored, in one older than its keys.

Backups are real ones: SQLite's own `VACUUM INTO`, and a copy of the database by PostgreSQL itself.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from people import JORAM, MINA, OTTO, Row, export
from promises import check_log, check_records
from rotating import Rotation
from sqlalchemy import select
from sqlalchemy.engine import make_url
from world import World

from broker.actions.catch_up import catch_up
from broker.actions.export_log import export_log
from broker.errors import Misconfigured, Untrusted
from broker.keys import context
from broker.keys.custodial import InMemoryKek
from broker.keys.envelope import RecordName
from broker.keys.labels import row_name
from broker.keys.secrets import Secrets
from broker.server import put_together
from broker.store import engine, tables
from broker.vaults.secretfile import read_secrets

RECORDS = [Row(MINA, "C1", items={"csc.cp_plan": "2026-09-01"}), Row(JORAM, "C2"), Row(OTTO, "C3")]


@dataclass
class Backup:
    """One backup of a world's database, made and restored while the broker stands still."""

    world: World
    place: str

    @property
    def url(self) -> str:
        """Its address, for whoever looks into it."""
        url = make_url(self.world.settings.database_url)
        return url.set(database=self.place).render_as_string(hide_password=False)

    def restore(self) -> None:
        """Puts the backup in place of the database."""
        url = make_url(self.world.settings.database_url)
        if url.get_backend_name() == "sqlite":
            for path in Path(str(url.database)).parent.glob("broker.db*"):
                path.unlink()
            shutil.copy(self.place, str(url.database))
            return
        _copied(url, source=self.place, target=str(url.database))


def backup(world: World, folder: Path) -> Backup:
    """A backup of the database as it is."""
    url = make_url(world.settings.database_url)
    if url.get_backend_name() == "sqlite":
        place = folder / "backup.db"
        with closing(sqlite3.connect(str(url.database), isolation_level=None)) as connection:
            connection.execute("VACUUM INTO ?", (str(place),))
        return Backup(world, str(place))
    name = f"{url.database}_backup"
    world.stop("broker")
    _copied(url, source=str(url.database), target=name)
    world.start("broker")
    return Backup(world, name)


def _copied(url: Any, *, source: str, target: str) -> None:
    with psycopg.connect(host=url.query["host"], user="broker", dbname="postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {target} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {target} TEMPLATE {source}")


@pytest.fixture
def posted(world: World, tmp_path: Path) -> Iterator[tuple[World, Backup]]:
    """A world with three records, one of them protected, and its backup."""
    world.agency("council").posts(*export("csc", RECORDS))
    world.agency("police").posts(*export("po", [Row(OTTO, "X9", protection="safe_address"), Row(MINA, "X1")]))
    made = backup(world, tmp_path)
    world.later(hours=1)
    yield world, made


def rows(world: World) -> dict[bytes, Any]:
    with world.parts.store.look() as connection:
        return {row.id: row for row in connection.execute(select(tables.records))}


def told(world: World) -> dict[str, list[list[str]]]:
    """Who is told of about the erased child."""
    return world.agency("council").asks(MINA.about(), staff="sw").people


def erase(world: World) -> bytes:
    """One record is retracted, another left out of the next delivery. Returns the id of the first."""
    before = rows(world)
    world.agency("council").runs("retract", "C1", "--source", "csc").ok()
    after = rows(world)
    world.agency("police").posts(*export("po", [Row(OTTO, "X9", protection="safe_address")]))
    [gone] = [one for one in before if not before[one].closed and after[one].closed]
    return gone


def test_an_erased_record_is_gone_from_the_live_store(posted: tuple[World, Backup]) -> None:
    """Something of an erased record is left where it can be opened."""
    world, _ = posted
    gone = erase(world)
    row = rows(world)[gone]
    assert row.closed
    assert {row.wrapped_key, row.tokens, row.evidence, row.content, row._mapping["items"]} == {None}
    assert told(world) == {}


def test_a_restored_backup_erases_again_what_was_erased_since(posted: tuple[World, Backup]) -> None:
    """After a restore, a person who was erased is told of again, or the log forks."""
    world, made = posted
    assert told(world) == {"subject": [["csc", "po"]]}
    erase(world)
    assert told(world) == {}
    files = export_log(world.parts)
    world.stop("broker")
    made.restore()
    parts = put_together(world.settings, now=lambda: world.now, transport=world.network)
    assert not any(row.closed for row in rows_of(parts))
    found = catch_up(parts, files)
    assert found.erased == 2
    assert found.events > 2
    assert catch_up(parts, export_log(parts)).events == 0
    parts.store.engine.dispose()
    world.start("broker")
    assert told(world) == {}
    check_records(world.parts)
    check_log(world)


def rows_of(parts: Any) -> list[Any]:
    with parts.store.look() as connection:
        return list(connection.execute(select(tables.records)))


def test_a_restored_log_that_somebody_wrote_into_does_not_catch_up(posted: tuple[World, Backup]) -> None:
    """A broker that served after a restore signs a second history of one length."""
    world, made = posted
    erase(world)
    files = export_log(world.parts)
    world.stop("broker")
    made.restore()
    world.start("broker")
    with pytest.raises(Untrusted, match="not the beginning"):
        catch_up(world.parts, files)
    world.stop("broker")
    made.restore()
    parts = put_together(world.settings, now=lambda: world.now, transport=world.network)
    catch_up(parts, files)
    parts.store.engine.dispose()
    world.start("broker")


def test_a_backup_older_than_its_keys_opens_with_nothing(posted: tuple[World, Backup]) -> None:
    """Whoever has an old backup, and every secret that there is today, reads an erased record."""
    world, made = posted
    erase(world)
    assert opened_with(world.parts.keyring.held, made.url) > 0, "the backup is of today's keys still"
    Rotation(world, ("epoch", "labels", "keks")).all()
    assert told(world) == {}
    with pytest.raises(Misconfigured, match="is missing or damaged"):
        put_together(
            world.settings.model_copy(update={"database_url": made.url}), now=lambda: world.now, transport=world.network
        )
    today = read_secrets(world.settings.secrets, owner="broker")
    assert opened_with(today, made.url) == 0


def opened_with(held: Secrets, url: str) -> int:
    """How many wrapped keys, entries of the register and references of a backup any of these secrets opens."""
    store = engine.open_store(url)
    with store.look() as connection:
        kept = [
            *((row.wrapped_key, _name(row)) for row in connection.execute(select(tables.records)) if row.wrapped_key),
            *(
                (row.sealed, context.bind(context.PROTECTION, row.id))
                for row in connection.execute(select(tables.protections))
            ),
            *(
                (row.reference, context.REFERENCE + row_name(row.source, row.label))
                for row in connection.execute(select(tables.labels))
            ),
        ]
    store.engine.dispose()
    assert len(kept) > 10
    return sum(_opens(value, sealed, bound) for value in held.values.values() for sealed, bound in kept)


def _name(row: Any) -> bytes:
    return RecordName(row.source, row.id, row.version).bound(context.RECORD_WRAP, "")


def _opens(secret: bytes, sealed: bytes, bound: bytes) -> bool:
    try:
        InMemoryKek(secret).unwrap_each([(sealed, bound)])
    except Untrusted:
        return False
    return True
