"""What goes wrong between a person and a row about them: every kind of mistake, each at a declared rate.

A rate is the chance for one record *that can have the mistake*: only a forename with a short form can be replaced by
it, only somebody who moved can have a stale address. `chances` says which mistakes a person's records can have.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from random import Random

from broker.synthetic import spellings
from broker.synthetic.population import Address, Household, Person

Identity = dict[str, str | date | None]

RATES = {
    "nickname": 0.06,
    "former_surname": 0.04,
    "hyphen_dropped": 0.02,
    "names_swapped": 0.01,
    "names_swapped_asian": 0.03,
    "other_spelling": 0.05,
    "typing_error": 0.01,
    "dob_swapped": 0.012,
    "dob_year_off": 0.008,
    "dob_first_of_january": 0.015,
    "dob_first_of_january_council_housing": 0.03,
    "dob_missing": 0.005,
    "dob_missing_social_care": 0.04,
    "address_stale": 0.15,
    "flat_missing": 0.05,
    "postcode_wrong": 0.02,
    "postcode_missing": 0.02,
    "sex_missing": 0.02,
    "phone_missing": 0.3,
}
"""Chance of each mistake in one record that can have it."""

HELD = {
    ("csc", "nhs_number"): 0.85, ("csc", "upn"): 0.6, ("eh", "upn"): 0.5, ("ed", "upn"): 0.99, ("dw", "nino"): 0.97,
    ("hl", "nino"): 0.4, ("hv", "nhs_number"): 0.98, ("mh", "nhs_number"): 0.96, ("ac", "nhs_number"): 0.93,
    ("gp", "nhs_number"): 0.99,
}  # fmt: skip
"""Share of a source's records that hold an identifier the person has; where a source has no entry it holds none."""
UPRN_HELD = 0.7

_SOCIAL_CARE = {"csc", "eh"}
_COUNCIL_HOUSING = {"csc", "eh", "hs"}
_FAMILY_NAME_FIRST = {"pakistani", "bangladeshi", "indian", "chinese"}
# Position in a postcode such as ZY1 4AB (district, sector, two letters) and how often it is the wrong one.
_POSTCODE_PLACES, _POSTCODE_WEIGHTS = (2, 4, 5, 6), (8, 20, 36, 36)
_UNIT_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"


def chances(person: Person, household: Household, *, source: str) -> dict[str, float]:
    """The mistakes that a record of `source` about this person can have, each with its rate."""
    born = person.born
    found = {
        "nickname": person.forename in spellings.short_forms(),
        "former_surname": bool(person.former_surname),
        "hyphen_dropped": "-" in person.surname,
        "names_swapped": person.origin not in _FAMILY_NAME_FIRST and born is not None,
        "names_swapped_asian": person.origin in _FAMILY_NAME_FIRST and born is not None,
        "other_spelling": person.forename in spellings.variants() or person.surname in spellings.variants(),
        "typing_error": len(person.surname) > 3,
        "dob_swapped": born is not None and born.day <= 12 and born.day != born.month,
        "dob_year_off": born is not None,
        "dob_first_of_january": born is not None and source not in _COUNCIL_HOUSING,
        "dob_first_of_january_council_housing": born is not None and source in _COUNCIL_HOUSING,
        "dob_missing": born is not None and source not in _SOCIAL_CARE,
        "dob_missing_social_care": born is not None and source in _SOCIAL_CARE,
        "address_stale": household.earlier is not None,
        "flat_missing": bool(household.address.flat),
        "postcode_wrong": bool(household.address.postcode),
        "postcode_missing": bool(household.address.postcode),
        "sex_missing": bool(person.sex),
        "phone_missing": bool(person.phone),
    }
    return {mistake: RATES[mistake] for mistake, possible in found.items() if possible}


def plain(person: Person, address: Address) -> Identity:
    """The identity fields without a mistake; before birth, the due date stands for the date of birth.

    An address is kept in parts: each source writes them in its own way.
    """
    return {
        "forename": person.forename,
        "middle_names": person.middle,
        "surname": person.surname,
        "known_as": "",
        "former_surname": person.former_surname,
        "dob": person.born or person.due,
        "sex": person.sex,
        "flat": address.flat,
        "number": address.number,
        "street": address.street,
        "postcode": address.postcode,
        "uprn": address.uprn,
        "phone": person.phone,
        "nhs_number": person.nhs_number,
        "upn": person.upn,
        "nino": person.nino,
    }


