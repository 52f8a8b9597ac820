"""How a story is planted: people with fixed names and birthdays, and the exact record each source holds about them.

Story households live in the districts ZY7 and ZY8, which no generated household does, so that a story is the same in a
place of any size and seed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from broker.synthetic import mistakes, staff
from broker.synthetic.caseloads import as_of_day, reference
from broker.synthetic.contents import Content, Value
from broker.synthetic.households import Registrar
from broker.synthetic.population import Address, Household, Person, Record, Story
from broker.synthetic.staff import Worker


@dataclass
class Plan:
    """What the stories add to a place; filled while they are planted."""

    records: dict[str, tuple[Record, ...]] = field(default_factory=dict)
    stories: tuple[Story, ...] = ()
    canaries: dict[str, tuple[str, ...]] = field(default_factory=dict)


def person(
    registrar: Registrar, name: str, *, sex: str, born: date | None, origin: str = "english", middle: str = ""
) -> Person:
    """An enrolled person of the story, not yet in a household. `name` is forename and surname with a space between."""
    forename, _, surname = name.partition(" ")
    grown = born is not None and registrar.today.year - born.year >= 18
    return registrar.enrol(
        Person(
            id="",
            household=registrar.next_household(),
            forename=forename,
            middle=middle,
            surname=surname,
            sex=sex,
            born=born,
            origin=origin,
            role="adult" if grown else "child",
            nhs_number="",
            marks=frozenset({"story"}),
        )
    )


def settle(
    registrar: Registrar, members: list[Person], *, address: Address, earlier: Address | None = None
) -> Household:
    """The household of the story's people at a fixed address. It uses up no address of the gazetteer."""
    household = Household(
        registrar.next_household(),
        "story",
        address,
        earlier,
        tuple(member.id for member in members),
        needs=3,
        social_landlord=True,
    )
    registrar.households.append(household)
    return household


class Script:
    """Collects the records of one story. Days are counted back from the day that the place is built for."""

    def __init__(self, registrar: Registrar, address: Address) -> None:
        self.today = registrar.today
        self.address = address
        self.records: list[Record] = []

    def ago(self, days: int) -> date:
        return self.today - timedelta(days=days)

    def holds(
        self,
        worker: Worker,
        about: Person,
        *,
        days: tuple[int, int | None] = (200, None),
        items: Mapping[str, Value] | None = None,
        wrong: Mapping[str, str | date | None] | None = None,
        related: tuple[tuple[str, Person], ...] = (),
    ) -> None:
        """The worker's source knows `about` since `days[0]` ago until `days[1]` ago (None: still) and holds `items`.

        It wrote down what is in `wrong` in place of the truth. A second record of one person has an N in its reference.
        """
        source = worker.source
        identity = {**mistakes.plain(about, self.address), **(wrong or {})}
        content = {**self._involvement(worker, days), **(items or {})}
        relations = tuple((kind, reference(source, other.id)) for kind, other in related)
        made = tuple(f"planted_{name}" for name in wrong or {})
        own = reference(source, about.id)
        own += "N" if any((held.source, held.reference) == (source, own) for held in self.records) else ""
        self.records.append(Record(source, own, about.id, identity, content, relations, made))

    def _involvement(self, worker: Worker, days: tuple[int, int | None]) -> Content:
        since, until = days
        newest = as_of_day(self.today, worker.source)
        ended = None if until is None else self.ago(until)
        return {
            "status": "current" if ended is None else "historic",
            "started": self.ago(since),
            "ended": ended,
            "last_contact": ended or min(newest, self.ago(min(since, 14))),
            "as_of": newest,
            "team": worker.team,
            "lead_name": worker.name,
            "lead_role": worker.role,
            "lead_phone": worker.phone,
            "lead_email": worker.email,
            "wishes": "not_asked",
        }


def worker(source: str, name: str, *, team: str, serial: int) -> Worker:
    """A practitioner of a story, who is on no roster. Serials from 800 are the stories'."""
    return staff.named_worker(source, name, team=team, serial=serial)


def story(
    number: str,
    title: str,
    *,
    asker: tuple[str, str, str],
    query: dict[str, str],
    expected: dict[str, object],
    forbidden: tuple[str, ...] = (),
) -> Story:
    """The story as data. `asker` is role, staff id and purpose; the agency is the first half of the role."""
    role, staff_id, purpose = asker
    return Story(number, title, role.partition(".")[0], role, staff_id, purpose, query, expected, forbidden)
