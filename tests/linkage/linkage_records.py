"""Records to resolve: real match keys of made-up people, each with a number in the place of its point."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from broker.agency.matchkeys import Person, match_keys
from broker.linkage.compare import Candidate, Points
from broker.linkage.resolve import Found, Pair, Wanted, resolve
from broker.linkage.weights import Band, rule_of
from broker.tokens import load_scheme

SCHEME = load_scheme("uk-person-1")
RULE = rule_of(SCHEME)
Answered = TypeVar("Answered")

MINA = Person(forename="minaquille", surname="vexworthigan", dob="2014-07-19", postcode="ZY477QX", sex="f")
NHS = {"a": "9990000018", "b": "9995550008"}


def points(person: Person) -> Points:
    """What a match key's point is for: equal where the key is, and nothing else."""
    return {
        number: hashlib.sha256(repr((number, values)).encode()).digest()
        for number, values in match_keys(person, SCHEME)
    }


def record(name: str, person: Person, source: str = "csc") -> Candidate:
    """A record called `name`."""
    return Candidate(name.encode().ljust(16, b"."), source, points(person))


def changed(person: Person = MINA, **changes: str) -> Person:
    return replace(person, **changes)


def run(
    resolving: Generator[Wanted, Found, Answered],
    held: Iterable[Candidate],
    verdicts: Mapping[Pair, str] | None = None,
) -> Answered:
    """Feeds a generator as the store would: every record that shares a point with what it wants, and the verdicts."""
    records, said = list(held), verdicts or {}
    try:
        wanted = next(resolving)
        while True:
            asked = {item for some in wanted for item in some.items()}
            found = [one for one in records if asked & set(one.points.items())]
            wanted = resolving.send(Found(found, said))
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]


def resolved(asked: Person, held: Sequence[Candidate], verdicts: Mapping[Pair, str] | None = None) -> dict[str, Band]:
    """Name -> band of the records that are taken for the person asked for."""
    resolution = run(resolve(points(asked), RULE), held, verdicts)
    return {candidate.id.rstrip(b".").decode(): band for candidate, band in resolution.members}


def pair(one: Candidate, other: Candidate) -> Pair:
    return frozenset((one.id, other.id))
