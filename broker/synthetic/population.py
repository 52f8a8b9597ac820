"""The nouns of the fictional place: an address, a person, a household, a relationship, and the place itself.

Ids are truth ids (`P00042`, `H00017`): they stand in the truth folder only, never in an export of an agency.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Address:
    """One dwelling of the gazetteer. `flat` is empty for a house; `uprn` has 12 digits and starts with 9999."""

    uprn: str
    flat: str
    number: str
    street: str
    postcode: str
    area: str


@dataclass(frozen=True, slots=True)
class Person:
    """The truth about one fictional person. An unborn child has no `born` but a `due` date.

    `marks` name what is special about the record keeping (`twin`, `adopted`, `no_fixed_abode`, ...), not about them.
    """

    id: str
    household: str
    forename: str
    middle: str
    surname: str
    sex: str
    born: date | None
    origin: str
    role: str
    nhs_number: str
    upn: str = ""
    nino: str = ""
    phone: str = ""
    former_surname: str = ""
    due: date | None = None
    parents: tuple[str, ...] = ()
    partner: str = ""
    second_nhs_number: str = ""
    marks: frozenset[str] = frozenset()

    def age(self, today: date) -> int:
        """Whole years on `today`; -1 before birth."""
        if self.born is None:
            return -1
        return today.year - self.born.year - ((today.month, today.day) < (self.born.month, self.born.day))


@dataclass(frozen=True, slots=True)
class Household:
    """People of one dwelling. `needs` (0 to 3) only says how many kinds of service the generator lets them meet."""

    id: str
    kind: str
    address: Address
    earlier: Address | None
    people: tuple[str, ...]
    needs: int = 0
    social_landlord: bool = False


@dataclass(frozen=True, slots=True)
class Relationship:
    """`other` is the `kind` (parent, child, sibling, partner, ex_partner) of `person`."""

    person: str
    other: str
    kind: str


@dataclass(frozen=True, slots=True)
class Record:
    """One row of one source's export before it is written: messy `identity`, typed `content`, `relations` by reference.

    `person` and `mistakes` are truth and never written to the export.
    """

    source: str
    reference: str
    person: str
    identity: dict[str, str | date | None]
    content: dict[str, str | int | bool | date | None]
    relations: tuple[tuple[str, str], ...] = ()
    mistakes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Story:
    """One acceptance story as data: who asks about whom, what must and must not be in the answer.

    `query` has the words the caseworker types (forename, surname, dob, postcode). `forbidden` are strings that may
    be in no output at all; `expected` is read by the test of the story and described where the story is planted.
    """

    id: str
    title: str
    agency: str
    role: str
    staff: str
    purpose: str
    query: dict[str, str]
    expected: dict[str, object]
    forbidden: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """The whole truth. `never_link` has pairs of identities that must stay apart.

    `planted` holds, by household, the records of the stories, which replace generated ones; `canaries` the strings that
    must be in no output, by story.
    """

    seed: int
    today: date
    gazetteer: tuple[Address, ...]
    households: tuple[Household, ...]
    people: dict[str, Person]
    relationships: tuple[Relationship, ...]
    never_link: tuple[tuple[str, str], ...] = ()
    planted: dict[str, tuple[Record, ...]] = field(default_factory=dict)
    stories: tuple[Story, ...] = ()
    canaries: dict[str, tuple[str, ...]] = field(default_factory=dict)
