"""Look-ups for one question: the person, the second hop, the register of protections, and the family.

Look-ups are done in classes: every round asks for the same number of labels whatever it found, filled up with labels
that nobody has, so that a hit, a miss and a refusal cost the database the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, TypeVar

from sqlalchemy import Connection

from broker.linkage.compare import Candidate, Points
from broker.linkage.groups import Related, families
from broker.linkage.resolve import Found, Wanted, resolve
from broker.linkage.weights import Band, Rule, rule_of
from broker.parts import Parts
from broker.store import labels, protections, records, verdicts
from broker.store.records import Record
from broker.story.held import HeldPerson, HeldRecord
from broker.tokens import MAX_TOKENS

Answered = TypeVar("Answered")

PIVOTS = (1, 16, 16)
"""How many sets of points a round looks up: the question, the second hop, the family; fewer are filled up."""


HUB = 50
"""A label that more records share says nothing about a person (a placeholder, a clinic's address): passed over."""


CANDIDATES = 64
"""How many records one round weighs."""


@dataclass
class Gathering:
    """One question's reading of the store: opened records by id, among the sources that may answer."""

    parts: Parts
    connection: Connection
    sources: tuple[str, ...]
    filled: bool = True
    """Whether look-ups are filled up to their class; only measuring, where nobody waits for an answer, turns it off."""
    opened: dict[bytes, Record] = field(default_factory=dict, repr=False)

    @property
    def rule(self) -> Rule:
        return rule_of(self.parts.scheme)

    def person(self, pivot: Points, *, without: frozenset[bytes] = frozenset()) -> tuple[HeldRecord, ...]:
        """The records of the person the question's points are about, as if those `without` were not there."""
        resolution = self._run(resolve(pivot, self.rule), PIVOTS, without=without)
        return tuple(self._held(candidate, band) for candidate, band in resolution.members)

    def family(self, subject: Sequence[HeldRecord], followed: Iterable[HeldRecord]) -> tuple[HeldPerson, ...]:
        """The relatives that `followed` records name, with their own records at every source that may answer."""
        related: dict[bytes, Related] = {}
        for record in followed:
            kinds = {relative.ref: relative.kind for relative in record.payload.relationships}
            rows = records.by_refs(self.connection, record.source, kinds) if kinds else {}
            for ref, row in sorted(rows.items()):
                if not row.closed:
                    candidate = self._candidate(row)
                    is_unborn = self.opened[row.id].content().payload.age_band == "unborn"
                    related.setdefault(row.id, Related(candidate, kinds[ref], is_unborn))
        members = self._run(families(list(related.values()), [one.id for one in subject], rule=self.rule), PIVOTS[2:])
        people = [tuple(self._held(candidate, band) for candidate, band in member.records) for member in members]
        kinds_of = [member.relationship for member in members]
        return tuple(HeldPerson(kind, held, self.protected(held)) for kind, held in zip(kinds_of, people, strict=True))

    def protected(self, held: Sequence[HeldRecord], pivot: Points | None = None) -> frozenset[str]:
        """The kinds of protection of one person: by the question's own points and by every record of theirs."""
        people: list[Points] = [self.opened[record.id].points() for record in held]
        people += [pivot] if pivot is not None else []
        kinds = protections.kinds_for(self.connection, self.parts.keyring, people)
        return frozenset(kind for some in kinds for kind in some)

    def _run(
        self,
        resolving: Generator[Wanted, Found, Answered],
        sizes: tuple[int, ...],
        *,
        without: frozenset[bytes] = frozenset(),
    ) -> Answered:
        """Feeds a resolving generator with look-ups, each round in its class."""
        rounds = iter(sizes)
        seen: dict[bytes, Candidate] = {}
        try:
            wanted = next(resolving)
            while True:
                found = self._look_up(wanted, next(rounds))
                candidates = [candidate for candidate in found if candidate.id not in without]
                seen |= {candidate.id: candidate for candidate in candidates}
                pairs = [frozenset((one, other)) for one, other in combinations(sorted(seen), 2)]
                said = verdicts.of(self.connection, self.parts.keyring, pairs)
                wanted = resolving.send(Found(candidates, said))
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]

    def _look_up(self, wanted: Wanted, pivots: int) -> list[Candidate]:
        keyring = self.parts.keyring
        asked = {
            (source, label)
            for points in wanted[:pivots]
            for source in self.sources
            for label in labels.labels_of(keyring, source, points)
        }
        missing = pivots * MAX_TOKENS * len(self.sources) - len(asked) if self.filled else 0
        fill = [(self.sources[at % len(self.sources)], self.parts.random(16)) for at in range(missing)]
        found = labels.find(self.connection, keyring, sorted([*asked, *fill]))
        hits = Counter(record_id for some in found.values() if len(some) <= HUB for record_id in some)
        # Best first: whoever floods a person with records of one shared label pushes out none that shares more.
        best = sorted(hits, key=lambda record_id: (-hits[record_id], record_id))[:CANDIDATES]
        return [self._candidate(row) for row in records.by_ids(self.connection, best)]

    def _candidate(self, row: Any) -> Candidate:
        record = self.opened.get(row.id)
        if record is None:
            agency = self.parts.policies.vocabulary.sources[row.source].agency
            record = records.opened(row, self.parts.keyring.key_encrypting_key(agency))
            self.opened[record.id] = record
        return Candidate(record.id, record.source, record.points())

    def _held(self, candidate: Candidate, band: Band) -> HeldRecord:
        record = self.opened[candidate.id]
        content = record.content()
        return HeldRecord(
            record.id,
            record.source,
            record.ref,
            band,
            content.payload,
            content.items,
            record.items,
            record.data_key.tag,
        )
