"""One record's cells, under our names for them, as the `Person` that the agency client would read.

Every cell goes through the client's own normalisation. What differs from a UK agency is said by `Reading`:

    foreign_address   postcode "2119", street "wallaby place"  ->  a postcode whose outward half is the foreign one and
                      whose last three signs stand for the street; without a street, an outward half alone. The same
                      with the town for the postcode, and with street and postcode swapped, are further postcodes
    plain_numbers     a number without a format or check that we know: letters and digits, as they are
    historical        people born more than 120 years ago are no mistake; of a day that there is not, the year counts
    name_parts        words of a full name after the first are other surnames ("thomas clifford of chudleigh"), those
                      between first and last other forenames
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

from broker.agency import dates, identifiers, normalise
from broker.agency.field import word_set
from broker.agency.forenames import read_given
from broker.agency.latin import plain
from broker.agency.matchkeys import Person
from broker.agency.people import split_name
from broker.agency.postcode import read_postcode
from broker.agency.surnames import read_family

TODAY = dt.date(2026, 11, 22)
FIELDS = (
    *("forename", "middle", "surname", "full_name", "known_as", "former_surname", "dob", "dob_day", "dob_month"),
    *("dob_year", "sex", "postcode", "former_postcode", "zip", "town", "street", "house", "address", "uprn", "nhs"),
    *("nino", "upn", "ssn", "other_nhs", "other_nino", "other_upn", "phone", "other_phone", "email", "other_email"),
    "birth_place",
)
"""What a mapping may name."""
SEVERAL = frozenset(name for name in FIELDS if name.startswith(("other_", "former_"))) | {"known_as"}
"""Fields of which a cell may hold several values, with ; or | between."""

NO_STREET = "\x00"
"""Stands where a foreign address without a street has no inward half; what holds it is left out (`encode`)."""
_HELD_BY_PERSON = frozenset(field.name for field in fields(Person))
_NO_NAMES = word_set("of the de la le du von van and st sir lord lady dame baron earl duke marquess viscount")
_ORDINAL = re.compile(r"\b\d+(?:st|nd|rd|th)\b.*")
_MOST_OTHERS = 2


@dataclass(frozen=True)
class Reading:
    """How the cells of a set are read, where it is not as those of a UK agency."""

    dates: tuple[str, ...] = (*dates.AUTO, "day-first")
    foreign_address: bool = False
    plain_numbers: bool = False
    historical: bool = False
    name_parts: bool = False


def read_entry(cells: Mapping[str, str], reading: Reading) -> Person:
    """The person of a record's `cells`, whose keys are of `FIELDS`; what is missing or unusable is left out."""
    found = _names(cells, reading) | _numbers(cells, reading) | _address(cells, reading)
    found["dob"] = _birthday(cells, reading)
    found["sex"] = normalise.read_sex(cells.get("sex", "")).value
    found["phone"] = normalise.read_phone(cells.get("phone", "")).value
    found["email"] = normalise.read_email(cells.get("email", "")).value
    found["birth_place"] = normalise.read_place(cells.get("birth_place", "")).value
    for name, read in (("phone", normalise.read_phone), ("email", normalise.read_email)):
        others = [read(other).value for other in several(cells.get(f"other_{name}", ""))]
        found[f"other_{name}"] = next(filter(None, others), "")
    return person_of(found)


def person_of(found: Mapping[str, Any]) -> Person:
    """A `Person` of those of the fields that a person has."""
    return Person(**{name: value for name, value in found.items() if name in _HELD_BY_PERSON})


def several(text: str) -> list[str]:
    """The values of a cell that may hold several."""
    return [part.strip() for part in re.split(r"[;|]", text) if part.strip()]


def _names(cells: Mapping[str, str], reading: Reading) -> dict[str, Any]:
    surname, forename, whole = (cells.get(name, "") for name in ("surname", "forename", "full_name"))
    if not (surname or forename):
        surname, forename = split_name(whole)
    family = read_family(surname)
    given = read_given(forename, middle=cells.get("middle", ""), family=family.value)
    parts = _parts(whole) if reading.name_parts else []
    inner = [normalise.forename(word) for word in parts[-1:0:-1]]
    earlier = [normalise.surname(name) for name in several(cells.get("former_surname", ""))]
    called = [normalise.forename(name) for name in several(cells.get("known_as", ""))]
    return {
        "forename": given.main.value,
        "surname": family.value or next(iter(given.families), ""),
        "middle": given.initial or _letters(cells.get("middle", ""))[:1],
        "shared_forename": given.shared,
        "other_forenames": _others([*called, *given.others, *inner], given.main.value),
        "other_surnames": _others(
            [*earlier, *family.others, *map(normalise.surname, parts), *given.families], family.value
        ),
    }


