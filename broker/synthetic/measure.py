"""How well records were brought together at question time, against the truth.

Every record in a sample is asked about by its own tokens and evidence, exactly as a question would be, and the records
found for it are compared with those that the truth says are the same person's. Counted are pairs of the record asked by
and a record found: precision is the share of found pairs that are true, recall the share of true pairs that are found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from broker.actions.gather_family import Gathering
from broker.linkage.compare import Points
from broker.parts import Parts
from broker.store import records, tables
from broker.synthetic.bothkeys import BothKeys

Name = tuple[str, bytes]
"""A record by source and pseudonym of its reference."""


@dataclass(frozen=True)
class LookedUp:
    """One look-up: how many records were found in each band, how many of them rightly, and how many there were."""

    person: str
    certain: int
    certain_true: int
    probable: int
    probable_true: int
    there: int


@dataclass(frozen=True)
class Quality:
    """Pairs found and missed. `precision` and `recall` are 1.0 where there was nothing to find."""

    found: int
    true_found: int
    true_all: int
    asked: int

    @property
    def precision(self) -> float:
        return self.true_found / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.true_found / self.true_all if self.true_all else 1.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def quality(looked: Iterable[LookedUp]) -> Quality:
    """The quality of what was found to be certain."""
    some = list(looked)
    found, true = sum(one.certain for one in some), sum(one.certain_true for one in some)
    return Quality(found, true, sum(one.there for one in some), len(some))


def measure(
    parts: Parts, truth: Mapping[Name, str], sample: Sequence[Name], *, comparer: BothKeys,
    progress: Callable[[], None] | None = None,
) -> list[LookedUp]:  # fmt: skip
    """What every look-up of `sample` finds; `truth` gives the person of every record that was posted."""
    people: dict[str, set[Name]] = {}
    for name, person in truth.items():
        people.setdefault(person, set()).add(name)
    looked = []
    with parts.store.look() as connection:
        gathering = Gathering(parts, connection, _sources(truth), comparer, filled=False)
        for name in sample:
            comparer.pivot, points = _pivot(parts, connection, name)
            found: dict[str, set[Name]] = {}
            for held in gathering.held(gathering.neighbourhood(points).person()):
                found.setdefault(held.band, set()).add((held.source, held.ref))
            same = people[truth[name]] - {name}
            certain, probable = (found.get(band, set()) - {name} for band in ("certain", "probable"))
            counts = (len(certain), len(certain & same), len(probable), len(probable & same), len(same))
            looked.append(LookedUp(truth[name], *counts))
            if progress is not None:
                progress()
    return looked


def _pivot(parts: Parts, connection: Connection, name: Name) -> tuple[bytes, Points]:
    """What a question with a record's own details would bring: its evidence and its points."""
    row = records.by_refs(connection, name[0], [name[1]])[name[1]]
    record = records.opened(row, parts.keysets, parts.policies.vocabulary.sources[row.source].agency)
    return record.evidence(), record.points()


def _sources(truth: Iterable[Name]) -> tuple[str, ...]:
    return tuple(sorted({source for source, _ in truth}))


def posted(parts: Parts) -> Iterable[Name]:
    """The names of all open records."""
    with parts.store.look() as connection:
        query = select(tables.records.c.source, tables.records.c.ref).where(tables.records.c.closed.is_(False))
        return [(row.source, bytes(row.ref)) for row in connection.execute(query)]
