"""What a caseworker typed about one person, read the same way as the agency's files are."""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from broker.agency import dates
from broker.agency.layout import OTHER_FIELDS, PERSON_FIELDS
from broker.agency.matchkeys import Person
from broker.agency.people import make_person
from broker.errors import BadInput

QUESTIONS = {
    "forename": "First name",
    "surname": "Last name",
    "known_as": "Also called",
    "former_surname": "Earlier or other last name",
    "dob": "Date of birth (day/month/year)",
    "postcode": "Postcode",
    "house": "House number or name",
    "previous_postcode": "Earlier postcode",
    "nhs": "NHS number",
}
"""What is asked for at the keyboard, in this order; any of them may be left empty. A file may hold more."""

REFERENCE = "reference"
UNNAMED = "The person you asked about"
_FIELDS = (*PERSON_FIELDS, *OTHER_FIELDS)
_FORMATS = (*dates.AUTO, "day-first")


@dataclass(frozen=True)
class Typed:
    """A person as typed: `name` stays on this screen, `person` is what match keys are made of."""

    name: str = field(repr=False)
    person: Person


def read_about(data: bytes) -> dict[str, str]:
    """The fields in a TOML or JSON file about one person. Raises `BadInput` naming the field, never its value."""
    try:
        text = data.decode("utf-8-sig")
        content = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (ValueError, RecursionError):
        raise BadInput("about-invalid", "what is known of the person is neither TOML nor JSON", hint=_HINT) from None
    if not isinstance(content, dict):
        raise BadInput("about-invalid", "what is known of the person is not a list of fields", hint=_HINT)
    return {name: _text(name, value) for name, value in content.items()}


def read_typed(fields: Mapping[str, str], *, today: dt.date, synthetic_numbers: bool = False) -> Typed:
    """The person that `fields` describe. Raises `BadInput` for a field that can't be used, naming it.

    An NHS number of the range for made-up people counts only with `synthetic_numbers`.
    """
    unknown = set(fields) - set(_FIELDS)
    if unknown:
        raise BadInput("about-invalid", "a field about the person has an unknown name", hint=_HINT)
    person, read = make_person(
        {name: (text,) for name, text in fields.items()},
        lambda text: dates.read_dob(text, _FORMATS, today=today),
        synthetic_numbers=synthetic_numbers,
    )
    for name, found in read.items():
        if found.state in ("invalid", "placeholder"):
            raise BadInput("about-invalid", found.reason, field=name, hint="correct it or leave it out")
    if person == Person():
        raise BadInput("about-empty", "nothing was typed to find the person by", hint=_HINT)
    name = " ".join(part.strip() for part in (fields.get("forename", ""), fields.get("surname", "")) if part.strip())
    return Typed(name or UNNAMED, person)


_HINT = f"the fields are {', '.join((REFERENCE, *_FIELDS))}"


def _text(name: str, value: Any) -> str:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    field_name = name if name in (REFERENCE, *_FIELDS) else ""
    raise BadInput("about-invalid", "is not a text or a date", field=field_name, hint=_HINT)
