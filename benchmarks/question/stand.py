"""A small Brackwater with its linkage unit and its broker as processes, its deliveries timed, its questions at hand."""

from __future__ import annotations

import datetime as dt
import random
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from broker.agency.ask import Asker as DeskAsker
from broker.agency.encode import CHUNK_ROWS
from broker.agency.matchkeys import Person
from broker.agency.typed import read_typed
from broker.agency.workspace import read_workspace
from broker.synthetic import desk, place, servers, truth
from broker.synthetic.parties import Addresses, Asker, Parties, make_parties
from broker.synthetic.population import Place, Story
from broker.synthetic.sources import SHAPES

POLICIES = Path("policies")
SEED = 2026


@dataclass(frozen=True)
class Stand:
    """The parties and their running services."""

    brackwater: Place
    parties: Parties
    addresses: Addresses

    @property
    def story(self) -> Story:
        """The question of story 1 says who asks, and for what."""
        return self.brackwater.stories[0]

    def asker(self) -> DeskAsker:
        """A member of staff who asks."""
        workspace = read_workspace(self.parties.home(self.story.agency))
        staff = next(member for member in workspace.staff if member.id == self.story.staff)
        return DeskAsker(staff, "allocated", "no")

    def people(self, count: int) -> list[Person]:
        """People of the place as a caseworker would type them, drawn by a seed; more than there are repeat."""
        addresses = {home.id: home.address.postcode for home in self.brackwater.households}
        known = [one for one in self.brackwater.people.values() if one.born is not None and "canary" not in one.marks]
        drawn = random.Random(SEED).choices(known, k=count)
        found = []
        for one in drawn:
            fields = {"forename": one.forename, "surname": one.surname, "dob": one.born.isoformat() if one.born else ""}
            fields["postcode"] = addresses[one.household]
            found.append(read_typed(fields, today=self.brackwater.today, synthetic_numbers=True).person)
        return found


@contextmanager
def stand(folder: Path, people: int) -> Iterator[Stand]:
    """A place of `people` people with both services running, on SQLite, waiting for no step of time."""
    shutil.rmtree(folder, ignore_errors=True)
    brackwater = place.build(people, SEED, today=dt.datetime.now(dt.UTC).date())
    truth.write(brackwater, folder)
    agencies: dict[str, list[str]] = {}
    for source, shape in SHAPES.items():
        agencies.setdefault(shape.agency, []).append(source)
    trained = brackwater.today - dt.timedelta(days=60)
    story = brackwater.stories[0]
    staff = {story.agency: [Asker(story.staff, story.role, trained)]}
    addresses = Addresses(*(f"http://127.0.0.1:{servers.free_port()}" for _ in range(2)))
    parties = make_parties(
        folder, agencies, addresses=addresses, place="brackwater", today=brackwater.today, staff=staff
    )
    unit = servers.linkage_unit(parties, addresses)
    broker = servers.broker(parties, addresses, policies=POLICIES)
    broker.environment = {
        **broker.environment, "BROKER_ANSWER_STEP_MS": "0", "BROKER_QUESTIONS_PER_DAY": "1000000",
    }  # fmt: skip
    unit.environment = {**unit.environment, "LINKUNIT_QUESTIONS_PER_DAY": "100000000"}
    running: list[servers.Server] = []
    try:
        for server in (unit, broker):
            running.append(server)
            server.start()
        yield Stand(brackwater, parties, addresses)
    finally:
        for server in reversed(running):
            server.stop()


@dataclass(frozen=True)
class Posted:
    """What posting every export took, sent one after the other."""

    records: int
    seconds: float


def post(stand: Stand, progress: Callable[[int], None]) -> Posted:
    """Delivers every source's export with the real client; `progress` is told of the rows done."""
    exports = [truth.source_folder(stand.parties.folder, source) / shape.file for source, shape in SHAPES.items()]
    began, kept = time.perf_counter(), 0
    for export in exports:
        kept += desk.deliver(stand.parties, export, progress=progress, chunk_rows=CHUNK_ROWS).kept
    return Posted(kept, time.perf_counter() - began)
