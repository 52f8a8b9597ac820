"""A town for this question alone: people of whom we know what every answer about them will be, and three who ask.

found     social care knows them, and that is told
nobody    no agency knows them
refused   the substance use service knows them; that it does not tell more is said, with its reason
silent    the police know them as a protected witness: the answer is the one about nobody
"""

from __future__ import annotations

import datetime as dt
import random
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from broker.agency.edges import real_edges
from broker.synthetic import servers
from broker.synthetic.parties import Addresses, Asker, Parties, make_parties

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "tests"))
from agency_of_world import Agency
from people import Person, Row, export
from world import AGENCIES

KINDS = ("found", "nobody", "refused", "silent")
ASKERS = {
    "council": ("sw", "council.social_worker"),
    "police": ("pvp", "police.pvp"),
    "nhs": ("hv", "nhs.health_visitor"),
}
EACH = 12
"""People of each kind."""
_ITEM = {"found": ("council", "csc", {"csc.cin_status": "open"}), "refused": ("voluntary", "su", {}),
         "silent": ("police", "po", {})}  # fmt: skip


@dataclass(frozen=True)
class Town:
    parties: Parties
    people: dict[str, list[Person]]


@contextmanager
def town(folder: Path, *, step_ms: int) -> Iterator[Town]:
    """The town with its services running as processes; answers leave at whole steps of `step_ms`."""
    shutil.rmtree(folder, ignore_errors=True)
    today = dt.datetime.now(dt.UTC).date()
    addresses = Addresses(*(f"http://127.0.0.1:{servers.free_port()}" for _ in range(2)))
    trained = today - dt.timedelta(days=60)
    staff = {name: (Asker(id, role, trained),) for name, (id, role) in ASKERS.items()}
    parties = make_parties(folder, AGENCIES, addresses=addresses, place="brackwater", today=today, staff=staff)
    unit = servers.linkage_unit(parties, addresses)
    broker = servers.broker(parties, addresses, policies=Path("policies"))
    unit.environment = {**unit.environment, "LINKUNIT_QUESTIONS_PER_DAY": "100000000"}
    broker.environment = {
        **broker.environment, "BROKER_ANSWER_STEP_MS": str(step_ms), "BROKER_QUESTIONS_PER_DAY": "1000000",
        "BROKER_REQUESTS_PER_MINUTE": "1000000",
    }  # fmt: skip
    running: list[servers.Server] = []
    try:
        for server in (unit, broker):
            running.append(server)
            server.start()
        made = Town(parties, _people(random.Random(2026)))
        _post(made, today)
        yield made
    finally:
        for server in reversed(running):
            server.stop()


def _people(rng: random.Random) -> dict[str, list[Person]]:
    """People of whom nobody is like another, so that nothing but their kind tells them apart."""

    def name() -> str:
        syllables = ("ba", "de", "fi", "go", "hu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo", "zu")
        return "".join(rng.sample(syllables, 4)).title()

    def one(number: int) -> Person:
        born = dt.date(1960, 1, 1) + dt.timedelta(days=rng.randrange(15_000))
        return Person(name(), name(), born.isoformat(), f"ZY{number % 90 + 1} {number % 9 + 1}AB")

    return {kind: [one(EACH * at + number) for number in range(EACH)] for at, kind in enumerate(KINDS)}


def _post(made: Town, today: dt.date) -> None:
    for kind, (agency, source, items) in _ITEM.items():
        protection = "witness" if kind == "silent" else ""
        rows = [
            Row(person, f"{source.upper()}{number}", items, risk="concern", protection=protection,
                review_by=(today + dt.timedelta(days=300)).isoformat())
            for number, person in enumerate(made.people[kind])
        ]  # fmt: skip
        home = made.parties.home(agency)
        Agency(agency, home, real_edges(), []).posts(*export(source, rows, as_of=today.isoformat()))
