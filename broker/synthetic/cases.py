"""People whose records are hard to keep apart or together, planted at fixed rates.

Each is a mark on a person, so that the truth can be searched for them: `twin` (some with one initial), `same_name`
(father and son), `namesake` (two unrelated Mohammed Khans of one year and postcode), `no_fixed_abode`, `traveller`,
`refugee` (a date of birth on 1 January), `unborn`, `two_nhs_numbers`, and `adopted` with `earlier_identity`, two
identities of one child that must never be linked again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from broker.synthetic import households, names
from broker.synthetic.households import Registrar
from broker.synthetic.population import Address, Person

# (case, how many in a place of 12,400, at least this many in any place)
COUNTS = {
    "same_name": (12, 2),
    "no_fixed_abode": (40, 3),
    "traveller": (4, 1),
    "refugee": (20, 3),
    "unborn": (9, 2),
    "adopted": (3, 1),
    "two_nhs_numbers": (1, 1),
    "same_initial_twins": (6, 2),
}
NOWHERE = Address(uprn="", flat="", number="", street="", postcode="", area="")


def how_many(case: str, people: int) -> int:
    """How many of `case` a place of `people` gets."""
    usual, least = COUNTS[case]
    return max(least, round(usual * people / 12_400))


def plant(registrar: Registrar, people: int, *, neighbours: tuple[Address, Address]) -> tuple[tuple[str, str], ...]:
    """Adds every case to the register; returns the pairs of person ids that must never be linked."""
    _namesakes(registrar, neighbours)
    for _ in range(how_many("same_name", people)):
        _father_and_son(registrar)
    for _ in range(how_many("no_fixed_abode", people)):
        _no_fixed_abode(registrar)
    for _ in range(how_many("traveller", people)):
        _travellers(registrar)
    for _ in range(how_many("refugee", people)):
        _refugee(registrar)
    for _ in range(how_many("unborn", people)):
        _unborn(registrar)
    for _ in range(how_many("same_initial_twins", people)):
        _twins(registrar)
    for _ in range(how_many("two_nhs_numbers", people)):
        _two_nhs_numbers(registrar)
    return tuple(_adopted(registrar) for _ in range(how_many("adopted", people)))


def _person(
    registrar: Registrar, origin: str, *, sex: str, born: date | None, surname: str, marks: Iterable[str]
) -> Person:
    age = registrar.today.year - born.year if born else -1
    person = households.make_person(
        registrar, origin, sex=sex, born=born, surname=surname, role="adult" if age >= 18 else "child"
    )
    return registrar.amend(person, marks=frozenset(marks))


def _grown_up(
    registrar: Registrar, origin: str, *, sex: str, ages: tuple[int, int], marks: Iterable[str] = ()
) -> Person:
    born = households.born_at(registrar.rng, registrar.today, youngest=ages[0], oldest=ages[1])
    surname = names.draw_surname(registrar.rng, origin, sex=sex)
    return _person(registrar, origin, sex=sex, born=born, surname=surname, marks=marks)


def _namesakes(registrar: Registrar, neighbours: tuple[Address, Address]) -> None:
    year = registrar.today.year - 35
    for address, day in zip(neighbours, (date(year, 2, 14), date(year, 9, 3)), strict=True):
        khan = _person(registrar, "pakistani", sex="M", born=day, surname="Khan", marks={"namesake"})
        registrar.settle("one_person", [registrar.amend(khan, forename="Mohammed")], address=address, needs=1)


def _father_and_son(registrar: Registrar) -> None:
    father = _grown_up(registrar, names.draw_origin(registrar.rng), sex="M", ages=(40, 62), marks={"same_name"})
    born = (father.born or registrar.today) + timedelta(days=registrar.rng.randrange(19 * 366, 23 * 365))
    son = _person(registrar, father.origin, sex="M", born=born, surname=father.surname, marks={"same_name"})
    son = registrar.amend(son, forename=father.forename, middle="", parents=(father.id,))
    registrar.settle("couple_children", [father, son], needs=1)


def _no_fixed_abode(registrar: Registrar) -> None:
    person = _grown_up(
        registrar,
        names.draw_origin(registrar.rng),
        sex=registrar.rng.choice("FMMM"),
        ages=(18, 60),
        marks={"no_fixed_abode"},
    )
    registrar.settle("no_fixed_abode", [person], address=NOWHERE, needs=3)


def _travellers(registrar: Registrar) -> None:
    mother = _grown_up(registrar, "irish", sex="F", ages=(22, 38), marks={"traveller", "no_fixed_abode"})
    children = households.add_children(registrar, [mother], count=3)
    marks = frozenset({"traveller", "no_fixed_abode"})
    members = [mother, *(registrar.amend(child, marks=child.marks | marks) for child in children)]
    registrar.settle("no_fixed_abode", members, address=NOWHERE, needs=2)


def _refugee(registrar: Registrar) -> None:
    year = registrar.today.year - registrar.rng.randint(19, 45)
    sex = registrar.rng.choice("FMM")
    surname = names.draw_surname(registrar.rng, "arabic", sex=sex)
    person = _person(registrar, "arabic", sex=sex, born=date(year, 1, 1), surname=surname, marks={"refugee"})
    registrar.settle("one_person", [person], needs=2)


def _unborn(registrar: Registrar) -> None:
    mother = _grown_up(registrar, names.draw_origin(registrar.rng), sex="F", ages=(18, 38))
    child = _person(registrar, mother.origin, sex="", born=None, surname=mother.surname, marks={"unborn"})
    due = registrar.today + timedelta(days=registrar.rng.randrange(10, 180))
    child = registrar.amend(child, due=due, parents=(mother.id,), phone=mother.phone)
    registrar.settle("lone_parent", [mother, child], needs=3)


def _twins(registrar: Registrar) -> None:
    rng = registrar.rng
    mother = _grown_up(registrar, "english", sex="F", ages=(24, 42))
    born = households.born_at(rng, registrar.today, youngest=1, oldest=6)
    pair = rng.choice(
        (("Jayden", "Jaydon"), ("Ella", "Ellie"), ("Archie", "Alfie"), ("Mia", "Maisie"), ("Theo", "Toby"))
    )
    sex = "M" if pair[0] in ("Jayden", "Archie", "Theo") else "F"
    members = [mother]
    for forename in pair:
        twin = _person(registrar, "english", sex=sex, born=born, surname=mother.surname, marks={"twin"})
        members.append(registrar.amend(twin, forename=forename, parents=(mother.id,), phone=mother.phone))
    registrar.settle("lone_parent", members, needs=2)


def _two_nhs_numbers(registrar: Registrar) -> None:
    person = _grown_up(registrar, "english", sex="F", ages=(30, 70))
    marks = frozenset({"two_nhs_numbers"})
    person = registrar.amend(person, second_nhs_number=registrar.next_nhs_number(), marks=marks)
    registrar.settle("one_person", [person], needs=2)


def _adopted(registrar: Registrar) -> tuple[str, str]:
    rng = registrar.rng
    birth_mother = _grown_up(registrar, "english", sex="F", ages=(24, 36))
    born = households.born_at(rng, registrar.today, youngest=5, oldest=9)
    earlier = _person(
        registrar, "english", sex="F", born=born, surname=birth_mother.surname, marks={"earlier_identity"}
    )
    earlier = registrar.amend(earlier, parents=(birth_mother.id,))
    registrar.settle("lone_parent", [birth_mother, earlier], needs=3)
    parent = _grown_up(registrar, "english", sex="F", ages=(36, 50))
    child = _person(registrar, "english", sex="F", born=born, surname=parent.surname, marks={"adopted"})
    child = registrar.amend(child, forename=earlier.forename, middle="", parents=(parent.id,), phone=parent.phone)
    registrar.settle("lone_parent", [parent, child])
    return earlier.id, child.id


def neighbours_in(addresses: list[Address]) -> tuple[Address, Address]:
    """Two different dwellings of one postcode, taken out of the list."""
    first = addresses.pop()
    second = next(address for address in addresses if address.postcode == first.postcode)
    addresses.remove(second)
    return first, second
