"""Who lives together: draws households of many kinds, with names that families really pass on.

A woman may take her partner's surname (and then has a former one), children may have either surname or both with a
hyphen, Polish daughters have the feminine form, Pakistani and Bangladeshi mothers often keep their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from broker.synthetic import identifiers, names
from broker.synthetic.population import Address, Household, Person

KINDS = {
    "one_person": 150, "one_older": 150, "couple": 170, "older_couple": 90, "couple_children": 230,
    "lone_parent": 120, "three_generations": 40, "shared": 50,
}  # fmt: skip
SOCIAL_LANDLORD = (0.3, 0.45, 0.6, 0.7)
"""Chance that a household rents from Brackwater Homes, by its `needs`."""
TWIN_BIRTHS = 0.016


class Registrar:
    """Hands out ids, identifiers and addresses, each once. The order of calls decides who gets which."""

    def __init__(self, rng: Random, addresses: Iterable[Address], *, seed: int, today: date) -> None:
        self.rng = rng
        self.today = today
        self.people: dict[str, Person] = {}
        self.households: list[Household] = []
        self._addresses = iter(addresses)
        self._nhs = identifiers.nhs_numbers(seed)

    def next_address(self) -> Address:
        return next(self._addresses)

    def next_household(self) -> str:
        return f"H{len(self.households) + 1:06d}"

    def next_nhs_number(self) -> str:
        return next(self._nhs)

    def enrol(self, person: Person) -> Person:
        """`person` with an id and with the identifiers that somebody of this age has, kept in the register."""
        serial = len(self.people) + 1
        age = person.age(self.today)
        has_upn = 4 <= age <= 18
        issued = replace(
            person,
            id=f"P{serial:06d}",
            nhs_number="" if person.born is None else self.next_nhs_number(),
            upn=identifiers.upn(serial, _school_start(person.born)) if has_upn and person.born else "",
            nino=identifiers.nino(serial) if age >= 16 else "",
            phone=person.phone or (identifiers.person_phone(serial) if age >= 14 else ""),
        )
        self.people[issued.id] = issued
        return issued

    def amend(self, person: Person, **changes: object) -> Person:
        """The person again with `changes`, for what is known only after others are enrolled."""
        amended = replace(person, **changes)  # type: ignore[arg-type]
        self.people[person.id] = amended
        return amended

    def settle(self, kind: str, members: list[Person], *, address: Address | None = None, needs: int = 0) -> Household:
        """The household of `members`, at a new address unless one is given, and an earlier one for two in three."""
        household = Household(
            id=self.next_household(),
            kind=kind,
            address=address or self.next_address(),
            earlier=self.next_address() if self.rng.random() < 0.66 else None,
            people=tuple(person.id for person in members),
            needs=needs,
            social_landlord=self.rng.random() < SOCIAL_LANDLORD[needs],
        )
        self.households.append(household)
        return household


def _school_start(born: date) -> int:
    return born.year + (5 if born.month >= 9 else 4)


def born_at(rng: Random, today: date, *, youngest: int, oldest: int) -> date:
    """A birthday such that the age on `today` is between the two, both included."""
    latest = date(today.year - youngest, today.month, min(today.day, 28))
    return latest - timedelta(days=rng.randrange((oldest - youngest + 1) * 365))


def make_person(registrar: Registrar, origin: str, *, sex: str, born: date | None, surname: str, role: str) -> Person:
    """An enrolled person of the household that is being made; half have a middle name."""
    rng = registrar.rng
    year = born.year if born else registrar.today.year
    forename = names.draw_forename(rng, origin, sex=sex, year=year) if born else "Unborn"
    middle = names.draw_forename(rng, origin, sex=sex, year=year) if born and rng.random() < 0.5 else ""
    return registrar.enrol(
        Person(
            id="",
            household=registrar.next_household(),
            forename=forename,
            middle="" if middle == forename else middle,
            surname=names.feminine(surname) if sex == "F" and origin == "polish" else surname,
            sex=sex,
            born=born,
            origin=origin,
            role=role,
            nhs_number="",
        )
    )


def _adult(registrar: Registrar, origin: str, *, ages: tuple[int, int], sex: str, role: str) -> Person:
    born = born_at(registrar.rng, registrar.today, youngest=ages[0], oldest=ages[1])
    surname = names.draw_surname(registrar.rng, origin, sex=sex)
    return make_person(registrar, origin, sex=sex, born=born, surname=surname, role=role)


def _couple(registrar: Registrar, origin: str, *, ages: tuple[int, int]) -> list[Person]:
    rng = registrar.rng
    second_origin = origin if rng.random() < 0.85 else names.draw_origin(rng)
    first = _adult(registrar, origin, ages=ages, sex="M", role="adult")
    age = first.age(registrar.today)
    second = _adult(registrar, second_origin, ages=(max(18, age - 7), age + 3), sex="F", role="partner")
    keeps_own = 0.75 if second.origin in ("pakistani", "bangladeshi", "chinese", "arabic") else 0.35
    choice = rng.random()
    if choice >= keeps_own + 0.05:
        surname = names.feminine(first.surname) if second.origin == "polish" else first.surname
        second = registrar.amend(second, surname=surname, former_surname=second.surname, partner=first.id)
    elif choice >= keeps_own:
        both = f"{second.surname}-{first.surname}"
        second = registrar.amend(second, surname=both, former_surname=second.surname, partner=first.id)
    else:
        second = registrar.amend(second, partner=first.id)
    return [registrar.amend(first, partner=second.id), second]


def add_children(registrar: Registrar, parents: list[Person], *, count: int) -> list[Person]:
    """`count` children of the parents (mother last in the list), the youngest first; twins come on top of the count."""
    rng, today = registrar.rng, registrar.today
    mother = parents[-1]
    fertile_from = (mother.born or today) + timedelta(days=17 * 366)
    span = max(400, (today - fertile_from).days)
    births = [today - timedelta(days=rng.randrange(20, min(span, 17 * 365)))]
    while len(births) < count:
        births.append(births[-1] - timedelta(days=rng.randrange(330, 1300)))
    family = _family_name(rng, parents)
    children: list[Person] = []
    for born in births:
        if children and born < max(fertile_from, today - timedelta(days=19 * 365)):
            break
        twins = rng.random() < TWIN_BIRTHS
        for _ in range(2 if twins else 1):
            child = make_person(
                registrar, parents[0].origin, sex=rng.choice("FM"), born=born, surname=family, role="child"
            )
            marks = frozenset({"twin"}) if twins else frozenset()
            parent_ids = tuple(parent.id for parent in parents)
            children.append(registrar.amend(child, parents=parent_ids, phone=mother.phone, marks=marks))
    return children


def _family_name(rng: Random, parents: list[Person]) -> str:
    first, last = parents[0].surname, parents[-1].surname
    if first == last or len(parents) == 1:
        return first
    return rng.choices((first, last, f"{last}-{first}"), cum_weights=(0.75, 0.88, 1.0))[0]


def make_household(registrar: Registrar, *, room: int) -> Household:
    """One household of at most `room` people, chosen by the shares in `KINDS`."""
    rng = registrar.rng
    kind = rng.choices(tuple(KINDS), weights=tuple(KINDS.values()))[0]
    if room < 8:
        kind = "one_person"
    origin = names.draw_origin(rng)
    needs = rng.choices((0, 1, 2, 3), cum_weights=(0.55, 0.80, 0.93, 1.0))[0]
    members = _members(registrar, kind, origin=origin)
    return registrar.settle(kind, members, needs=needs)


def _members(registrar: Registrar, kind: str, *, origin: str) -> list[Person]:
    rng = registrar.rng
    if kind in ("one_person", "one_older"):
        ages = (18, 64) if kind == "one_person" else (62, 96)
        return [_adult(registrar, origin, ages=ages, sex=rng.choice("FM"), role="adult")]
    if kind in ("couple", "older_couple"):
        return _couple(registrar, origin, ages=(20, 64) if kind == "couple" else (62, 94))
    if kind == "shared":
        return [
            _adult(registrar, names.draw_origin(rng), ages=(18, 50), sex=rng.choice("FFMMM"), role="lodger")
            for _ in range(rng.randint(3, 6))
        ]
    if kind == "lone_parent":
        parents = [_adult(registrar, origin, ages=(19, 52), sex=rng.choices("FM", weights=(88, 12))[0], role="adult")]
    else:
        parents = _couple(registrar, origin, ages=(21, 52))
    children = add_children(registrar, parents, count=rng.choices((1, 2, 3, 4), weights=(42, 38, 14, 6))[0])
    elders = _elders(registrar, parents[0]) if kind == "three_generations" else []
    return [*elders, *parents, *children]


def _elders(registrar: Registrar, child: Person) -> list[Person]:
    born = (child.born or registrar.today) - timedelta(days=registrar.rng.randrange(20 * 365, 34 * 365))
    surname = child.former_surname or child.surname
    elder = make_person(registrar, child.origin, sex="F", born=born, surname=surname, role="grandparent")
    registrar.amend(registrar.people[child.id], parents=(elder.id,))
    return [elder]
