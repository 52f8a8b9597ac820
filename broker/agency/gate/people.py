"""A million made-up people as columns of numbers: every atom that a match key can use, 0 where a person has none.

    people = make_people(1_000_000)
    people.main["dob"], people.main["snp"], people.main["hnpc"] ...      int64, one a person
    people.aliases["surname"] -> rows and the atoms that change there    an earlier surname, an earlier address

About 36 people share a postcode (15 dwellings, 5 to 60), 20,000 an outcode of four sectors. In one postcode of twelve
the dwellings are flats, six to a house number. Adults have a phone of their own but for one in five, who has the
household's; children have a parent's. E-mail likewise. Brothers and sisters are mostly born in one town. An earlier
postcode is known of three households in ten and shared by those who moved together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from broker.agency.gate.draws import Bools, Ints, chance, mix, pick, stream, uniform, weighted
from broker.agency.gate.households import Households, make_households

_DWELLINGS = 15.3
_POSTCODES_IN_OUTCODE = 555
_TOWNS = np.cumsum((0.13, 0.11, 0.09, 0.07, 0.06, 0.05, 0.04, 0.03, 0.02, 0.02, 0.02, 0.01))
"""Born in one of twelve towns of the place; the rest anywhere in 600 others."""
_INITIALS = np.cumsum(np.array((14, 12, 11, 10, 8, 7, 7, 6, 5, 4, 4, 3, 3, 2, 1, 1, 1, 1)) / 100.0)

_FIELDS = {
    "forename": ("fn", "fnc", "fnp", "fn1", "fn3", "fnS", "nsw"),
    "surname": ("sn", "snc", "snp", "sn1", "sn3", "snS"),
    "dob": ("dob", "dsw", "ym", "yd", "md", "yy"),
    "postcode": ("pc", "pcs", "pco", "pin"),
    "house": ("hnpc",),
    **{name: (name, f"{name}A", f"{name}B") for name in ("nhs", "nino", "upn")},
    **{name: (name,) for name in ("uprn", "phone", "email", "sex", "mi", "bp")},
}
USUALLY_HELD = {
    "forename": 1.0, "surname": 1.0, "dob": 0.98, "postcode": 0.97, "house": 0.85, "sex": 0.98, "mi": 0.5, "bp": 0.1,
    "nhs": 0.5, "nino": 0.2, "upn": 0.6, "uprn": 0.5, "phone": 0.5, "email": 0.3,
}  # fmt: skip
"""Chance that the record of one agency holds a field that the person has, to count the labels of a usual record."""

Columns = dict[str, Ints]


@dataclass(frozen=True)
class Alias:
    """Another value of one field: who has it, and the atoms it changes."""

    rows: Ints
    columns: Columns


@dataclass(frozen=True)
class People:
    """Atoms by name, and other values by field, of `count` people; who of them an agency usually holds a field of."""

    count: int
    main: Columns
    aliases: dict[str, Alias]
    field_of: dict[str, str]
    usually_held: dict[str, Bools]


def make_people(count: int) -> People:
    """`count` people, the same for ever."""
    homes = make_households(count)
    row = np.arange(count)
    main = _name_columns(homes, homes.forename, surname=homes.surname) | _date_columns(homes.day)
    main |= _address_columns(homes.household) | _contact_columns(homes, row) | _numbers(homes, row)
    main |= {"sex": homes.sex + 1, "mi": _middle_initials(row), "bp": _birth_places(homes, row)}
    return People(
        count=count,
        main=main,
        aliases=_aliases(homes),
        field_of={atom: field for field, atoms in _FIELDS.items() for atom in atoms},
        usually_held={field: chance(f"held/{field}", row, rate) for field, rate in USUALLY_HELD.items()},
    )


def _name_columns(homes: Households, forename: Ints, *, surname: Ints) -> Columns:
    found = {atom: column[forename] for atom, column in homes.forenames.atoms.items()}
    found |= {atom: column[surname] for atom, column in homes.surnames.atoms.items()}
    low, high = np.minimum(found["fnp"], found["snp"]), np.maximum(found["fnp"], found["snp"])
    return found | {"nsw": np.where(low > 0, joined((low, high)), 0)}


def _date_columns(day: Ints) -> Columns:
    year, of_year = day // 365, day % 365
    month = of_year * 12 // 365
    in_month = of_year - (month * 365 + 11) // 12
    low, high = np.minimum(month, in_month), np.maximum(month, in_month)
    return {
        "dob": day + 1,
        "dsw": (year * 32 + low) * 32 + high + 1,
        "ym": year * 32 + month + 1,
        "yd": year * 32 + in_month + 1,
        "md": month * 32 + in_month + 1,
        "yy": year + 1,
    }


def _address_columns(dwelling: Ints, *, prefix: str = "dwelling") -> Columns:
    postcode, in_postcode = _postcodes(dwelling, prefix)
    outcode, unit = postcode // _POSTCODES_IN_OUTCODE, postcode % _POSTCODES_IN_OUTCODE
    sector = unit * 4 // _POSTCODES_IN_OUTCODE
    # Which of the 400 letter pairs a postcode has: a permutation within the sector, started elsewhere in each.
    letters = (unit * 147 + pick(f"{prefix}/letters", outcode * 4 + sector, count=400)) % 400
    digit = (outcode * 3 + sector) % 10
    flats = chance(f"{prefix}/flats", postcode, 1 / 12)
    number = np.where(flats, in_postcode // 6, in_postcode)
    return {
        "pc": postcode + 1,
        "pcs": outcode * 4 + sector + 1,
        "pco": outcode + 1,
        "pin": digit * 400 + letters + 1,
        "hnpc": postcode * 1024 + number + 1,
        "uprn": dwelling + 1,
    }


def _postcodes(dwelling: Ints, prefix: str) -> tuple[Ints, Ints]:
    """The postcode of every dwelling and its place there; sizes are spread evenly about the mean."""
    top = int(dwelling.max()) + 1 if len(dwelling) else 1
    index = np.arange(int(top / 5) + 2)
    spread = uniform(f"{prefix}/postcode", index) + uniform(f"{prefix}/postcode/2", index) ** 4 * 2
    sizes = np.maximum(5, (spread / 0.9 * _DWELLINGS).astype(np.int64))
    ends = np.cumsum(sizes)
    postcode = np.searchsorted(ends, dwelling, side="right")
    return postcode, dwelling - (ends - sizes)[postcode]


def _contact_columns(homes: Households, row: Ints) -> Columns:
    carer = np.where(homes.place >= 1, np.minimum(homes.first + 1, len(row) - 1), row)
    found = {}
    for kind, own_from in (("phone", 14), ("email", 16)):
        owner = np.where(homes.age < own_from, carer, row)
        shares = chance(f"{kind}/household", owner, 0.2 if kind == "phone" else 0.1)
        found[kind] = np.where(shares, homes.first, len(row) + owner) + 1
    return found


def _numbers(homes: Households, row: Ints) -> Columns:
    """National numbers and their halves; an NHS number for everybody, a NINO from 16, a UPN from 4 to 18."""
    at_school = (homes.age >= 4) & (homes.age <= 18)
    school = _address_columns(homes.household)["pcs"] * 4 + pick("school", row, count=4)
    held = {"nhs": row >= 0, "nino": homes.age >= 16, "upn": at_school}
    found = {}
    for kind, has in held.items():
        first = school if kind == "upn" else pick(f"{kind}/first", row, count=100_000)
        found[kind] = np.where(has, row + 1, 0)
        found[f"{kind}A"] = np.where(has, first + 1, 0)
        found[f"{kind}B"] = np.where(
            has, pick(f"{kind}/second", row, count=10_000 if kind == "nino" else 100_000) + 1, 0
        )
    return found


def _middle_initials(row: Ints) -> Ints:
    return np.where(chance("middle name", row, 0.75), weighted("middle initial", row, _INITIALS) + 1, 0)


def _birth_places(homes: Households, row: Ints) -> Ints:
    alone = (homes.place < 2) | chance("born elsewhere", row, 0.3)
    index = np.where(alone, len(row) + row, homes.household)
    here = uniform("birth place", index)
    town = np.searchsorted(_TOWNS, here, side="right")
    elsewhere = len(_TOWNS) + (uniform("far birth place", index) ** 2 * 600).astype(np.int64)
    return np.where(town < len(_TOWNS), town, elsewhere) + 1


def _aliases(homes: Households) -> dict[str, Alias]:
    renamed = np.flatnonzero(homes.earlier_surname >= 0)
    columns = {atom: values[homes.earlier_surname[renamed]] for atom, values in homes.surnames.atoms.items()}
    fnp = homes.forenames.atoms["fnp"][homes.forename[renamed]]
    low, high = np.minimum(fnp, columns["snp"]), np.maximum(fnp, columns["snp"])
    columns["nsw"] = np.where(low > 0, joined((low, high)), 0)
    moved = np.flatnonzero(chance("moved", homes.household, 0.3) & chance("moved too", np.arange(len(homes)), 0.8))
    # To a dwelling of the same town that somebody else lives in now.
    before = pick("earlier dwelling", homes.household[moved], count=int(homes.household.max()) + 1)
    return {"surname": Alias(renamed, columns), "address": Alias(moved, _address_columns(before))}


def joined(columns: tuple[Ints, ...]) -> Ints:
    """One positive number for each row's values, different (but for one chance in 2^63) when any of them is."""
    total = np.zeros(len(columns[0]), dtype=np.uint64)
    for place, column in enumerate(columns):
        total = mix(total ^ mix(column.astype(np.uint64) ^ stream(str(place))))
    return np.maximum((total >> np.uint64(1)).astype(np.int64), 1)
