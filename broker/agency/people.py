"""One row's cells as a `Person`: every field canonical or left out, and how each of them read."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Map

from broker.agency import dates, identifiers, normalise
from broker.agency.cells import Cells
from broker.agency.field import BLANK, Field
from broker.agency.layout import PERSON_FIELDS
from broker.agency.matchkeys import Person
from broker.agency.postcode import read_postcode

_READERS: Map[str, Callable[[str], Field]] = {
    "forename": normalise.read_forename,
    "surname": normalise.read_surname,
    "postcode": read_postcode,
    "nhs": identifiers.nhs_number,
    "nino": identifiers.nino,
    "upn": identifiers.upn,
    "uprn": identifiers.uprn,
    "phone": normalise.read_phone,
    "email": normalise.read_email,
}


def read_person(cells: Cells) -> tuple[Person, dict[str, Field]]:
    """The person of a row and how each field that the mapping has read, by its name in `layout.PERSON_FIELDS`."""
    texts = {name: cells.text(cells.mapping.cells.get(name)) for name in PERSON_FIELDS}
    if "full_name" in cells.mapping.cells:
        surname, forename = split_name(cells.text(cells.mapping.cells["full_name"]))
        texts |= {"surname": texts["surname"] or surname, "forename": texts["forename"] or forename}
    read = {name: reader(texts[name]) for name, reader in _READERS.items()}
    read["dob"] = dates.read_dob(texts["dob"], cells.formats_of(cells.mapping.cells.get("dob")), today=cells.today)
    read["sex"] = _sex(cells, texts["sex"])
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


def _sex(cells: Cells, text: str) -> Field:
    table = cells.mapping.codes.get("sex", {})
    mapped = table.get(" ".join(text.casefold().split()))
    return normalise.read_sex(mapped if mapped is not None else text) if text else BLANK
