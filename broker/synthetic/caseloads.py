"""The front door to the records: which source knows whom, and each record it then holds.

Every household has random numbers of its own, drawn from the seed and its id, so that adding a source or a person
changes nobody else's records.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from broker.synthetic import contents, mistakes, staff
from broker.synthetic.contents import Case, Content
from broker.synthetic.population import Household, Person, Place, Record
from broker.synthetic.staff import Worker

SOURCES = tuple(staff.TEAMS)

HOUSEHOLD_CHANCE: dict[str, tuple[float, float, float, float]] = {
    "csc": (0.02, 0.12, 0.4, 0.75),
    "eh": (0.06, 0.25, 0.5, 0.65),
    "hl": (0.02, 0.08, 0.2, 0.45),
    "fr": (0.22, 0.25, 0.3, 0.3),
}
"""Chance, by the needs of a household, that a source has a case of the whole household."""
_WITH_CHILDREN = {"csc", "eh"}

# source: (youngest, oldest, chance without needs, what each need adds)
PERSON_CHANCE: dict[str, tuple[tuple[int, int, float, float], ...]] = {
    "yj": ((10, 17, 0.01, 0.06),),
    "as": ((18, 64, 0.02, 0.02), (65, 120, 0.22, 0.05)),
    "ed": ((4, 17, 0.97, 0.0),),
    "po": ((0, 9, 0.03, 0.06), (10, 17, 0.08, 0.1), (18, 64, 0.14, 0.1), (65, 120, 0.08, 0.05)),
    "pr": ((18, 64, 0.01, 0.02),),
    "dw": ((16, 64, 0.47, 0.12),),
    "hv": ((0, 4, 0.98, 0.0), (5, 19, 0.75, 0.0)),
    "mh": ((6, 17, 0.08, 0.06), (18, 120, 0.09, 0.06)),
    "ac": ((0, 4, 0.6, 0.05), (5, 64, 0.42, 0.06), (65, 120, 0.65, 0.05)),
    "gp": ((0, 120, 0.94, 0.0),),
    "su": ((15, 64, 0.015, 0.03),),
    "vc": ((16, 120, 0.1, 0.09),),
}
_DV_CHANCE = {"F": 0.03, "M": 0.006}
_ONE_WORKER = {*HOUSEHOLD_CHANCE, "hs", "gp"}
"""Sources where one practitioner has everybody of a household."""
_KNOW_UNBORN = {"csc", "eh", "hv"}
_RELATED = {"csc", "eh", "hs", "ed", "dv", "hv", "as"}
_STRIDES = (7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 49, 53, 59, 61, 67, 71)
HISTORY_DAYS = 36 * 30
"""How far back services go: about 36 months."""
AS_OF_DAYS = {"po": 9, "dw": 6, "gp": 20, "vc": 12, "ed": 4}
"""Age in days of a source's newest data where it is not yesterday's: the police feed is stale on purpose."""


def reference(source: str, person: str) -> str:
    """The source's own number for a person: the same person has unrelated numbers in two sources."""
    place = SOURCES.index(source)
    serial = (int(person[1:]) * _STRIDES[place] + place * 10_007) % 900_000
    return f"{source.upper()}{100_000 + serial}"


def as_of(place: Place, source: str) -> date:
    """The day the source's export speaks of."""
    return as_of_day(place.today, source)


def as_of_day(today: date, source: str) -> date:
    """The day an export of the source made on `today` speaks of."""
    return today - timedelta(days=AS_OF_DAYS.get(source, 1))


def records(place: Place) -> Iterator[Record]:
    """Every record of every source, household by household. Deterministic by the place's seed."""
    rosters = {
        source: staff.make_roster(Random(f"{place.seed}/staff/{source}"), source, people=len(place.people))
        for source in SOURCES
    }
    for household in place.households:
        planted = place.planted.get(household.id)
        if planted is not None:
            yield from planted
            continue
        rng = Random(f"{place.seed}/household/{household.id}")
        yield from _household_records(place, household, rosters=rosters, rng=rng)


def _household_records(
    place: Place, household: Household, *, rosters: dict[str, tuple[Worker, ...]], rng: Random
) -> Iterator[Record]:
    members = [place.people[person] for person in household.people]
    known = {source: _known_to(place, household, members=members, source=source, rng=rng) for source in SOURCES}
    for source in SOURCES:
        worker = rng.choice(rosters[source])
        for person in known[source]:
            if source not in _ONE_WORKER:
                worker = rng.choice([other for other in rosters[source] if _may_hold(other, person.age(place.today))])
            case = _case(place, household, person=person, source=source, rng=rng)
            yield _record(place, household, case=case, worker=worker, known=known[source], rng=rng)
            if source == "ac" and person.second_nhs_number:
                yield _second_record(place, household, case=case, worker=worker, rng=rng)


