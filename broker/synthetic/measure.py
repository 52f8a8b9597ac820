"""How well records were brought together at question time, against the truth.

Every record in a sample is asked about by its own tokens, exactly as a question would be, and the records found for it
are compared with those that the truth says are the same person's. Counted are pairs (the record asked by, a record
found): precision is the share of found pairs that are true, recall the share of true pairs that are found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from broker.actions.gather_family import Gathering
from broker.parts import Parts
from broker.store import records, tables

Name = tuple[str, bytes]
"""A record by source and pseudonym of its reference."""


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


def measure(
    parts: Parts, truth: Mapping[Name, str], sample: Sequence[Name], *, progress: Callable[[], None] | None = None
) -> Quality:
    """The quality over `sample`; `truth` gives the person of every record that was posted."""
    sources = tuple(sorted({source for source, _ in truth}))
    people: dict[str, set[Name]] = {}
    for name, person in truth.items():
        people.setdefault(person, set()).add(name)
    found = true_found = true_all = 0
    with parts.store.look() as connection:
        for name in sample:
            gathering = Gathering(parts, connection, sources, filled=False)
            row = records.by_refs(connection, name[0], [name[1]])[name[1]]
            key = parts.keyring.key_encrypting_key(parts.policies.vocabulary.sources[row.source].agency)
            resolved = gathering.person(records.opened(row, key).points())
            linked = {(held.source, held.ref) for held in resolved if held.band == "certain"} - {name}
            same = people[truth[name]] - {name}
            found, true_found, true_all = found + len(linked), true_found + len(linked & same), true_all + len(same)
            if progress is not None:
                progress()
    return Quality(found, true_found, true_all, len(sample))


def posted(parts: Parts) -> Iterable[Name]:
    """The names of all open records."""
    with parts.store.look() as connection:
        query = select(tables.records.c.source, tables.records.c.ref).where(tables.records.c.closed.is_(False))
        return [(row.source, bytes(row.ref)) for row in connection.execute(query)]
