"""What somebody typed on the search page, read: who is meant, why they need to see it, and their part in the case.

What is wrong is said in words that somebody can act on, by the id of its field. Everything that was typed stays.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast, get_args

from broker.agency.ask import Asker, PerpetratorView, Told
from broker.agency.desk.own_people import OwnPerson
from broker.agency.family import Subject
from broker.agency.matchkeys import Person
from broker.agency.typed import Typed, read_typed
from broker.agency.workspace import Staff
from broker.errors import BadInput
from broker.wire.question import Relation

PERSON = ("surname", "forename", "dob", "postcode", "house", "nhs", "known_as", "former_surname")
RELATIONS: Mapping[Relation, str] = {
    "allocated": "I am their allocated worker",
    "team": "My team is working with them",
    "household": "I am working with somebody else of the household",
    "self_claimed": "None of these, but I am working with them",
    "none": "I am not working with them",
}
HARM: Mapping[str, str] = {"no": "No. I have looked, and I don't", "yes": "Yes, I do"}
MOST_CASE = 60
_SAID = {
    "surname": "Last name must be a name as it is written, without signs or notes",
    "forename": "First name must be a name as it is written, without signs or notes",
    "known_as": "The other first name must be a name as it is written, without signs or notes",
    "former_surname": "The earlier last name must be a name as it is written, without signs or notes",
    "dob": "Date of birth must be a real date in the past, such as 31 1 2015",
    "postcode": "Enter a whole postcode, such as BW1 2AB, or leave it out",
    "house": "House number or name must be as it is on the door, such as 14 or Rose Cottage",
    "nhs": "NHS number must be 10 digits. Check it, or leave it out",
}
NOTHING_TYPED = "Enter a last name, an NHS number or your own reference of the person"
TOO_LITTLE = "This is too little to find anybody by. Add the date of birth, and the postcode or the NHS number"


class Wrong(Exception):
    """What somebody has to change, by the id of its field."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = dict(errors)
        super().__init__(", ".join(errors))


@dataclass(frozen=True, repr=False)
class Search:
    """One search: who was typed, whom of our own records they may mean, and the form as it was typed."""

    form: Mapping[str, str]
    typed: Typed | None
    reference: str
    purpose: str
    relation: Relation
    harm: PerpetratorView
    case: str
    in_danger: bool
    candidates: tuple[OwnPerson, ...] = ()
    family: tuple[OwnPerson, ...] = ()
    """Those who stand beside the candidates in our records."""

    def asker(self, member: Staff, *, emergency: str | None = None) -> Asker:
        """The member of staff as who they are to this person."""
        return Asker(member, self.relation, self.harm, self.case or None, emergency)


@dataclass(frozen=True, repr=False)
class Answered:
    """An answer as it is looked at: the search it answers, who was asked about, and what we call our own records."""

    search: Search
    chosen: Typed
    subject: Subject
    told: Told
    own_names: Mapping[bytes, str] = field(default_factory=dict)
    warning: str = ""


def read_search(form: Mapping[str, str], *, purposes: Iterable[str], today: dt.date, synthetic: bool) -> Search:
    """The search that a form describes. Raises `Wrong`."""
    errors: dict[str, str] = {}
    reference = form.get("reference", "")
    fields = {name: form[name] for name in PERSON if form.get(name)}
    typed = _typed(fields, errors, today=today, synthetic=synthetic)
    if typed is None and not reference and not errors:
        errors["surname"] = NOTHING_TYPED
    in_danger = "danger" in form
    _choice(form, "purpose", list(purposes), errors, said="Select why you need to see this")
    _choice(form, "relation", list(get_args(Relation)), errors, said="Select what you are to this person")
    harm = "Select whether you also work with somebody who is alleged to have harmed them"
    _choice(form, "harm", list(HARM), errors, said=harm)
    if len(form.get("case", "")) > MOST_CASE:
        errors["case"] = f"Your case reference must be {MOST_CASE} characters or fewer"
    if errors:
        raise Wrong(errors)
    return Search(
        form=dict(form),
        typed=typed,
        reference=reference,
        purpose=form["purpose"],
        relation=cast(Relation, form["relation"]),
        harm=cast(PerpetratorView, form["harm"]),
        case=form.get("case", ""),
        in_danger=in_danger,
    )


def wrong_of(error: BadInput) -> Wrong:
    """What a refused field or too little knowledge means on the page."""
    if error.code == "too-little-known":
        return Wrong({"surname": TOO_LITTLE})
    return Wrong({error.field or "surname": _SAID.get(error.field, NOTHING_TYPED)})


def _typed(fields: Mapping[str, str], errors: dict[str, str], *, today: dt.date, synthetic: bool) -> Typed | None:
    """Who was typed; every field that can't be used is an error, and not only the first."""
    for name in list(fields):
        try:
            read_typed({name: fields[name]}, today=today, synthetic_numbers=synthetic)
        except BadInput as error:
            if error.code == "about-invalid":
                errors[name] = _SAID[name]
    if errors or not fields:
        return None
    typed = read_typed(fields, today=today, synthetic_numbers=synthetic)
    return typed if typed.person != Person() else None


def _choice(form: Mapping[str, str], name: str, allowed: list[str], errors: dict[str, str], *, said: str) -> None:
    if form.get(name) not in allowed:
        errors[name] = said
