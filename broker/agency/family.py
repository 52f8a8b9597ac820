"""The people of an answer as this agency may call them: its own names where it has them, else what they are.

The names are the one just typed and those in the agency's own file. No name came with the answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from broker.agency import words
from broker.agency.typed import UNNAMED
from broker.wire.answer import Involvement, Person, Story
from broker.wire.delivery import AgeBand


@dataclass(frozen=True)
class Subject:
    """The person asked about, as far as they are known here."""

    name: str = field(repr=False)
    age_band: AgeBand = "unknown"


@dataclass(frozen=True)
class Member:
    """One person: `heading` has name, relationship and age, `short` is how a line refers to them."""

    heading: str = field(repr=False)
    short: str = field(repr=False)
    involvements: tuple[Involvement, ...]


def members(story: Story, subject: Subject, *, own_names: Mapping[bytes, str]) -> list[Member]:
    """The people of `story`, the subject first, then the youngest; `own_names` says what the agency calls a record."""
    people = sorted(story.people, key=_order)
    names = [_name(person, subject, own_names) for person in people]
    shorts = _shorts(people, names)
    found = []
    for person, name, short in zip(people, names, shorts, strict=True):
        known = subject.age_band if person.relationship == words.SUBJECT else "unknown"
        is_numbered = name is None and short[-1:].isdigit()
        heading = f"{words.capital(short)}, {words.age(person.age_band)}" if is_numbered else ""
        found.append(Member(heading or words.who(person, name, known_age=known), short, person.involvements))
    return found


def _order(person: Person) -> tuple[bool, int]:
    return person.relationship != words.SUBJECT, words.YOUNGEST_FIRST.index(person.age_band)


def _name(person: Person, subject: Subject, own_names: Mapping[bytes, str]) -> str | None:
    own = next((own_names[ref] for ref in person.own_refs if ref in own_names), None)
    return subject.name if person.relationship == words.SUBJECT else own


def _shorts(people: Sequence[Person], names: Sequence[str | None]) -> list[str]:
    """Forenames where no two are alike, or "the parent"; several of one kind without a name are numbered."""
    nameless = [person.relationship for person, name in zip(people, names, strict=True) if name is None]
    many, seen = Counter(nameless), Counter[str]()
    firsts = Counter(name.split()[0] for name in names if name and name.split())
    found = []
    for person, name in zip(people, names, strict=True):
        kind = person.relationship
        seen[kind] += name is None
        label = words.relationship(kind)
        if name == UNNAMED:
            found.append(words.relationship(kind))
            continue
        first = name.split()[0] if name and name.split() else ""
        called = first if firsts[first] == 1 else name
        found.append(words.plain(called) if called else f"{label} {seen[kind]}" if many[kind] > 1 else f"the {label}")
    return found
