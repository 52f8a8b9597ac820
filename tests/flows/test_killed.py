"""The broker is killed with -9 in the middle of a delivery and of questions: real processes, started again.

After each kill: no half chunk, every receipt and answer that arrived is in the log, the log verifies, and sending again
completes. A few seeded rounds here; more with --run-long.
"""

from __future__ import annotations

import contextlib
import io
import json
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from people import MINA, Person, Row, export
from promises import check_records
from sqlalchemy import func, select
from world import AGENCIES, NOW, POLICIES, STAFF

from broker.actions.export_log import export_log
from broker.agency.cli import main
from broker.agency.edges import Edges, real_edges
from broker.audit.tiles import parse_bundle
from broker.audit.verify import verify_log
from broker.server import put_together
from broker.settings import Settings, load_settings
from broker.store import tables
from broker.synthetic import servers
from broker.synthetic.parties import ORIGIN, Addresses, Parties, make_parties

PEOPLE = 240
CHUNK_ROWS = 20
ROUNDS = [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 10))]


@dataclass
class Running:
    """Both services as processes, and the council that uses them."""

    parties: Parties
    broker: servers.Server
    unit: servers.Server
    settings: Settings
    answers: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def runs(self, *arguments: str) -> int:
        """`broker-agency` of the council, which pauses less than in earnest."""
        real = real_edges()
        edges = Edges(real.now, real.random_bytes, lambda seconds: time.sleep(seconds / 10))
        out, error = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
            code = main([*arguments, "--workspace", str(self.parties.home("council"))], edges)
        if code == 0 and arguments[0] == "ask":
            self.answers.append(out.getvalue())
        self.said.append(error.getvalue())
        return code

    def kill(self) -> None:
        self.broker.stop(signal.SIGKILL)

    def check(self) -> list[dict[str, object]]:
        """Stops the broker and looks at what it left. Returns the events of the log."""
        self.kill()
        return self.look()

    def look(self) -> list[dict[str, object]]:
        """Looks at the database as it stands. Returns the events of the log."""
        parts = put_together(self.settings)
        files = export_log(parts)
        verify_log(files, [self.parties.trust.broker.audit_log])
        check_records(parts)
        parts.store.engine.dispose()
        bundles = [content for path, content in sorted(files.items()) if path.startswith("tile/entries/")]
        return [json.loads(entry) for content in bundles for entry in parse_bundle(content)]


@pytest.fixture
def running(tmp_path: Path, database_url: str) -> Iterator[Running]:
    addresses = Addresses(*(f"http://127.0.0.1:{servers.free_port()}" for _ in range(2)))
    parties = make_parties(
        tmp_path / "place", AGENCIES, addresses=addresses, place="brackwater", today=NOW.date(), staff=STAFF
    )
    settings = load_settings(
        database_url=database_url, secrets=parties.home("broker") / "secrets.json", **parties.trusted("broker"),
        policies=POLICIES, public_url=addresses.broker, origin=ORIGIN,
    )  # fmt: skip
    unit = servers.linkage_unit(parties, addresses)
    broker = servers.broker(parties, addresses, policies=POLICIES, database_url=database_url)
    broker.environment = {**broker.environment, "BROKER_ANSWER_STEP_MS": "0"}
    place = Running(parties, broker, unit, settings)
    try:
        unit.start()
        broker.start()
        yield place
    finally:
        broker.stop(signal.SIGKILL)
        unit.stop()


def crowd() -> list[Row]:
    """Many people who have nothing to do with each other."""
    letters = "bcdfghjklmnprstvwz"
    people = (
        Person(
            f"Ab{letters[at % 18]}e{letters[at // 18 % 18]}o", f"Ur{letters[at // 7 % 18]}i{letters[at % 17]}an",
            f"{1950 + at % 60}-{1 + at % 12:02}-{1 + at % 28:02}", f"ZY{10 + at % 80} {1 + at % 9}AB",
        )
        for at in range(PEOPLE)
    )  # fmt: skip
    return [Row(MINA, "C0"), *(Row(person, f"C{at}") for at, person in enumerate(people, 1))]


def write(parties: Parties) -> str:
    csv, mapping = export("csc", crowd())
    folder = parties.home("council") / "exports"
    folder.mkdir()
    (folder / "csc.csv").write_text(csv)
    (folder / "mapping.toml").write_text(mapping)
    return str(folder / "csc.csv")


def killed_during(running: Running, doing: Callable[[], object], *, begun: Callable[[], object], after: float) -> None:
    """Kills the broker while `doing` goes on in another thread, some seconds after something has `begun`."""
    busy = threading.Thread(target=doing)
    busy.start()
    while busy.is_alive() and not begun():
        time.sleep(0.02)
    time.sleep(after)
    running.kill()
    busy.join(timeout=60)
    assert not busy.is_alive()


@pytest.mark.parametrize("seed", ROUNDS)
def test_a_kill_in_the_middle_of_a_delivery_and_then_of_questions(running: Running, seed: int, tmp_path: Path) -> None:
    """A broker that is killed keeps half a chunk, or has told something that is not in its log."""
    rng = random.Random(seed)
    delivery(running, rng)
    questions(running, rng, tmp_path)


def delivery(running: Running, rng: random.Random) -> None:
    """What was kept before a kill is whole, and can be completed."""
    send = ("send", write(running.parties), "--chunk-rows", str(CHUNK_ROWS))
    for at_least in (1, 4):
        killed_during(
            running,
            lambda: running.runs(*send),
            begun=lambda least=at_least: len(receipts(running)) >= least,  # type: ignore[misc]
            after=rng.uniform(0, 0.4),
        )
        events = running.check()
        received = len(receipts(running))
        assert sum(event["typ"] == "ingest" for event in events) >= received
        assert held(running) == sum(event["kept"] for event in events if event["typ"] == "ingest")  # type: ignore[misc]
        running.broker.start()
    assert running.runs(*send) == 0
    events = running.look()
    assert held(running) == PEOPLE + 1
    assert sum(event["typ"] == "ingest" for event in events) == -(-(PEOPLE + 1) // CHUNK_ROWS)
    assert running.runs("verify", "--all") == 0


def questions(running: Running, rng: random.Random, tmp_path: Path) -> None:
    """What was told before a kill is in the log, and the broker is ready for the next question."""
    about = tmp_path / "about.json"
    about.write_text(json.dumps(MINA.about()))
    command = ["ask", "--purpose", "child_safeguarding", "--as", "sw", "--about", str(about), "--json"]
    ask = (*command, "--perpetrator-view", "no", "--relation", "allocated")

    def until_it_fails() -> None:
        while running.runs(*ask) == 0:
            pass

    killed_during(running, until_it_fails, begun=lambda: running.answers, after=rng.uniform(0, 0.8))
    told = {leaf["leaf"] for answer in running.answers for leaf in json.loads(answer)["receipt"]}
    assert told, running.said
    logged = {str(event["id"]) for event in running.check()}
    assert {json.loads(leaf)["id"] for leaf in told} <= logged
    running.broker.start()
    assert running.runs(*ask) == 0
    assert running.runs("verify", "--all") == 0


def receipts(running: Running) -> list[Path]:
    return list(running.parties.home("council").glob("state/deliveries/*/*.receipt.json"))


def held(running: Running) -> int:
    parts = put_together(running.settings)
    with parts.store.look() as connection:
        found = int(connection.execute(select(func.count()).select_from(tables.records)).scalar_one())
    parts.store.engine.dispose()
    return found
