"""What a caseworker typed about one person, read the same way as the agency's files are."""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from broker.agency import dates, identifiers, normalise, postcode
from broker.agency.field import Field
from broker.agency.layout import PERSON_FIELDS
from broker.agency.matchkeys import Person
from broker.errors import BadInput

QUESTIONS = {
    "forename": "First name",
    "surname": "Last name",
    "dob": "Date of birth (day/month/year)",
    "postcode": "Postcode",
    "nhs": "NHS number",
}
"""What is asked for at the keyboard, in this order; any of them may be left empty. A file may hold more."""

REFERENCE = "reference"
UNNAMED = "The person you asked about"
_FORMATS = (*dates.AUTO, "day-first")
_READERS: Mapping[str, Callable[[str], Field]] = {
    "forename": normalise.read_forename,
    "surname": normalise.read_surname,
    "sex": normalise.read_sex,
    "postcode": postcode.read_postcode,
    "nhs": identifiers.nhs_number,
    "nino": identifiers.nino,
    "upn": identifiers.upn,
    "uprn": identifiers.uprn,
    "phone": normalise.read_phone,
    "email": normalise.read_email,
}


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


def read_typed(fields: Mapping[str, str], *, today: dt.date) -> Typed:
    """The person that `fields` describe. Raises `BadInput` for a field that can't be used, naming it."""
    unknown = set(fields) - set(PERSON_FIELDS)
    if unknown:
        raise BadInput("about-invalid", "a field about the person has an unknown name", hint=_HINT)
    values: dict[str, str] = {}
    for name, text in fields.items():
        read = dates.read_dob(text, _FORMATS, today=today) if name == "dob" else _READERS[name](text)
        if read.state in ("invalid", "placeholder"):
            raise BadInput("about-invalid", read.reason, field=name, hint="correct it or leave it out")
        if read.value:
            values[name] = read.value
    if not values:
        raise BadInput("about-empty", "nothing was typed to find the person by", hint=_HINT)
    name = " ".join(part.strip() for part in (fields.get("forename", ""), fields.get("surname", "")) if part.strip())
    return Typed(name or UNNAMED, Person(**values))


_HINT = f"the fields are {', '.join((REFERENCE, *PERSON_FIELDS))}"


def _text(name: str, value: Any) -> str:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    field_name = name if name in (REFERENCE, *PERSON_FIELDS) else ""
    raise BadInput("about-invalid", "is not a text or a date", field=field_name, hint=_HINT)
