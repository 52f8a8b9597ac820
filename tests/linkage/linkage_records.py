"""Records to resolve: real match keys and atoms of made-up people, with stand-ins where cryptography would be."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from broker.agency.matchkeys import Person
from broker.linkage.compare import Candidate, Points
from broker.linkage.levels import FIELDS, levels
from broker.linkage.model import Band, Model, parse_model
from broker.linkage.resolve import Neighbourhood, Rules, gather
from broker.linkage.steps import QUESTION, Compare, Found, LookUp, Pair, Weight
from broker.linkage.steps import pair as id_pair
from broker.linkage.strangers import tell
from broker.linkage.weights import rule_of
from broker.synthetic import standin
from broker.tokens import load_scheme, packaged

SCHEME = load_scheme("uk-person-1")
RULE = rule_of(SCHEME)
MODEL: Model = parse_model(packaged("uk-person-1.model.json"))
RULES = Rules(MODEL.bounds, frozenset(one.number for one in SCHEME.match_keys if one.address))
Answered = TypeVar("Answered")

MINA = Person(forename="minaquille", surname="vexworthigan", dob="2014-07-19", postcode="ZY477QX", sex="f")
NHS = {"a": "9990000018", "b": "9995550008"}


def points(person: Person) -> Points:
    """What match keys' points are for: equal where the keys are, and nothing else."""
    return standin.points_of(person, SCHEME)


@dataclass(frozen=True)
class Record(Candidate):
    """A candidate that remembers whose it is, for comparing."""

    person: Person = field(default_factory=Person)


def record(name: str, person: Person, source: str = "csc") -> Record:
    """A record called `name`."""
    return Record(name.encode().ljust(16, b"."), source, points(person), person)


def changed(person: Person = MINA, **changes: Any) -> Person:
    return replace(person, **changes)


def weighed(one: Person, other: Person) -> Weight:
    """What two people's evidence is worth under the shipped model."""
    [weight] = _weights([(one, other)])
    return weight


def levels_of(one: Person, other: Person) -> dict[str, str]:
    """How far each field agrees, in words; what is not held is left out."""
    table = standin.vectors([one, other], SCHEME)
    [row] = levels(SCHEME, table[:1], table[1:])
    return {field: words[at] for (field, words), at in zip(FIELDS.items(), row.tolist(), strict=True) if at}


def run(
    resolving: Generator[Any, Any, Answered],
    held: Iterable[Candidate],
    verdicts: Mapping[Pair, str] | None = None,
    *,
    asked: Person = MINA,
) -> Answered:
    """Feeds a generator as broker and linkage unit would: records that share a point, verdicts, weights."""
    records, said = list(held), verdicts or {}
    people = {one.id: one.person for one in records if isinstance(one, Record)} | {QUESTION: asked}
    try:
        wanted = next(resolving)
        while True:
            if isinstance(wanted, Compare):
                names = [*wanted.pivots, *wanted.others]
                pairs = [(a, b) for at, a in enumerate(wanted.pivots) for b in names if b not in names[: at + 1]]
                weights = _weights([(people[a], people[b]) for a, b in pairs])
                wanted = resolving.send({id_pair(a, b): w for (a, b), w in zip(pairs, weights, strict=True)})
            else:
                assert isinstance(wanted, LookUp)
                found = [one for one in records if any(one.shares(some) for some in wanted.points)]
                wanted = resolving.send(Found(found, said))
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]


def near(asked: Person, held: Sequence[Candidate], verdicts: Mapping[Pair, str] | None = None) -> Neighbourhood:
    """The neighbourhood of a question about `asked`."""
    return run(gather(points(asked), RULES), held, verdicts, asked=asked)


def resolved(asked: Person, held: Sequence[Candidate], verdicts: Mapping[Pair, str] | None = None) -> dict[str, Band]:
    """Name -> band of the records that are taken for the person asked for."""
    return names_of(near(asked, held, verdicts).person().members)


def names_of(members: Iterable[tuple[Candidate, Band]]) -> dict[str, Band]:
    return {candidate.id.rstrip(b".").decode(): band for candidate, band in members}


def pair(one: Candidate, other: Candidate) -> Pair:
    return frozenset((one.id, other.id))


def _weights(pairs: Sequence[tuple[Person, Person]]) -> list[Weight]:
    if not pairs:
        return []
    one, other = (standin.vectors([some[at] for some in pairs], SCHEME) for at in (0, 1))
    told = tell(SCHEME, MODEL, one=one, other=other)
    columns = (told.bits.tolist(), told.placeless.tolist(), told.conflict.tolist(), told.slip.tolist())
    return [Weight(*row) for row in zip(*columns, strict=True)]
