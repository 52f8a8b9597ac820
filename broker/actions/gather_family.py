"""Look-ups for one question: the person, the second hop, the register of protections, and the family.

Look-ups are done in classes (`look_up`): every round asks for whole classes of labels, filled up with labels that
nobody has, so that a hit and a miss cost the database the same. Comparisons are done in classes too, by the linkage
unit, which is asked twice whatever was found.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Connection

from broker.actions.look_up import LookUps, Point
from broker.keys.envelope import day_tag
from broker.linkage.apart import ADOPTED, kept_apart, parted
from broker.linkage.compare import Candidate, Points
from broker.linkage.groups import Related, families
from broker.linkage.model import Band
from broker.linkage.relationships import Statement, edge_of, may_matter
from broker.linkage.resolve import Neighbourhood, Resolution, Rules, gather
from broker.linkage.steps import Compare, Found, LookUp, Pair, Weighed
from broker.linkage.weights import Rule, rule_of
from broker.parts import Parts
from broker.store import marks, protections, records, verdicts
from broker.store.records import Record
from broker.story.held import HeldPerson, HeldRecord

Answered = TypeVar("Answered")

Comparer: TypeAlias = Callable[[Compare, Mapping[bytes, bytes]], Weighed]
"""Has the envelopes of records, by record id, compared."""

CLASSES = (1, 1, 2)
"""The least classes of points (`look_up.CLASS`) a round looks up: the question, the second hop, the family."""


@dataclass
class Gathering:
    """One question's reading of the store: opened records by id, among the sources that may answer."""

    parts: Parts
    connection: Connection
    sources: tuple[str, ...]
    compare: Comparer
    filled: bool = True
    """Whether look-ups are filled up to their class; only measuring, where nobody waits for an answer, turns it off."""
    opened: dict[bytes, Record] = field(default_factory=dict, repr=False)
    entries: dict[Points, list[protections.Entry]] = field(default_factory=dict, repr=False)
    """What the register of protections holds, by the points it was asked for."""
    marks: dict[bytes, marks.Mark] = field(default_factory=dict, repr=False)
    """What stands beside those records whose content was read."""
    look_ups: LookUps = field(init=False, repr=False)

    def __post_init__(self) -> None:
        keysets = self.parts.keysets
        self.look_ups = LookUps(
            self.connection, self.sources, keysets.labels_at, keysets.record_of, self.parts.random, self.filled
        )

    @property
    def hubs(self) -> set[tuple[str, Point]]:
        """Points whose labels were passed over, by source."""
        return self.look_ups.hubs

    @property
    def rules(self) -> Rules:
        scheme = self.parts.scheme
        return Rules(self.parts.model.bounds, frozenset(one.number for one in scheme.match_keys if one.address))

    @property
    def rule(self) -> Rule:
        return rule_of(self.parts.scheme)

    def neighbourhood(self, pivot: Points) -> Neighbourhood:
        """The records that the question's points lead to, compared with it and with each other."""
        return self._run(gather(pivot, self.rules), CLASSES)

    def held(self, resolution: Resolution) -> tuple[HeldRecord, ...]:
        """The records of a resolved person, opened as far as deciding about them needs."""
        self._complete(candidate for candidate, _ in resolution.members)
        return tuple(self._held(candidate, band) for candidate, band in resolution.members)

    def family(
        self, subject: Sequence[HeldRecord], followed: Iterable[tuple[HeldRecord, bool]], *, on: dt.date
    ) -> tuple[HeldPerson, ...]:
        """The relatives that `followed` records name, with their own records at every source that may answer.

        Beside each of them stands whether it is shared in full: only then is it told how a relationship is known.
        """
        related: dict[bytes, Related] = {}
        said: dict[bytes, list[Statement]] = {}
        for record, in_full in followed:
            named = [one for one in record.payload.relationships if may_matter(one)]
            rows = records.by_refs(self.connection, record.source, {one.ref for one in named}) if named else {}
            for ref, row in sorted(rows.items()):
                if not row.closed and not self.parts.distrusted.covers(row):
                    candidate = self._candidate(row)
                    is_unborn = self.opened[row.id].content().payload.age_band == "unborn"
                    statements = [Statement(one, in_full) for one in named if one.ref == ref]
                    said.setdefault(row.id, []).extend(statements)
                    related.setdefault(row.id, Related(candidate, statements[0].said.kind, is_unborn))
        members = self._run(families(list(related.values()), [one.id for one in subject], rule=self.rule), CLASSES[2:])
        self._complete(candidate for member in members for candidate, _ in member.records)
        return tuple(
            HeldPerson(edge.kind, held, self.protected(held), edge.evidence, edge.since)
            for member in members
            for held in self._parted([self._held(candidate, band) for candidate, band in member.records])
            if (edge := edge_of([one for record in held for one in said.get(record.id, ())], on)) is not None
        )

    def kept_apart(self, held: Sequence[HeldRecord], pivot: Points) -> frozenset[bytes]:
        """The ids of the records in hand that an adoption keeps apart from what the question is about."""
        points = {record.id: self.opened[record.id].points() for record in held}
        return kept_apart(pivot, points, self._adoptions([*points.values(), pivot]), scheme=self.parts.scheme)

    def _parted(self, held: Sequence[HeldRecord]) -> list[tuple[HeldRecord, ...]]:
        """A relative's records, in parts where an adoption keeps some of them apart from others."""
        points = {record.id: self.opened[record.id].points() for record in held}
        parts = parted(points, self._adoptions(points.values()), scheme=self.parts.scheme)
        return [tuple(record for record in held if record.id in part) for part in parts]

    def _adoptions(self, people: Iterable[Points]) -> list[Points]:
        """The points of the register's entries about an adoption that share a label with any of these."""
        entries = {entry.id: entry for entry in self._entries(people) if entry.kind == ADOPTED}
        return [entries[one].points for one in sorted(entries)]

    def protected(self, held: Sequence[HeldRecord], pivot: Points | None = None) -> frozenset[str]:
        """The kinds of protection of one person: by the question's own points and by every record of theirs."""
        people: list[Points] = [self.opened[record.id].points() for record in held]
        people += [pivot] if pivot is not None else []
        return frozenset(entry.kind for entry in self._entries(people))

    def _entries(self, people: Iterable[Points]) -> list[protections.Entry]:
        """The entries of the register that share a label with any of these, each set of points looked up once."""
        asked = list(people)
        new = list({points: None for points in asked if points not in self.entries})
        if new:
            found = protections.entries_for(self.connection, self.parts.keysets, new)
            self.entries |= dict(zip(new, found, strict=True))
        return [entry for points in asked for entry in self.entries[points]]

    def _run(
        self, resolving: Generator[LookUp | Compare, Any, Answered] | Generator[LookUp, Found, Answered],
        classes: tuple[int, ...],
    ) -> Answered:  # fmt: skip
        """Feeds a resolving generator with look-ups, each round in its class, and with what comparing brings."""
        rounds = iter(classes)
        seen: dict[bytes, Candidate] = {}
        said: dict[Pair, str] = {}
        try:
            wanted: LookUp | Compare = next(resolving)
            while True:
                if isinstance(wanted, Compare):
                    named = {*wanted.pivots, *wanted.others} & self.opened.keys()
                    weighed = self.compare(wanted, {one: self.opened[one].evidence() for one in named})
                    wanted = resolving.send(weighed)  # type: ignore[arg-type]
                    continue
                found = self._look_up(wanted.points, next(rounds))
                said |= self._verdicts(seen, found)
                seen |= {candidate.id: candidate for candidate in found}
                wanted = resolving.send(Found(found, said))
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]

    def _look_up(self, wanted: Sequence[Points], least: int) -> list[Candidate]:
        best = self.look_ups.best(wanted, least=least)
        self._open(records.to_compare(self.connection, [one for one in best if one not in self.opened]))
        return [self._known(one) for one in sorted(best) if one in self.opened]

    def _verdicts(self, seen: Mapping[bytes, Candidate], found: Sequence[Candidate]) -> Mapping[Pair, str]:
        """What people said about the pairs that `found` adds to those among `seen`."""
        new = sorted({candidate.id for candidate in found} - seen.keys())
        pairs = [frozenset(two) for two in (*product(sorted(seen), new), *combinations(new, 2))]
        return verdicts.of(self.connection, self.parts.keyring, pairs)

    def _candidate(self, row: Any) -> Candidate:
        record = self.opened.get(row.id)
        if record is None or not record.is_whole:
            self._open([row])
        return self._known(row.id)

    def _open(self, rows: Sequence[Any]) -> None:
        """Opens records, those of one agency together."""
        sources = self.parts.policies.vocabulary.sources
        rows = [row for row in rows if not self.parts.distrusted.covers(row)]
        for agency in sorted({sources[row.source].agency for row in rows}):
            mine = [row for row in rows if sources[row.source].agency == agency]
            opened = records.opened_each(mine, self.parts.keysets, agency)
            self.opened |= {record.id: record for record in opened}

    def _complete(self, candidates: Iterable[Candidate]) -> None:
        """Reads what is told of these records, where it is not here yet."""
        found = {candidate.id: self.opened[candidate.id] for candidate in candidates}
        lacking = [record for record in found.values() if not record.is_whole]
        if lacking:
            self.opened |= {record.id: record for record in records.completed(self.connection, lacking)}
        self.marks |= marks.of(self.connection, self.parts.keyring, found)

    def _known(self, record_id: bytes) -> Candidate:
        record = self.opened[record_id]
        return Candidate(record.id, record.source, record.points())

    def _held(self, candidate: Candidate, band: Band) -> HeldRecord:
        record = self.opened[candidate.id]
        content, mark = record.content(), self.marks.get(record.id)
        return HeldRecord(
            record.id,
            record.source,
            record.ref,
            band,
            content.payload,
            content.items,
            record.items,
            record.data_key.tag,
            lambda day: day_tag(record.seen_key(), day).hex(),
            mark=None if mark == "erased" else mark,
        )
