"""One wrong or missing value in one field: is the record still found?

Every person of a place has one complete record: forename, surname, birthday, sex, postcode and one number. The question
is the same but for one mistake. Of each kind as many people are asked about as can have it, out of a sample. That a
number is somebody else's valid one is counted apart: it is a conflict, and a person has to look at it.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from benchmarks.linkage.mistake_kinds import Mistake, changed, mistakes
from broker.agency import normalise
from broker.agency.matchkeys import Person
from broker.synthetic.population import Household, Place
from broker.synthetic.population import Person as Known


def record_of(known: Known, household: Household) -> Person:
    """The complete record of somebody who is born."""
    number: dict[str, Any] = {"upn": known.upn} if known.upn else {"nhs": known.nhs_number}
    return Person(
        forename=normalise.forename(known.forename),
        surname=normalise.surname(known.surname),
        dob=known.born.isoformat() if known.born else "",
        sex=known.sex.lower(),
        postcode=household.address.postcode.replace(" ", ""),
        **number,
    )


def records_of(place: Place) -> dict[str, Person]:
    """One complete record for everybody who is born and has a home."""
    homes = {person: household for household in place.households for person in household.people}
    return {
        one.id: record_of(one, homes[one.id])
        for one in place.people.values()
        if one.born and one.id in homes and homes[one.id].address.postcode
    }


def asked(people: Mapping[str, Person], sample: int, *, seed: int) -> list[tuple[str, str, Person]]:
    """(kind, person, the question) of up to `sample` people for each kind; who can't have a mistake is left out."""
    made: list[tuple[str, str, Person]] = []
    for kind, mistake in mistakes(people).items():
        rng = Random(f"{seed}/{kind}")
        for name in rng.sample(sorted(people), min(sample, len(people))):
            if wrong := _mistaken(people[name], mistake, rng):
                made.append((kind, name, wrong))
    return made


def _mistaken(person: Person, mistake: Mistake, rng: Random) -> Person | None:
    wrong = mistake(person, rng)
    return wrong if wrong != person else None


def without_numbers(person: Person) -> Person:
    """The person as an agency that holds no number knows them."""
    return changed(person, nhs="", upn="", nhs_unchecked="", upn_unchecked="")
