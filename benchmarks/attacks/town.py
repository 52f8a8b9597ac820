"""A place to attack: the tests' World, which is the real broker, linkage unit and agencies in one process."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.attacks.register import Known
from broker.agency.pseudonyms import reference
from broker.store import engine, schema
from broker.vaults.secretfile import read_secrets

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "tests"))

from people import Person as Person
from people import Row as Row
from people import export as export
from world import STAFF
from world import World as World

STAFF_ID = STAFF["council"][0].id


@contextmanager
def town(folder: Path, **settings: Any) -> Iterator[World]:
    """An empty place in `folder`, its database in `folder/database/broker.db`."""
    database = folder / "database"
    database.mkdir(parents=True)
    store = engine.open_store(f"sqlite:///{database / 'broker.db'}")
    schema.migrate(store)
    store.engine.dispose()
    with World(folder / "parties", f"sqlite:///{database / 'broker.db'}", **settings) as world:
        yield world


def database_of(world: World) -> Path:
    """The file of the database, with everything in it that was committed."""
    with world.parts.store.sequence() as connection:
        connection.exec_driver_sql("SELECT 1")
    return Path(world.settings.database_url.removeprefix("sqlite:///"))


def post(world: World, agency: str, *, source: str, people: Sequence[Known]) -> dict[str, Known]:
    """Posts `people` as one delivery of a source, through the agency's client. Returns them by case reference."""
    by_reference = {f"{source.upper()}-{at:06d}": known for at, known in enumerate(people)}
    rows = [Row(_person(known), reference) for reference, known in by_reference.items()]
    world.agency(agency).posts(*export(source, rows))
    return by_reference


def _person(known: Known) -> Person:
    return Person(known.forename, known.surname, known.dob, known.postcode, nhs=known.nhs, upn=known.upn, sex=known.sex)


def pseudonyms(world: World, references: Mapping[str, Mapping[str, Known]]) -> dict[tuple[str, bytes], Known]:
    """Who is behind each (source, pseudonym of a reference) at the broker: the truth, to count what was named."""
    sources = world.parts.policies.vocabulary.sources
    found: dict[tuple[str, bytes], Known] = {}
    for source, people in references.items():
        agency = sources[source].agency
        key = read_secrets(world.parties.home(agency) / "secrets.json", owner=f"agency:{agency}").bytes32("reference")
        found |= {(source, reference(key, source, ref=ref)): known for ref, known in people.items()}
    return found
