"""Whether the person who was typed is somebody of our own staff: the asker, their household, or a colleague.

Compared here, where the names are, with the details that `agency.toml` gives of its `[[staff]]`; one word of it leaves
with the question, for the agency's own IG officer. Without details nobody can tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from broker.agency.matchkeys import Person
from broker.agency.workspace import Staff
from broker.wire.question import Concerns


def concerns(person: Person, asker: Staff, *, staff: Sequence[Staff], known: Mapping[str, Person]) -> Concerns | None:
    """Whom the question is about; None when the asker's own details are not known. `known` are details by staff id."""
    mine = known.get(asker.id)
    if mine is None:
        return None
    if _same(person, mine):
        return "self"
    if any(_same(person, known[one.id]) for one in staff if one.id in known):
        return "colleague"
    return "household" if _home(person) & _home(mine) else "none"


def _same(one: Person, other: Person) -> bool:
    """The same national number, or the same date of birth and a name in common."""
    if one.nhs and other.nhs:
        return one.nhs == other.nhs
    return bool(one.dob) and one.dob == other.dob and bool(_names(one) & _names(other))


def _names(person: Person) -> set[str]:
    return {name for name in (person.forename, person.surname, *person.other_surnames) if name}


def _home(person: Person) -> set[tuple[str, str]]:
    return {(person.postcode, person.house)} if person.postcode and person.house else set()
