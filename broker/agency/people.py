"""One row's cells, or what a caseworker typed, as a `Person`: every field canonical or left out, each value once.

    forename "Anna", known_as "Annie; Nan", former_surname "Jones"  ->  other_forenames annie, nan; other_surnames jones

The first usable value of a field is the main one; of further ones those that the agency names stand before those that
are only parts of a name. How each cell read is told by field, for the quality report.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as Map
from typing import Any

from broker.agency import dates, fullname, identifiers, normalise
from broker.agency.cells import Cells
from broker.agency.field import BLANK, Field, placeholder
from broker.agency.forenames import Given, read_given
from broker.agency.house import postcode_in, read_house
from broker.agency.layout import OTHER_FIELDS, PERSON_FIELDS
from broker.agency.mapping import code_key
from broker.agency.matchkeys import Person
from broker.agency.nameparts import FAMILY_NAMES_ONLY
from broker.agency.postcode import read_postcode
from broker.agency.surnames import read_family

Reader = Callable[[str], Field]
Texts = Map[str, Sequence[str]]

_MOST_OTHERS = 8
_BETWEEN = re.compile(r"\s*;\s*")
_BETWEEN_PHONES = re.compile(r"\s*[;,]\s*|\s*/\s*|\s+or\s+")
_READERS: Map[str, Reader] = {
    "nhs": identifiers.nhs_number,
    "nino": identifiers.nino,
    "upn": identifiers.upn,
    "phone": normalise.read_phone,
    "email": normalise.read_email,
}


def read_person(cells: Cells) -> tuple[Person, dict[str, Field]]:
    """The person of a row and how each field that the mapping has read, by its name in `layout`."""
    mapping = cells.mapping
    texts: dict[str, Sequence[str]] = {name: (cells.text(mapping.cells.get(name)),) for name in PERSON_FIELDS}
    texts |= {name: tuple(map(cells.text, columns)) for name, columns in mapping.others.items()}
    if "full_name" in mapping.cells:
        surname, forename = split_name(cells.text(mapping.cells["full_name"]))
        texts["surname"], texts["forename"] = _or(texts["surname"], surname), _or(texts["forename"], forename)
    texts["sex"] = (_sex(cells, texts["sex"][0]),)
    formats = cells.formats_of(mapping.cells.get("dob"))
    person, read = make_person(
        texts,
        lambda text: dates.read_dob(text, formats, today=cells.today),
        synthetic_numbers=cells.synthetic_numbers,
    )
    mapped = {*mapping.cells, *mapping.others}
    mapped |= {"forename", "surname"} if "full_name" in mapping.cells else set()
    return person, {name: read[name] for name in (*PERSON_FIELDS, *OTHER_FIELDS) if name in mapped}


def make_person(texts: Texts, read_dob: Reader, *, synthetic_numbers: bool) -> tuple[Person, dict[str, Field]]:
    """The person of `texts`, which has the cells of each field by its name in `layout`, and how each of them read.

    An NHS number of the range for made-up people counts only with `synthetic_numbers`.
    """
    made = _Made(texts, synthetic_numbers=synthetic_numbers)
    for name, reader in (("dob", read_dob), ("sex", normalise.read_sex), ("uprn", identifiers.uprn)):
        made.values[name] = made.only(name, reader)
    made.values["birth_place"] = made.only("birth_place", normalise.read_place)
    for name, reader in _READERS.items():
        made.numbers(name, reader)
    made.names()
    made.addresses()
    return Person(**made.values), made.read


def split_name(text: str) -> tuple[str, str]:
    """(surname, forenames) of a whole name in one cell, see `fullname.split`."""
    return fullname.split(text)


def real_nhs(read: Field) -> Field:
    """An NHS number as it was read, unless it is of the range for made-up people, whom a live place has not."""
    return placeholder("a number for made-up people") if identifiers.is_synthetic_nhs(read.value) else read


class _Made:
    """Collects the values of a person, and how each field read."""

    def __init__(self, texts: Texts, *, synthetic_numbers: bool) -> None:
        self.texts = texts
        self.synthetic_numbers = synthetic_numbers
        self.values: dict[str, Any] = {}
        self.read: dict[str, Field] = dict.fromkeys((*PERSON_FIELDS, *OTHER_FIELDS), BLANK)

    def text(self, name: str) -> str:
        return next(iter(self.texts.get(name, ())), "")

    def only(self, name: str, reader: Reader) -> str:
        """The value of a field that has one."""
        self.read[name] = reader(self.text(name))
        return self.read[name].value

    def each(self, name: str, reader: Reader, between: re.Pattern[str] = _BETWEEN) -> list[Field]:
        """Every value in the cells of a field, as it read."""
        parts = [part for cell in self.texts.get(name, ()) for part in between.split(cell) if part]
        found = [reader(part) for part in parts]
        self.read[name] = _together(found)
        return found

    def numbers(self, name: str, reader: Reader) -> None:
        """A number, telephone or e-mail: the main one and a second."""
        checked = (lambda text: real_nhs(reader(text))) if name == "nhs" and not self.synthetic_numbers else reader
        between = _BETWEEN_PHONES if name == "phone" else _BETWEEN
        first = self.each(name, checked, between)
        held = _once(one.value for one in (*first, *self.each(f"{name}_2", checked, between)))
        main, other, *_ = (*held, "", "")
        self.values |= {name: main, f"other_{name}": other}
        if name in ("nhs", "upn"):
            self.values[f"{name}_unchecked"] = "" if main else next((one.unchecked for one in first), "")

    def names(self) -> None:
        surname, forename, middle = self.text("surname"), self.text("forename"), self.text("middle_names")
        if _is_family_name(forename) and normalise.surname(surname) and not _is_family_name(surname):
            # A family name in the box of the forename, and none in its own: the two were swapped.
            surname, forename = forename, surname
        family = read_family(surname)
        given = read_given(forename, middle=middle, family=family.value)
        self.read |= {"surname": family, "forename": given.main}
        aliases = [fullname.split(text) for text in self._cells("alias")]
        surnames = self._surnames(family, given, [surname for surname, _ in aliases])
        forenames = self._forenames(given, [forename for _, forename in aliases])
        self._keep("surname", surnames)
        self._keep("forename", forenames)
        self.values["shared_forename"] = "" if given.shared in forenames else given.shared
        self.values["middle"] = given.initial
        self.read["middle_names"] = _main_forename(self.text("middle_names"))

    def _surnames(self, family: Field, given: Given, aliases: list[str]) -> list[str]:
        named = [one for name in ("former_surname", "alias_surname") for one in self.each(name, read_family)]
        named += [read_family(text) for text in aliases]
        self.read["alias"] = _together([read_family(text) for text in aliases])
        return [family.value, *(one.value for one in named), *family.others, *given.families]

    def _forenames(self, given: Given, aliases: list[str]) -> list[str]:
        fields = ("known_as", "former_forename", "alias_forename")
        named = [one for name in fields for one in self.each(name, _main_forename)]
        return [given.main.value, *(one.value for one in named), *map(normalise.forename, aliases), *given.others]

    def addresses(self) -> None:
        house = read_house(self.text("house"))
        address = read_house(self.text("address"))
        self.read |= {"house": house, "address": address}
        here = [one.value for one in self.each("postcode", read_postcode)] or [postcode_in(self.text("address"))]
        places = [(here[0], house.value or address.value), *((code, "") for code in here[1:]), *self._earlier()]
        found: dict[str, str] = {}
        for code, number in places:
            if code:
                found[code] = found.get(code) or number
        codes = list(found)[: 1 + _MOST_OTHERS] or [""]
        self.values |= {"postcode": codes[0], "house": found.get(codes[0], "")}
        self.values |= {"other_postcodes": tuple(codes[1:]), "other_houses": tuple(found[code] for code in codes[1:])}

    def _earlier(self) -> list[tuple[str, str]]:
        """(postcode, house) of earlier addresses; columns of postcodes and of addresses go side by side."""
        codes = [one.value for one in self.each("previous_postcode", read_postcode)]
        addresses = self._cells("previous_address")
        self.read["previous_address"] = _together([read_house(text) for text in addresses])
        found = []
        for at, text in enumerate(addresses):
            code = postcode_in(text) or (codes[at] if at < len(codes) else "")
            found.append((code, read_house(text).value))
        return found + [(code, "") for code in codes]

    def _cells(self, name: str) -> list[str]:
        return [part for cell in self.texts.get(name, ()) for part in _BETWEEN.split(cell) if part]

    def _keep(self, name: str, values: list[str]) -> None:
        held = _once(values)
        self.values |= {name: held[0] if held else "", f"other_{name}s": tuple(held[1 : 1 + _MOST_OTHERS])}


def _is_family_name(text: str) -> bool:
    return normalise.surname(text) in FAMILY_NAMES_ONLY


def _main_forename(text: str) -> Field:
    return read_given(text).main


def _once(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(value for value in values if value))


def _or(cells: Sequence[str], text: str) -> tuple[str, ...]:
    return (cells[0] or text,)


def _together(fields: Sequence[Field]) -> Field:
    """How a field with several values read: well if one of them did."""
    for state in ("valid", "invalid", "placeholder"):
        if found := next((one for one in fields if one.state == state), None):
            return found
    return BLANK


def _sex(cells: Cells, text: str) -> str:
    """The cell, or what the mapping's table of codes makes of it."""
    return cells.mapping.codes.get("sex", {}).get(code_key(text), text)
