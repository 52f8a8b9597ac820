"""The people of our own records, as our own exports have them: whom somebody means, and what we call a record.

desk.toml says `people = ["exports/children.csv"]`, each with its mapping beside it. An export is read again when it
changes. What is found here was never anybody else's: no other agency's name or address is on the desk.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from broker.agency import pseudonyms
from broker.agency.inputs import find_mapping, read_input
from broker.agency.matchkeys import Person
from broker.agency.own_names import own_names

MOST_SHOWN = 12
_STEPS = 2


@dataclass(frozen=True, repr=False)
class OwnPerson:
    """One record of ours: the service that holds it, our reference, our name for them, and who they are."""

    source: str
    reference: str
    name: str
    person: Person
    relatives: frozenset[str] = frozenset()
    others: tuple[str, ...] = ()
    """The references of further records of ours with the same name and date of birth."""

    @property
    def id(self) -> tuple[str, str]:
        """The service that holds the record, and its reference."""
        return self.source, self.reference

    @property
    def known_as(self) -> tuple[str, str]:
        """By what two records of ours are taken for one person's on this page."""
        return self.name.casefold(), self.person.dob or self.reference

    @property
    def born(self) -> dt.date | None:
        """Their date of birth, where we know it."""
        return dt.date.fromisoformat(self.person.dob) if self.person.dob else None

    @property
    def area(self) -> str:
        """The first half of the postcode."""
        return self.person.postcode[:-3].strip() if len(self.person.postcode) > 4 else ""

    def age(self, on: dt.date) -> int | None:
        """Whole years on a day."""
        born = self.born
        return None if born is None else on.year - born.year - ((on.month, on.day) < (born.month, born.day))


@dataclass(frozen=True, repr=False)
class Register:
    """Everybody in our exports; `names` has what we call a record by its pseudonym."""

    people: tuple[OwnPerson, ...] = ()
    names: Mapping[bytes, str] = field(default_factory=dict)

    def meant(self, typed: Person | None, reference: str) -> tuple[list[OwnPerson], list[OwnPerson]]:
        """Whom somebody may mean who typed this, and their family in our records; each the youngest first."""
        found = [one for one in self.people if _is_meant(one, typed, reference)]
        beside = self._beside({one.id for one in found})
        known = {one.known_as for one in found}
        family = [one for one in self.people if one.id in beside and one.known_as not in known]
        return _youngest_first(found), _youngest_first(family)

    def _beside(self, ids: set[tuple[str, str]]) -> set[tuple[str, str]]:
        """The relatives that our records name, from either side, and theirs: a brother by way of the parent."""
        reached = set(ids)
        for _ in range(_STEPS if ids else 0):
            named = {(one.source, other) for one in self.people if one.id in reached for other in one.relatives}
            naming = {one.id for one in self.people if {(one.source, other) for other in one.relatives} & reached}
            reached |= named | naming
        return reached


def _youngest_first(people: Iterable[OwnPerson]) -> list[OwnPerson]:
    """Each person once, who may be in several of our records: the first of them, with the references of all."""
    once: dict[tuple[str, str], OwnPerson] = {}
    for one in people:
        before = once.get(one.known_as)
        once[one.known_as] = replace(before, others=(*before.others, one.reference)) if before else one
    order = sorted(once.values(), key=lambda one: (one.born is None, -(one.born or dt.date.min).toordinal(), one.name))
    return order[:MOST_SHOWN]


def _is_meant(one: OwnPerson, typed: Person | None, reference: str) -> bool:
    if reference:
        return one.reference.casefold() == reference.casefold()
    if typed is None:
        return False
    held = one.person
    if typed.nhs and held.nhs:
        return typed.nhs == held.nhs
    surname = bool({typed.surname, *typed.other_surnames} & {held.surname, *held.other_surnames} - {""})
    forename = bool({typed.forename, *typed.other_forenames} & {held.forename, *held.other_forenames} - {""})
    if typed.dob and held.dob:
        return typed.dob == held.dob and (surname or forename)
    return surname and (forename or not typed.forename)


class OwnPeople:
    """Reads the exports, once for each time that they change. Any thread may ask."""

    def __init__(self, files: Sequence[Path], *, synthetic_numbers: bool = False) -> None:
        self._files, self._synthetic = files, synthetic_numbers
        self._held: tuple[object, Register] = (None, Register())
        self._lock = threading.Lock()

    def read(self, *, reference_key: bytes, today: dt.date) -> Register:
        """Everybody in the exports now. Raises `Misconfigured` or `BadInput` when one can't be read."""
        with self._lock:
            stamp = (today, tuple(_stamps(self._files)))
            if self._held[0] != stamp:
                self._held = (stamp, self._read(reference_key, today))
            return self._held[1]

    def _read(self, key: bytes, today: dt.date) -> Register:
        people: list[OwnPerson] = []
        names: dict[bytes, str] = {}
        for path in self._files:
            given = read_input(path, None, today=today, synthetic_numbers=self._synthetic)
            source = given.table.mapping.source
            called = own_names(given.data, given.table.mapping, reference_key=key)
            names |= called
            for row in given.table.rows:
                name = called.get(pseudonyms.reference(key, source, ref=row.ref), "")
                relatives = frozenset(one.ref for one in row.content.relationships)
                people.append(OwnPerson(source, row.ref, name or f"Record {row.ref}", row.person, relatives))
        return Register(tuple(people), names)


def _stamps(files: Iterable[Path]) -> Iterable[tuple[int, int]]:
    for path in files:
        for one in (path, find_mapping(path)):
            found = one.stat()
            yield found.st_mtime_ns, found.st_size
