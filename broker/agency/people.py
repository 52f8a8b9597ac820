"""One row's cells as a `Person`: every field canonical or left out, and how each of them read."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Map

from broker.agency import dates, identifiers, normalise
from broker.agency.cells import Cells
from broker.agency.field import Field, placeholder
from broker.agency.layout import PERSON_FIELDS
from broker.agency.mapping import code_key
from broker.agency.matchkeys import Person
from broker.agency.postcode import read_postcode

READERS: Map[str, Callable[[str], Field]] = {
    "forename": normalise.read_forename,
    "surname": normalise.read_surname,
    "sex": normalise.read_sex,
    "postcode": read_postcode,
    "nhs": identifiers.nhs_number,
    "nino": identifiers.nino,
    "upn": identifiers.upn,
    "uprn": identifiers.uprn,
    "phone": normalise.read_phone,
    "email": normalise.read_email,
}
"""How each field of a person but the date of birth is read, in a file and at the keyboard."""


def read_person(cells: Cells) -> tuple[Person, dict[str, Field]]:
    """The person of a row and how each field that the mapping has read, by its name in `layout.PERSON_FIELDS`."""
    texts = {name: cells.text(cells.mapping.cells.get(name)) for name in PERSON_FIELDS}
    if "full_name" in cells.mapping.cells:
        surname, forename = split_name(cells.text(cells.mapping.cells["full_name"]))
        texts |= {"surname": texts["surname"] or surname, "forename": texts["forename"] or forename}
    texts["sex"] = _sex(cells, texts["sex"])
    read = {name: reader(texts[name]) for name, reader in READERS.items()}
    read["dob"] = dates.read_dob(texts["dob"], cells.formats_of(cells.mapping.cells.get("dob")), today=cells.today)
    if not cells.synthetic_numbers:
        read["nhs"] = real_nhs(read["nhs"])
    person = Person(
        nhs_unchecked=read["nhs"].unchecked,
        upn_unchecked=read["upn"].unchecked,
        **{name: read[name].value for name in PERSON_FIELDS},
    )
    mapped = set(cells.mapping.cells) | ({"forename", "surname"} if "full_name" in cells.mapping.cells else set())
    return person, {name: read[name] for name in PERSON_FIELDS if name in mapped}


def split_name(text: str) -> tuple[str, str]:
    """(surname, forenames) of `SMITH, Anna May` or `Anna May Smith`; a single word is a surname."""
    before, comma, after = text.partition(",")
    if comma:
        return before.strip(), after.strip()
    words = text.split()
    return (words[-1], " ".join(words[:-1])) if words else ("", "")


def real_nhs(read: Field) -> Field:
    """An NHS number as it was read, unless it is of the range for made-up people, whom a live place has not."""
    return placeholder("a number for made-up people") if identifiers.is_synthetic_nhs(read.value) else read


def _sex(cells: Cells, text: str) -> str:
    """The cell, or what the mapping's table of codes makes of it."""
    return cells.mapping.codes.get("sex", {}).get(code_key(text), text)
