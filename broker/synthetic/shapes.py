"""The shape of one source's export: which columns it has, what it calls them, and how it writes a value down.

    Shape(source="po", delimiter="|", encoding="cp1252", dates=("%d-%b-%Y",), columns=columns("reference=REF; ..."))

A column is `field=Heading`. Fields are those of `population.Record`: the identity, the content with its item ids, and
`relation:<kind>:<number>` for one reference or `relation:<kinds>` for all of them in one cell.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from broker.synthetic.gazetteer import TOWN
from broker.synthetic.population import Record

Cell = str | int | bool | date | None
REFERENCE_SEPARATOR = " "
_LOST_IN_CP1252 = str.maketrans({"ł": "l", "Ł": "L", "đ": "d", "Đ": "D"})
_CP1252 = frozenset(bytes(range(0x20, 0x80)).decode("cp1252") + bytes(range(0xA0, 0x100)).decode("cp1252") + "\u2019")
_SHORT_STREETS = (
    (" Street", " St"),
    (" Road", " Rd"),
    (" Avenue", " Ave"),
    (" Close", " Cl"),
    (" Lane", " La"),
    (" Drive", " Dr"),
    (" Terrace", " Terr"),
)


def columns(text: str) -> tuple[tuple[str, str], ...]:
    """(field, heading) pairs from `field=Heading; field=Heading`, in file order."""
    pairs = (entry.strip().partition("=") for entry in text.split(";"))
    return tuple((name, heading) for name, _, heading in pairs)


@dataclass(frozen=True)
class Shape:
    """One export. `codes` say how a value of a field is written; `dates` are for birthdays first, all others last."""

    source: str
    agency: str
    title: str
    file: str
    columns: tuple[tuple[str, str], ...]
    delivery: str = "snapshot"
    delimiter: str = ","
    encoding: str = "utf-8"
    dates: tuple[str, ...] = ("%Y-%m-%d",)
    blank: str = ""
    streets: str = "full"
    upper: bool = False
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    coverage_years: int = 3


def render(shape: Shape, record: Record, *, today: date) -> list[str]:
    """The cells of the record's row, in the order of the columns."""
    return [_fit(_cell(shape, record, name=name, today=today), shape.encoding) for name, _ in shape.columns]


def _cell(shape: Shape, record: Record, *, name: str, today: date) -> str:
    if name == "reference":
        return record.reference
    if name.startswith("relation:"):
        return _relation(record, name) or shape.blank
    value = _value(shape, record, name=name, today=today)
    if value is None or value == "":
        return shape.blank
    return _written(shape, name, value=value)


def _written(shape: Shape, name: str, *, value: Cell) -> str:
    if isinstance(value, bool):
        value = "yes" if value else "no"
    if isinstance(value, date):
        return value.strftime(shape.dates[0] if name == "dob" else shape.dates[-1])
    text = shape.codes.get(name, {}).get(str(value), str(value))
    return text.upper() if shape.upper and name in _SHOUTED else text


_SHOUTED = {"forename", "surname", "middle_names", "known_as", "former_surname", "address", "address_1", "town"}


def _value(shape: Shape, record: Record, *, name: str, today: date) -> Cell:
    identity = record.identity
    if name in _MADE_OF_PARTS:
        return _made_of_parts(shape, record, name=name, today=today)
    if name == "coverage_from":
        as_of = record.content["as_of"]
        # The first of the month: a 29 February has no day three years before it.
        return date(as_of.year - shape.coverage_years, as_of.month, 1) if isinstance(as_of, date) else None
    if name == "coverage_to":
        return record.content["as_of"]
    if name == "postcode" and not identity["street"]:
        return "NFA"
    return identity[name] if name in identity else record.content.get(name)


_MADE_OF_PARTS = {"title", "full_name", "address", "address_1", "address_2", "town", "coverage_area"}


def _made_of_parts(shape: Shape, record: Record, *, name: str, today: date) -> str:
    identity = record.identity
    if name == "coverage_area":
        return TOWN
    if name == "title":
        return _title(record, today)
    if name == "full_name":
        given = " ".join(str(identity[part]) for part in ("forename", "middle_names") if identity[part])
        return f"{str(identity['surname']).upper()}, {given}"
    if "address_written" in identity:
        return str(identity["address_written"]) if name in ("address", "address_1") else ""
    if not identity["street"]:
        return "NO FIXED ABODE" if name in ("address", "address_1") else ""
    return _address(shape, record, name=name)


def _address(shape: Shape, record: Record, *, name: str) -> str:
    identity = record.identity
    street = str(identity["street"])
    if shape.streets == "short":
        for long, short in _SHORT_STREETS:
            street = street.replace(long, short) if street.endswith(long) else street
    flat, house = str(identity["flat"] or ""), f"{identity['number']} {street}"
    if name == "address":
        return f"Flat {flat}, {house}, {TOWN}" if flat else f"{house}, {TOWN}"
    if name == "address_1":
        return f"{flat}/{house}" if flat and shape.streets == "short" else f"Flat {flat} {house}" if flat else house
    return TOWN if name == "town" else ""


def _title(record: Record, today: date) -> str:
    sex, born = record.identity["sex"], record.identity["dob"]
    grown = not isinstance(born, date) or today.year - born.year >= 18
    # The reference decides between two titles, so that a rewritten file has the same ones.
    if sex == "F":
        return ("Mrs" if record.reference[-1] in "0123456" else "Ms") if grown else "Miss"
    return ("Mr" if grown else "Mstr") if sex == "M" else ""


def _relation(record: Record, name: str) -> str:
    _, kinds, *number = name.split(":")
    wanted = [ref for kind, ref in record.relations if kinds == "any" or kind in kinds.split("+")]
    if number:
        place = int(number[0])
        return wanted[place] if place < len(wanted) else ""
    return REFERENCE_SEPARATOR.join(wanted)


def _fit(text: str, encoding: str) -> str:
    """`text` as an old system keeps it: letters that its encoding does not have lose their marks."""
    if encoding != "cp1252" or text.isascii():
        return text.replace("'", "\u2019") if encoding == "cp1252" else text
    plain = unicodedata.normalize("NFC", text.translate(_LOST_IN_CP1252)).replace("'", "\u2019")
    return "".join(sign if sign in _CP1252 else unicodedata.normalize("NFKD", sign)[0] for sign in plain)