def spoil(person: Person, household: Household, *, source: str, rng: Random) -> tuple[Identity, tuple[str, ...]]:
    """What `source` wrote down about the person, and the names of the mistakes in it, in the order they were made."""
    made = [mistake for mistake, rate in chances(person, household, source=source).items() if rng.random() < rate]
    stale = "address_stale" in made
    address = household.earlier if stale and household.earlier else household.address
    if stale and "flat_missing" in made and not address.flat:
        made.remove("flat_missing")
    found = plain(person, address)
    if {"names_swapped", "names_swapped_asian"} & set(made):
        found["forename"], found["surname"] = found["surname"], found["forename"]
    for mistake in made:
        change = _CHANGES.get(mistake)
        if change:
            change(found, person, rng)
    _withhold(found, source, rng=rng)
    return found, tuple(made)


def _withhold(found: Identity, source: str, *, rng: Random) -> None:
    for field in ("nhs_number", "upn", "nino"):
        if rng.random() >= HELD.get((source, field), 0.0):
            found[field] = ""
    if rng.random() >= UPRN_HELD:
        found["uprn"] = ""


def _name_field(found: Identity, name: str) -> str:
    return "forename" if found["forename"] == name else "surname"


def _nickname(found: Identity, person: Person, rng: Random) -> None:
    found[_name_field(found, person.forename)] = rng.choice(spellings.short_forms()[person.forename])


def _former_surname(found: Identity, person: Person, rng: Random) -> None:
    found[_name_field(found, person.surname)] = person.former_surname


def _hyphen_dropped(found: Identity, person: Person, rng: Random) -> None:
    first, _, last = person.surname.partition("-")
    field = _name_field(found, person.surname)
    if found[field] == person.surname:
        found[field] = rng.choice((f"{first} {last}", last))


def _other_spelling(found: Identity, person: Person, rng: Random) -> None:
    options = [name for name in (person.forename, person.surname) if name in spellings.variants()]
    chosen = rng.choice(options)
    for field in ("forename", "surname"):
        if found[field] == chosen:
            found[field] = rng.choice(spellings.variants()[chosen])
            return


def _typing_error(found: Identity, person: Person, rng: Random) -> None:
    found["surname"] = (
        spellings.mistyped(rng, str(found["surname"])) if len(str(found["surname"])) > 2 else found["surname"]
    )


def _dob_swapped(found: Identity, person: Person, rng: Random) -> None:
    born = person.born
    if born is not None:
        found["dob"] = date(born.year, born.day, born.month)


def _dob_year_off(found: Identity, person: Person, rng: Random) -> None:
    born = found["dob"]
    if isinstance(born, date):
        # 28: a leap day has no other year.
        found["dob"] = born.replace(year=born.year + rng.choice((-1, 1)), day=min(born.day, 28))


def _dob_first_of_january(found: Identity, person: Person, rng: Random) -> None:
    if person.born is not None:
        found["dob"] = date(person.born.year, 1, 1)


def _dob_missing(found: Identity, person: Person, rng: Random) -> None:
    found["dob"] = None


def _flat_missing(found: Identity, person: Person, rng: Random) -> None:
    found["flat"] = ""


def _postcode_wrong(found: Identity, person: Person, rng: Random) -> None:
    postcode = str(found["postcode"])
    if not postcode:
        return
    place = rng.choices(_POSTCODE_PLACES, weights=_POSTCODE_WEIGHTS)[0]
    right = postcode[place]
    wrong = rng.choice([sign for sign in ("123456789" if right.isdigit() else _UNIT_LETTERS) if sign != right])
    found["postcode"] = postcode[:place] + wrong + postcode[place + 1 :]


def _blank(field: str) -> Callable[[Identity, Person, Random], None]:
    def blank(found: Identity, person: Person, rng: Random) -> None:
        found[field] = ""

    return blank


_CHANGES: dict[str, Callable[[Identity, Person, Random], None]] = {
    "former_surname": _former_surname,
    "hyphen_dropped": _hyphen_dropped,
    "nickname": _nickname,
    "other_spelling": _other_spelling,
    "typing_error": _typing_error,
    "dob_swapped": _dob_swapped,
    "dob_year_off": _dob_year_off,
    "dob_first_of_january": _dob_first_of_january,
    "dob_first_of_january_council_housing": _dob_first_of_january,
    "dob_missing": _dob_missing,
    "dob_missing_social_care": _dob_missing,
    "flat_missing": _flat_missing,
    "postcode_wrong": _postcode_wrong,
    "postcode_missing": _blank("postcode"),
    "sex_missing": _blank("sex"),
    "phone_missing": _blank("phone"),
}
