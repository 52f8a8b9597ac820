"""The last check before a row may leave: none of the person's own details is in what is shared about them.

Text is compared without regard to case, accents and punctuation. A practitioner may well share a first name with the
person, so names count only when forename and surname, or other ones of both, are there; dates, postcodes and numbers
count alone.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from broker.agency.content import RowContent
from broker.agency.dates import MONTH_NAMES
from broker.agency.latin import plain
from broker.agency.matchkeys import Person

_SHORTEST_NUMBER = 6
_SHORTEST_JOINED_NAME = 6


def find_leak(person: Person, content: RowContent) -> str | None:
    """The first field of `content` that holds `person`'s own name, date of birth, postcode or a number; or None."""
    if person.dob and (name := _date_leak(content, dt.date.fromisoformat(person.dob))):
        return name
    exact = _exact(person)
    for name, text in _texts(content):
        lower = plain(text)
        joined = re.sub(r"[^a-z0-9]", "", lower)
        if any(secret in joined for secret in exact) or _holds_name(person, lower, joined):
            return name
    return None


def _date_leak(content: RowContent, born: dt.date) -> str | None:
    for name in ("started", "ended", "last_contact"):
        if getattr(content, name) == born:
            return name
    for item in content.items:
        for part in ("on", "until"):
            if item.get(part) == born:
                return f"{item['item']}.{part}"
    return None


def _texts(content: RowContent) -> Iterator[tuple[str, str]]:
    yield "provider", content.provider
    yield "coverage.area", content.coverage_area
    for name, text in content.lead.items():
        yield f"lead.{name}", text
    for item in content.items:
        for part in ("code", "role"):
            yield f"{item['item']}.{part}", str(item.get(part, ""))
    for relative in content.relationships:
        yield "relationships.kind", relative.kind


def _exact(person: Person) -> set[str]:
    numbers = [person.nhs, person.nino, person.upn, person.nhs_unchecked, person.upn_unchecked, person.uprn]
    # Staff numbers are written with or without the country code, so the end of the number is what is compared.
    numbers += [person.other_nhs, person.other_nino, person.other_upn]
    numbers += [person.phone[-9:], person.email, person.other_phone[-9:], person.other_email]
    found = {re.sub(r"[^a-z0-9]", "", number.lower()) for number in numbers if len(number) >= _SHORTEST_NUMBER}
    found |= {code.lower() for code in (person.postcode, *person.other_postcodes) if code}
    if person.dob:
        year, month, day = person.dob.split("-")
        word = MONTH_NAMES[int(month) - 1]
        found |= {f"{year}{month}{day}", f"{day}{month}{year}", f"{month}{day}{year}"}
        found |= {f"{int(day)}{word}{year}", f"{day}{word[:3]}{year}"}
    return found


def _holds_name(person: Person, lower: str, joined: str) -> bool:
    words = set(re.split(r"[^a-z0-9]+", lower.replace("'", "")))
    forenames = (person.forename, person.shared_forename, *person.other_forenames)
    return all(
        any(name and (name in words or (len(name) >= _SHORTEST_JOINED_NAME and name in joined)) for name in either)
        for either in (forenames, (person.surname, *person.other_surnames))
    )