def _known_to(place: Place, household: Household, *, members: list[Person], source: str, rng: Random) -> list[Person]:
    today, needs = place.today, household.needs
    if source not in _KNOW_UNBORN:
        members = [person for person in members if person.born]
    if source == "fr":
        members = [person for person in members if person.age(today) >= 18]
    if source == "hs":
        return members if household.social_landlord and household.address.uprn else []
    if source in HOUSEHOLD_CHANCE:
        if source in _WITH_CHILDREN and not any(person.age(today) < 18 for person in members):
            return []
        marked = source == "csc" and any(person.marks & {"unborn", "earlier_identity", "adopted"} for person in members)
        return members if marked or rng.random() < HOUSEHOLD_CHANCE[source][needs] else []
    return [
        person
        for person in members
        if rng.random() < _person_chance(person, source, age=person.age(today), needs=needs)
    ]


def _person_chance(person: Person, source: str, *, age: int, needs: int) -> float:
    if source == "dv":
        return _DV_CHANCE.get(person.sex, 0.0) * (1 + needs) if age >= 16 else 0.0
    if person.born is None:
        return 1.0 if source == "hv" else 0.0
    if source == "ac" and person.second_nhs_number:
        return 1.0
    for youngest, oldest, chance, each_need in PERSON_CHANCE[source]:
        if youngest <= age <= oldest:
            return chance + each_need * needs
    return 0.0


def _case(place: Place, household: Household, *, person: Person, source: str, rng: Random) -> Case:
    newest = as_of(place, source)
    earliest = newest - timedelta(days=HISTORY_DAYS)
    if person.born is not None and person.born > earliest:
        earliest = min(person.born, newest - timedelta(days=2))
    since = earliest + timedelta(days=rng.randrange(max(1, (newest - earliest).days - 1)))
    still_involved = source in ("gp", "ed", "hs") or rng.random() < 0.62
    until = None if still_involved else since + timedelta(days=rng.randrange(max(1, (newest - since).days)))
    return Case(person, person.age(place.today), household.needs, newest, since, until)


def _record(
    place: Place, household: Household, *, case: Case, worker: Worker, known: list[Person], rng: Random
) -> Record:
    source = worker.source
    identity, made = mistakes.spoil(case.person, household, source=source, rng=rng)
    content = {
        **involvement(case, worker, rng=rng),
        **contents.ITEMS_OF[source](case, rng),
        **_place_of(worker),
        **_protection(case, source, rng=rng, today=place.today),
    }
    relations = relations_among(case.person, known, source=source) if source in _RELATED else ()
    return Record(source, reference(source, case.person.id), case.person.id, identity, content, relations, made)


def _may_hold(worker: Worker, age: int) -> bool:
    wrong_end = "Primary" if age >= 11 else "High"
    return not worker.team.endswith(wrong_end)


def _place_of(worker: Worker) -> Content:
    item, code = contents.PLACES.get(worker.team, ("", ""))
    return {item: code} if item else {}


def _second_record(place: Place, household: Household, *, case: Case, worker: Worker, rng: Random) -> Record:
    identity, made = mistakes.spoil(case.person, household, source="ac", rng=rng)
    identity["nhs_number"] = case.person.second_nhs_number
    content = {**involvement(case, worker, rng=rng), **contents.ITEMS_OF["ac"](case, rng)}
    return Record("ac", f"{reference('ac', case.person.id)}B", case.person.id, identity, content, (), made)


def involvement(case: Case, worker: Worker, *, rng: Random) -> Content:
    """The fields that every source has: status, dates, and the practitioner to ring."""
    return {
        "status": "historic" if case.until else "current",
        "started": case.since,
        "ended": case.until,
        "last_contact": case.until or case.day(rng, within=60),
        "as_of": case.today,
        "team": worker.team,
        "lead_name": worker.name,
        "lead_role": worker.role,
        "lead_phone": worker.phone,
        "lead_email": worker.email,
    }


def _protection(case: Case, source: str, *, rng: Random, today: date) -> Content:
    kind = None
    if source == "csc" and case.person.marks & {"adopted", "earlier_identity"}:
        kind = "adopted"
    elif source == "dv" and case.until is None and rng.random() < 0.05:
        kind = "safe_address"
    return protection(source, kind, today=today) if kind else {}


def protection(source: str, kind: str, *, today: date) -> Content:
    """A protection made by two members of staff of the source, to be looked at again in half a year."""
    return {
        "protection": kind,
        "protection_review": today + timedelta(days=182),
        "protection_by_1": f"{source}-0001",
        "protection_by_2": f"{source}-0002",
    }


def relations_among(person: Person, known: list[Person], *, source: str) -> tuple[tuple[str, str], ...]:
    """(kind, reference) of the people of the same source that the person is related to: the other *is* the kind."""
    found: list[tuple[str, str]] = []
    for other in known:
        if other.id == person.id:
            continue
        kind = relation(person, other)
        if kind:
            found.append((kind, reference(source, other.id)))
    return tuple(found)


def relation(person: Person, other: Person) -> str:
    """What `other` is to `person`: parent, child, sibling, partner, or nothing."""
    if other.id in person.parents:
        return "parent"
    if person.id in other.parents:
        return "child"
    if person.partner == other.id:
        return "partner"
    if set(person.parents) & set(other.parents):
        return "sibling"
    return ""
