"""How real transparency logs died, tried on ours, on both databases.

- TrustAsia 2021 signed two different trees: two leaders, or one that went on from an older copy.
- Yeti 2022 (and Nimbus 2018) served an entry other than the one it had hashed: a bit flipped on the way.
- Oak 2022 lost entries in a migration of its database, and placed others twice.
- Raio 2025 went on from what it remembered after two writes had failed, and lacked tiles ever after.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select, text

from benchmarks.audit.kills import Judge
from benchmarks.audit.workload import ORIGIN, Disclosed, Log
from broker.actions.publish_checkpoint import prove, publish_checkpoint
from broker.audit.checkpoint import open_note, vkey
from broker.errors import Unavailable
from broker.store import audit_tables, auditlog, schema


@dataclass
class Tried:
    """A log, what it told so far, and its judge."""

    url: str
    key: Ed25519PrivateKey
    log: Log
    told: list[Disclosed]

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    def discloses(self, times: int) -> None:
        self.told += [self.log.disclose() for _ in range(times)]

    def judge(self) -> Judge:
        """Everything must hold, of all that was ever told."""
        judge, vkeys = Judge(self.url, self.key), [vkey(ORIGIN, self.key.public_key())]
        signed = [open_note(one.note, vkeys) for one in self.told]
        answers = [(one.id, one.index, at.size, at.root) for one, at in zip(self.told, signed, strict=True)]
        judge.judge(answers, whole=True)
        return judge

    def run(self, *statements: str) -> None:
        with self.log.store.sequence() as connection:
            for statement in statements:
                connection.execute(text(statement))

    def unguarded(self, table: str, statement: str, **values: object) -> None:
        """Changes what only grows, as bad memory or somebody with the file would."""
        with self.log.store.sequence() as connection:
            if self.is_sqlite:
                made = connection.execute(
                    text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"),
                    {"table": table},
                )
                for name in made.scalars().all():
                    connection.execute(text(f"DROP TRIGGER {name}"))
            else:
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            connection.execute(text(statement), values)

    def signs_nothing(self) -> None:
        """Nothing is proven or signed as things are, whoever asks."""
        with self.log.store.look() as connection:
            before = connection.scalars(select(audit_tables.audit_checkpoints.c.note)).all()
        for ask in (lambda: publish_checkpoint(self.log.parts), self.log.disclose):
            with pytest.raises(Unavailable) as caught:
                ask()
            assert caught.value.code == "log-damaged"
        with self.log.store.look() as connection:
            assert connection.scalars(select(audit_tables.audit_checkpoints.c.note)).all() == before


@pytest.fixture
def tried(database_url: str) -> Iterator[Tried]:
    key = Ed25519PrivateKey.generate()
    log = Log(database_url, key)
    log.prepare()
    made = Tried(database_url, key, log, [])
    made.discloses(5)
    yield made
    log.close()


def test_trustasia_2021_two_leaders_sign_one_history(tried: Tried) -> None:
    """Two processes that extend the log at the same moment sign two trees of one size."""
    logs = [tried.log, Log(tried.url, tried.key)]
    start = threading.Barrier(4)

    def disclose(log: Log) -> None:
        start.wait()
        for _ in range(6):
            tried.told.append(log.disclose())

    threads = [threading.Thread(target=disclose, args=(log,)) for log in logs * 2]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(tried.told) == 5 + 24
    tried.judge()
    logs[1].close()


def test_trustasia_2021_a_tree_that_went_back_is_not_signed_again(tried: Tried) -> None:
    """A log whose tree is older than its last signature goes on from there, and signs a second history."""
    with tried.log.store.look() as connection:
        waits = auditlog.leaf_of(connection, tried.told[4].id)
    assert waits
    tried.unguarded("audit_leaves", "DELETE FROM audit_leaves WHERE idx >= 3")
    tried.unguarded(
        "audit_nodes", "DELETE FROM audit_nodes WHERE level = 0 AND n >= 3 OR level > 0 AND (n + 1) * 2 > 3"
    )
    tried.unguarded("audit_state", "UPDATE audit_state SET size = 3")
    with pytest.raises(Unavailable) as caught:
        publish_checkpoint(tried.log.parts)
    assert caught.value.code == "log-damaged"


@pytest.mark.parametrize("what", ["leaf", "hash", "inner"])
def test_yeti_2022_a_flipped_bit_is_not_told(tried: Tried, what: str) -> None:
    """A receipt is given out for an entry that is not the one in the tree."""
    flipped = bytes(32)
    if what == "leaf":
        with tried.log.store.look() as connection:
            leaf = bytearray(auditlog.leaf_of(connection, tried.told[4].id))
        leaf[30] ^= 1
        statement = "UPDATE audit_entries SET leaf = :value WHERE id = :id"
        tried.unguarded("audit_entries", statement, value=bytes(leaf), id=tried.told[4].id)
        with pytest.raises(Unavailable) as caught:
            prove(tried.log.parts, [tried.told[4].id])
        assert caught.value.code == "log-damaged"
        return
    where = "level = 0 AND n = 4" if what == "hash" else "level = 1 AND n = 1"
    tried.unguarded("audit_nodes", f"UPDATE audit_nodes SET hash = :value WHERE {where}", value=flipped)
    if what == "inner":
        # Above it stands the hash of before, which is all that the next trees are made of: only who asks for an entry
        # below it can see it.
        with pytest.raises(Unavailable) as caught:
            prove(tried.log.parts, [tried.told[0].id])
        assert caught.value.code == "log-damaged"
    else:
        tried.signs_nothing()


def test_yeti_2022_what_is_hashed_is_what_is_stored(tried: Tried) -> None:
    """A bit that flips between the request and the disk parts an entry from its hash for ever."""
    trigger = {
        True: (
            "CREATE TRIGGER flips AFTER INSERT ON audit_entries BEGIN "
            "UPDATE audit_entries SET leaf = CAST(replace(NEW.leaf, '0.1', '0.3') AS BLOB) WHERE id = NEW.id; END",
        ),
        False: (
            "CREATE FUNCTION flips() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "NEW.leaf := convert_to(replace(convert_from(NEW.leaf, 'UTF8'), '0.1', '0.3'), 'UTF8'); RETURN NEW; END $$",
            "CREATE TRIGGER flips BEFORE INSERT ON audit_entries FOR EACH ROW EXECUTE FUNCTION flips()",
        ),
    }[tried.is_sqlite]
    if tried.is_sqlite:
        tried.unguarded("audit_entries", "SELECT 1")
    tried.run(*trigger)
    tried.discloses(1)
    assert b'"0.3"' in tried.judge().leaves[5]


def test_oak_2022_a_migration_loses_nothing_and_places_nothing_twice(tried: Tried) -> None:
    """After an upgrade of the tables the log is another one, or an entry stands in it twice."""
    before = tried.judge().leaves
    schema.migrate(tried.log.store)
    assert tried.judge().leaves == before
    again = tried.told[2].id
    mark = "?" if tried.is_sqlite else "%s"
    with pytest.raises(Unavailable), tried.log.store.sequence() as connection:
        connection.exec_driver_sql(f"INSERT INTO audit_pending (id) VALUES ({mark})", (again,))
        auditlog.place_waiting(connection)
    tried.discloses(1)
    assert tried.judge().leaves[:5] == before


def test_raio_2025_what_failed_twice_is_made_again_from_the_database(tried: Tried) -> None:
    """After writes that failed for a moment the log goes on from what it remembers, and lacks nodes ever after."""
    fails, mended = {
        True: (
            ("CREATE TRIGGER fails BEFORE INSERT ON audit_nodes BEGIN SELECT RAISE(ABORT, 'no'); END",),
            ("DROP TRIGGER fails",),
        ),
        False: (
            (
                "CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$",
                "CREATE TRIGGER fails BEFORE INSERT ON audit_nodes FOR EACH ROW EXECUTE FUNCTION fails()",
            ),
            ("DROP TRIGGER fails ON audit_nodes", "DROP FUNCTION fails()"),
        ),
    }[tried.is_sqlite]
    for _ in range(2):
        tried.run(*fails)
        for _ in range(2):
            with pytest.raises(Unavailable):
                tried.log.disclose()
        tried.run(*mended)
        tried.discloses(2)
    nodes = tried.judge().nodes
    with tried.log.store.look() as connection:
        rows = connection.execute(select(audit_tables.audit_nodes)).all()
    assert {(row.level, row.n): bytes(row.hash) for row in rows} == nodes