def _others(values: list[str], main: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value and value != main))[:_MOST_OTHERS]


def _parts(full_name: str) -> list[str]:
    """The words after the first that are names, the last first."""
    words = re.findall(r"[a-z]+", _ORDINAL.sub("", plain(full_name)))[1:]
    return [word for word in reversed(words) if len(word) > 2 and word not in _NO_NAMES]


def _birthday(cells: Mapping[str, str], reading: Reading) -> str:
    text = cells.get("dob", "")
    if not text and cells.get("dob_year"):
        text = "-".join(cells.get(f"dob_{part}", "").split(".")[0] for part in ("year", "month", "day"))
    if not text:
        return ""
    if not reading.historical:
        return dates.read_dob(text, reading.dates, today=TODAY).value
    found = dates.parse(text, reading.dates, today=TODAY)
    year = re.match(r"1[0-9]{3}(?=-)", text)
    # As officials write a year of which they know no day.
    return found.isoformat() if found else f"{year[0]}-01-01" if year else ""


def _numbers(cells: Mapping[str, str], reading: Reading) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, read in (("nhs", identifiers.nhs_number), ("nino", identifiers.nino), ("upn", identifiers.upn)):
        text = cells.get(name, "")
        if reading.plain_numbers:
            found[name] = _plain_number(text)
            continue
        field = read(text)
        found[name], found[f"{name}_unchecked"] = field.value, field.unchecked
        found[f"other_{name}"] = next((read(other).value for other in several(cells.get(f"other_{name}", ""))), "")
    # A foreign number stands in the slot of the NINO: the one national number that has no check digit.
    found["nino"] = found["nino"] or _plain_number(cells.get("ssn", ""))
    found["uprn"] = identifiers.uprn(cells.get("uprn", "")).value
    return found


def _plain_number(text: str) -> str:
    compact = re.sub(r"[^A-Z0-9]", "", re.sub(r"\.0$", "", text.strip().upper()))
    return compact if len(compact) >= 4 and len(set(compact)) > 1 else ""


def _address(cells: Mapping[str, str], reading: Reading) -> dict[str, Any]:
    house, street = cells.get("house", ""), cells.get("street", "")
    if not (house or street) and (address := cells.get("address", "")):
        number, _, rest = address.strip().partition(" ")
        house, street = (number, rest) if number[:1].isdigit() else ("", address)
    found: dict[str, Any] = {"house": re.sub(r"[^a-z0-9]", "", plain(house).removesuffix(".0"))}
    if cells.get("zip") or reading.foreign_address:
        found |= _foreign(cells, street)
    else:
        found["postcode"] = read_postcode(cells.get("postcode", "")).value
        earlier = [read_postcode(code).value for code in several(cells.get("former_postcode", ""))]
        found["other_postcodes"] = _others(earlier, found["postcode"])
    return found


def _foreign(cells: Mapping[str, str], street: str) -> dict[str, Any]:
    """The address in up to three ways of writing it, so that one wrong part leaves another whole."""
    code = re.sub(r"\.0$", "", cells.get("zip", "") or cells.get("postcode", ""))
    town = cells.get("town", "")
    ways = [foreign_postcode(code, street)]
    if street:
        ways += [foreign_postcode(town, street), foreign_postcode(street, code)] if code else []
    ways = [way for way in ways if way] or [foreign_postcode(town, street)]
    return {"postcode": ways[0], "other_postcodes": _others(ways[1:], ways[0])}


@lru_cache(maxsize=65_536)
def foreign_postcode(outward: str, street: str) -> str:
    """A postcode of the shape of ours: outward half as given, inward half three signs that stand for the street."""
    area = _letters_and_digits(outward)
    name = _letters_and_digits(street)
    if not name:
        return area + 3 * NO_STREET if area else ""
    digest = hashlib.sha256(name.encode()).digest()
    # Signs of a million each, so that two streets are never one; the first is coarse: what the sector is to us.
    fine = "".join(chr(0x10000 + int.from_bytes(digest[at : at + 3], "big") % 0xF0000) for at in (0, 3))
    return area + name[0] + fine


def _letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", plain(text))


def _letters_and_digits(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", plain(text))
