"""Any order of rotating, revoking, restoring, posting, asking, closing and killing: every answer is right throughout.

After every step no open record is without keys that are held, and none opens under a key that was destroyed. A few
sequences here, drawn the same each time; more with --run-long.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from people import MINA, OTTO, STRANGER, Person, Row, export
from promises import check_records
from rotating import Rotation
from sqlalchemy import select
from world import World

from broker.actions.catch_up import catch_up
from broker.actions.export_log import export_log
from broker.errors import Untrusted
from broker.keys.custodial import KeyEncryptingKey
from broker.keys.envelope import RecordName, unwrap_each
from broker.server import put_together
from broker.store import engine, schema, tables

SOURCES = {"csc": "council", "ed": "school", "po": "police"}
PEOPLE = (MINA, OTTO, STRANGER)
RAISED = st.sampled_from([("epoch",), ("labels",), ("keks",), ("epoch", "labels", "keks")])
QUIET: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck), "derandomize": True}


@dataclass(frozen=True)
class Kept:
    """What a backup holds: people by source, and whether a rotation is under way."""

    held: dict[str, set[Person]]
    is_open: bool


class Generations(RuleBasedStateMachine):
    """`held` is what the broker has to know: of each source the people; `erased` is whom it lost since the backup."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="generations-"))
        self.database = self.folder / "broker.db"
        store = engine.open_store(f"sqlite:///{self.database}")
        schema.migrate(store)
        store.engine.dispose()
        self.at = World(self.folder / "place", f"sqlite:///{self.database}")
        self.at.__enter__()
        self.held: dict[str, set[Person]] = {}
        self.posted = 0
        self.rotation: Rotation | None = None
        self.is_open = False
        self.destroyed: list[tuple[str, KeyEncryptingKey]] = []
        self.backup: Kept | None = None
        self.erased: set[tuple[str, Person]] = set()
        self.suspended = False
        for source, people in zip(SOURCES, ({MINA, OTTO}, {MINA}, {OTTO, STRANGER}), strict=True):
            self.post(source, people)

    def teardown(self) -> None:
        if hasattr(self, "at"):
            self.at.__exit__()
            shutil.rmtree(self.folder)

    @rule(source=st.sampled_from(sorted(SOURCES)), people=st.sets(st.sampled_from(PEOPLE), min_size=1))
    def posts(self, source: str, people: set[Person]) -> None:
        self.post(source, people)

    def post(self, source: str, people: set[Person]) -> None:
        self.at.later(minutes=1)
        self.posted += 1
        # Something differs in every delivery, or the client says that it was sent already.
        started = f"20{10 + self.posted // 28 % 12:02}-03-{1 + self.posted % 28:02}"
        rows = [Row(one, f"{PEOPLE.index(one)}", started=started) for one in PEOPLE if one in people]
        sent = self.at.agency(SOURCES[source]).sends(*export(source, rows), "--confirm-large")
        if self.suspended and source == "po":
            assert sent.code != 0
            return
        sent.ok()
        self.erased |= {(source, one) for one in self.held.get(source, set()) - people}
        self.held[source] = set(people)

    @rule(person=st.sampled_from(PEOPLE))
    def ask(self, person: Person) -> None:
        told = self.at.agency("council").asks(person.about(), staff="sw").people.get("subject", [])
        known = sorted(source for source, people in self.held.items() if person in people)
        assert [one for some in told for one in some] == known

    @precondition(lambda self: not self.is_open)
    @rule(raised=RAISED, is_killed=st.booleans())
    def rotate(self, raised: tuple[str, ...], is_killed: bool) -> None:
        if self.rotation is None:
            self.rotation = Rotation(self.at, raised)
            self.rotation.prepares()
        if is_killed:
            self.kill_broker()
        self.rotation.opens()
        self.is_open = True

    @precondition(lambda self: self.is_open)
    @rule(most=st.sampled_from([1, 2]))
    def renew_some(self, most: int) -> None:
        assert self.rotation is not None
        self.rotation.renews(most, page_rows=1)

    @precondition(lambda self: self.is_open)
    @rule()
    def close(self) -> None:
        assert self.rotation is not None
        self.rotation.renews()
        with self.rotation.operator() as parts:
            held = parts.keyring.held
            wrapping = {name: held.key_encrypting_key(name) for name in held.names if name.startswith("kek.")}
        closed = self.rotation.closes()
        self.destroyed += [(name.split(".")[1], key) for name, key in wrapping.items() if name in closed.secrets]
        # Backups from before are of keys that are gone.
        self.rotation, self.is_open, self.backup = None, False, None

    @rule(suspended=st.booleans())
    def revoke(self, suspended: bool) -> None:
        """An agency is suspended, or readmitted: what it posted stays as it is."""
        trust, status = self.at.parties.trust, "suspended" if suspended else "active"
        agencies = [
            one.model_copy(update={"status": status}) if one.agency == "police" else one for one in trust.agencies
        ]
        self.at.trusts(trust.model_copy(update={"agencies": tuple(agencies)}))
        self.suspended = suspended

    @precondition(lambda self: self.is_open)
    @rule()
    def kill(self) -> None:
        self.kill_broker()

    def kill_broker(self) -> None:
        self.at.stop("broker")
        self.at.start("broker")

    @precondition(lambda self: self.backup is None)
    @rule()
    def back_up(self) -> None:
        self.at.stop("broker")
        shutil.copy(self.database, self.folder / "backup.db")
        self.at.start("broker")
        self.backup = Kept({source: set(people) for source, people in self.held.items()}, self.is_open)
        self.erased = set()

    @precondition(lambda self: self.backup is not None)
    @rule()
    def restore(self) -> None:
        """Whatever was erased since is erased again; what was posted since has to be posted again."""
        assert self.backup is not None
        files = export_log(self.at.parts)
        self.at.stop("broker")
        for path in self.folder.glob("broker.db*"):
            path.unlink()
        shutil.copy(self.folder / "backup.db", self.database)
        parts = put_together(self.at.settings, now=lambda: self.at.now, transport=self.at.network)
        catch_up(parts, files)
        parts.store.engine.dispose()
        self.at.start("broker")
        self.held = {
            source: {one for one in people if (source, one) not in self.erased}
            for source, people in self.backup.held.items()
        }
        self.is_open, self.backup = self.backup.is_open, None

    @invariant()
    def every_record_opens_with_what_is_held_and_with_nothing_else(self) -> None:
        if not hasattr(self, "at"):
            return
        check_records(self.at.parts)
        sources = self.at.parts.policies.vocabulary.sources
        with self.at.parts.store.look() as connection:
            rows = connection.execute(select(tables.records).where(tables.records.c.closed.is_(False))).all()
        for row in rows:
            for agency, key in self.destroyed:
                if sources[row.source].agency == agency:
                    with pytest.raises(Untrusted):
                        unwrap_each(key, [(RecordName(row.source, row.id, row.version), row.wrapped_key)])


class FewGenerations(Generations.TestCase):
    settings = settings(max_examples=3, stateful_step_count=12, **QUIET)


@pytest.mark.long
class ManyGenerations(Generations.TestCase):
    settings = settings(max_examples=60, stateful_step_count=30, **QUIET)
