"""The front door: builds the fictional place of Brackwater, the same for the same arguments on every machine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from random import Random

from broker.errors import BadInput
from broker.synthetic import cases, gazetteer, stories
from broker.synthetic.caseloads import relation
from broker.synthetic.households import Registrar, make_household
from broker.synthetic.population import Person, Place, Relationship

LEAST_PEOPLE, MOST_PEOPLE = 200, 400_000
TODAY = date(2026, 11, 22)


def build(people: int = 2000, seed: int = 2026, today: date = TODAY) -> Place:
    """The truth about `people` people: stories and hard cases first, then households until the number is reached.

    Raises `BadInput` for fewer than 200 people (the stories would not fit) or more than 400,000 (test numbers run out).
    """
    if not LEAST_PEOPLE <= people <= MOST_PEOPLE:
        raise BadInput("people-out-of-range", f"ask for {LEAST_PEOPLE} to {MOST_PEOPLE} people", field="people")
    rng = Random(f"{seed}/place")
    addresses = gazetteer.make_addresses(rng, 2 * people + 200)
    neighbours = cases.neighbours_in(addresses)
    registrar = Registrar(rng, addresses, seed=seed, today=today)
    plan = stories.plant(registrar)
    never_link = cases.plant(registrar, people, neighbours=neighbours)
    while len(registrar.people) < people:
        make_household(registrar, room=people - len(registrar.people))
    return Place(
        seed=seed,
        today=today,
        gazetteer=tuple(sorted((*addresses, *neighbours), key=lambda address: address.uprn)),
        households=tuple(registrar.households),
        people=registrar.people,
        relationships=tuple(_relationships(registrar)),
        never_link=never_link,
        planted=plan.records,
        stories=plan.stories,
        canaries=plan.canaries,
    )


def _relationships(registrar: Registrar) -> Iterator[Relationship]:
    for household in registrar.households:
        members = [registrar.people[person] for person in household.people]
        for person in members:
            yield from _within(person, members)


def _within(person: Person, members: list[Person]) -> Iterator[Relationship]:
    for other in members:
        kind = relation(person, other) if other.id != person.id else ""
        if kind:
            yield Relationship(person.id, other.id, kind)
