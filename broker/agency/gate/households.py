"""Who lives with whom, of which age and under which names.

Households of 1 to 6 people, 2.35 on average. 82 % of members have the surname of the first, the others one of their
own. Nobody has the forename of another member, but for the 1.5 % of third members who are named after the parent of
their sex (juniors). 4.5 % of members after the second who follow another child are that child's twin. One person in a
hundred is recorded as born on 1 January. All people are alive on one day; children are 16 to 42 years younger than the
second member (or the first), and leave at 25.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from broker.agency.gate import vocabulary
from broker.agency.gate.draws import Bools, Floats, Ints, chance, pick, uniform, weighted
from broker.agency.gate.vocabulary import Names

_SIZES = np.cumsum((0.30, 0.34, 0.16, 0.13, 0.05, 0.02))
MEAN_SIZE = 2.35
SAME_SURNAME = 0.82
TWIN = 0.045
JUNIOR = 0.015
NARROW = 0.12
FIRST_OF_JANUARY = 0.01
_LAST_DAY = 37_000
"""Days are counted from 1 January of year 0 of the oldest person; a year has 365 days, which changes nothing here."""
_REDRAWS = 5


@dataclass(frozen=True)
class Households:
    """One row a person, household by household. `day` counts days, `sex` is 0 (female) or 1, names are places."""

    household: Ints
    place: Ints
    first: Ints
    sex: Ints
    day: Ints
    age: Ints
    forename: Ints
    surname: Ints
    earlier_surname: Ints
    forenames: Names
    surnames: Names

    def __len__(self) -> int:
        return len(self.household)


def make_households(people: int) -> Households:
    """Exactly `people` people; the last household may be cut short."""
    count = int(people / MEAN_SIZE * 1.02) + 10
    sizes = weighted("size", np.arange(count), _SIZES) + 1
    household = np.repeat(np.arange(count), sizes)[:people]
    first = np.repeat(np.cumsum(sizes) - sizes, sizes)[:people]
    row = np.arange(len(household))
    place = row - first
    narrow = chance("community", household, NARROW)
    sex = _sexes(row, place)
    twin = (place >= 3) & chance("twin", row, TWIN)
    day = _days(household, place, first=first, twin=twin)
    forenames, surnames = vocabulary.make_forenames(), vocabulary.make_surnames()
    surname = _surnames(household, row, place=place, narrow=narrow, stocks=surnames)
    given = _forenames(row, place, first=first, sex=sex, narrow=narrow, stocks=forenames)
    junior = (place == 2) & chance("junior", row, JUNIOR)
    parent = first + np.where(sex[first] == sex, 0, 1)
    given = np.where(junior, given[parent], given)
    surname = np.where(junior, surname[parent], surname)
    age = (_LAST_DAY - day) // 365
    earlier = _earlier(row, sex=sex, age=age, narrow=narrow, stocks=surnames)
    return Households(household, place, first, sex, day, age, given, surname, earlier, forenames, surnames)


def _sexes(row: Ints, place: Ints) -> Ints:
    drawn = pick("sex", row, count=2)
    # The second member is of the other sex than the first in nine households of ten.
    other = (place == 1) & chance("other sex", row, 0.9)
    before = np.concatenate((drawn[:1], drawn[:-1]))
    return np.where(other, 1 - before, drawn)


def _days(household: Ints, place: Ints, *, first: Ints, twin: Bools) -> Ints:
    row = np.arange(len(household))
    eldest = 19 * 365 + (uniform("age", household) ** 1.15 * (65 * 365)).astype(np.int64)
    partner = eldest + ((_bell("partner", row) - 0.3) * 4 * 365).astype(np.int64)
    partner = np.where(partner < 18 * 365, 18 * 365 + pick("young partner", row, count=4 * 365), partner)
    partner_row = np.minimum(first + 1, len(household) - 1)
    mother = np.where(place >= 1, partner[partner_row], eldest)
    gap = 29 * 365 + (_bell("gap", row) * 6 * 365).astype(np.int64)
    child = mother - np.clip(gap, 16 * 365, 42 * 365)
    # A child too old to live at home, or not yet born, is given any age up to 18 instead.
    grown = (child < 0) | (child > 25 * 365)
    child = np.where(grown, pick("young", row, count=18 * 365), child)
    days_old = np.where(place == 0, eldest, np.where(place == 1, partner, child))
    day = _LAST_DAY - np.minimum(days_old, _LAST_DAY - 1)
    day = np.where(chance("first of January", row, FIRST_OF_JANUARY), day // 365 * 365, day)
    for at in range(3, 6):
        rows = np.flatnonzero(twin & (place == at))
        day[rows] = day[rows - 1]
    return day


def _bell(name: str, index: Ints) -> Floats:
    """Roughly normal, mean 0 and deviation 1: the sum of four uniforms."""
    total: Floats = np.sum([uniform(f"{name}/{turn}", index) for turn in range(4)], axis=0)
    return (total - 2.0) * 1.732


def _surnames(household: Ints, row: Ints, *, place: Ints, narrow: Bools, stocks: Names) -> Ints:
    family = _draw("surname", household, narrow=narrow, stocks=stocks)
    own = _draw("own surname", row, narrow=narrow, stocks=stocks)
    return np.where((place == 0) | chance("shares", row, SAME_SURNAME), family, own)


def _draw(name: str, index: Ints, *, narrow: Bools, stocks: Names) -> Ints:
    usual, few = stocks.stocks["usual"], stocks.stocks["narrow"]
    drawn = (usual.first + weighted(name, index, usual.cumulative), few.first + weighted(name, index, few.cumulative))
    return np.where(narrow, drawn[1], drawn[0])


def _forenames(row: Ints, place: Ints, *, first: Ints, sex: Ints, narrow: Bools, stocks: Names) -> Ints:
    given = _given("forename", row, sex=sex, narrow=narrow, stocks=stocks)
    for at in range(1, 6):
        rows = np.flatnonzero(place == at)
        for turn in range(_REDRAWS):
            taken = np.zeros(len(rows), dtype=np.bool_)
            for back in range(1, at + 1):
                taken |= given[rows] == given[rows - back]
            rows = rows[taken]
            given[rows] = _given(f"forename/{turn}", rows, sex=sex[rows], narrow=narrow[rows], stocks=stocks)
    return given


def _given(name: str, index: Ints, *, sex: Ints, narrow: Bools, stocks: Names) -> Ints:
    found = np.zeros(len(index), dtype=np.int64)
    for group, chosen in (
        ("f", (sex == 0) & ~narrow),
        ("m", (sex == 1) & ~narrow),
        ("narrow-f", (sex == 0) & narrow),
        ("narrow-m", (sex == 1) & narrow),
    ):
        stock = stocks.stocks[group]
        found[chosen] = stock.first + weighted(name, index[chosen], stock.cumulative)
    return found


def _earlier(row: Ints, *, sex: Ints, age: Ints, narrow: Bools, stocks: Names) -> Ints:
    """The surname before marriage of a third of adult women and some men; -1 where none is known."""
    known = (age >= 22) & chance("earlier surname", row, 0.06) | (age >= 22) & (sex == 0) & chance("maiden", row, 0.3)
    return np.where(known, _draw("maiden name", row, narrow=narrow, stocks=stocks), -1)
