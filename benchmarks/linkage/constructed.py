"""Hard cases built for counting: 1,000 pairs of twins, and 1,000 fathers and sons of one name, in a place of their own.

Each is a household of Brackwater with the services that such a household has, and its records have the mistakes that
records have there. Counted are pairs of people who were brought together although nobody said they are one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random

from broker.synthetic import gazetteer, households, names
from broker.synthetic.households import Registrar
from broker.synthetic.place import TODAY
from broker.synthetic.population import Person, Place

SEED = 730_219
CASES = ("twins", "juniors")


def place_of(pairs: int, *, seed: int = SEED, today: date = TODAY) -> tuple[Place, dict[str, list[tuple[str, str]]]]:
    """The place, and the (person, other) of every pair by case. As many ordinary households stand around them."""
    rng = Random(f"{seed}/constructed")
    registrar = Registrar(rng, gazetteer.make_addresses(rng, 8 * pairs + 400), seed=seed, today=today)
    made: dict[str, list[tuple[str, str]]] = {case: [] for case in CASES}
    builders: dict[str, Callable[[Registrar], tuple[str, str]]] = {"twins": _twins, "juniors": _juniors}
    for _ in range(pairs):
        for case, build in builders.items():
            made[case].append(build(registrar))
        households.make_household(registrar, room=12)
    return Place(
        seed=seed,
        today=today,
        gazetteer=(),
        households=tuple(registrar.households),
        people=registrar.people,
        relationships=(),
    ), made


def _twins(registrar: Registrar) -> tuple[str, str]:
    """Two children or grown-ups born on one day: a third of one sex and initial, which is the hardest."""
    rng, origin = registrar.rng, names.draw_origin(registrar.rng)
    youngest, oldest = rng.choice(((0, 4), (5, 15), (5, 15), (16, 30)))
    born = households.born_at(rng, registrar.today, youngest=youngest, oldest=oldest)
    surname = names.draw_surname(rng, origin, sex="F")
    parent = _person(registrar, origin, "F", born=born - timedelta(days=rng.randrange(20 * 365, 40 * 365)),
                     surname=surname)  # fmt: skip
    first_sex = rng.choice("FM")
    first = _person(registrar, origin, first_sex, born=born, surname=surname)
    other = _person(
        registrar, origin, first_sex if rng.random() < 0.65 else rng.choice("FM"), born=born, surname=surname
    )
    for _ in range(50):
        if other.forename != first.forename:
            break
        again = names.draw_forename(rng, origin, sex=other.sex, year=born.year)
        other = registrar.amend(other, forename=again, middle="")
    phone = {"phone": parent.phone} if parent.age(registrar.today) >= 14 else {}
    first = registrar.amend(first, parents=(parent.id,), marks=frozenset({"twin"}), **phone)
    other = registrar.amend(other, parents=(parent.id,), marks=frozenset({"twin"}), **phone)
    registrar.settle("lone_parent", [parent, first, other], needs=rng.randrange(3))
    return first.id, other.id


def _juniors(registrar: Registrar) -> tuple[str, str]:
    """A father and a son of one forename and surname, at one address."""
    rng, origin = registrar.rng, names.draw_origin(registrar.rng)
    born = households.born_at(rng, registrar.today, youngest=20, oldest=70)
    surname = names.draw_surname(rng, origin, sex="M")
    father = _person(registrar, origin, "M", born=born, surname=surname)
    gap = rng.randrange(18 * 365, 38 * 365)
    latest = registrar.today - timedelta(days=30)
    son = _person(registrar, origin, "M", born=min(born + timedelta(days=gap), latest), surname=surname)
    son = registrar.amend(son, forename=father.forename, middle="", parents=(father.id,))
    registrar.settle("couple_children", [father, son], needs=rng.randrange(3))
    return father.id, son.id


def _person(registrar: Registrar, origin: str, sex: str, *, born: date, surname: str) -> Person:
    return households.make_person(registrar, origin, sex=sex, born=born, surname=surname, role="adult")


def merged(pairs: list[tuple[str, str]], together: set[tuple[str, str]]) -> int:
    """How many of the pairs of people are among those that some answer or group brought `together`."""
    return sum((one, other) in together or (other, one) in together for one, other in pairs)
