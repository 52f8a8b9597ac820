"""Which records the points of a question lead to: each point looked up once, at every source, in classes.

A round asks for whole classes of points at every source, filled up with labels that nobody has; it asks for the least
number of classes whatever it found, so that a hit and a miss cost the database the same. Many spellings of one name
take a further class; answers leave at steps of time that hide one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from broker.keys.labels import LABEL_BYTES
from broker.linkage.compare import Points
from broker.store import labels

CLASS = 16
"""Points of one class. A question has 10 to 12 without aliases, and at most 30."""

SETS = 16
"""Sets of points of which one round looks up the points: records of the second hop, relatives."""

HUB = 50
"""A label that more records share says nothing about a person (a placeholder, a clinic's address): passed over."""

CANDIDATES = 64
"""How many records one round weighs."""

Point = tuple[int, bytes]


@dataclass
class LookUps:
    """The look-ups of one question, and what they brought so far."""

    connection: Connection
    sources: tuple[str, ...]
    labels_of: Callable[[str, Sequence[Point]], list[tuple[bytes, ...]]] = field(repr=False)
    """For each point its labels at a source, the newest first: one for each open generation that has another."""
    record_of: Callable[[str, bytes, bytes], bytes] = field(repr=False)
    """The record id of a row: source, label, sealed reference."""
    random: Callable[[int], bytes] = field(repr=False)
    filled: bool = True
    hubs: set[tuple[str, Point]] = field(default_factory=set, repr=False)
    """Points whose labels were passed over, by source."""
    found: dict[Point, list[bytes]] = field(default_factory=dict, repr=False)
    """Record ids by the point that leads to them."""

    def best(self, wanted: Sequence[Points], *, least: int) -> list[bytes]:
        """The ids of the records that share most points with `wanted`, looked up in at least `least` classes."""
        points = {point for some in wanted[:SETS] for point in some}
        self._look_up(sorted(points - self.found.keys()), least)
        hits = Counter(record_id for point in points for record_id in self.found[point])
        # Best first: whoever floods a person with records of one shared label pushes out none that shares more.
        return sorted(hits, key=lambda record_id: (-hits[record_id], record_id))[:CANDIDATES]

    def _look_up(self, points: Sequence[Point], least: int) -> None:
        self.found |= {point: [] for point in points}
        point_of: dict[str, dict[bytes, Point]] = {}
        ways = 1
        for source in self.sources:
            asked = self.labels_of(source, points)
            point_of[source] = {label: point for some, point in zip(asked, points, strict=True) for label in some}
            ways = max(map(len, asked), default=1)
        missing = CLASS * max(least, -(-len(points) // CLASS)) - len(points) if self.filled else 0
        wanted = {source: [*point_of[source], *some] for source, some in self._fill(ways * missing)}
        # Counted by point: while keys change, records that share one are divided between two labels.
        behind: dict[tuple[str, Point], list[bytes]] = {}
        for source, label, sealed in labels.sealed_rows(self.connection, wanted):
            if (point := point_of[source].get(label)) is not None:
                behind.setdefault((source, point), []).append(self.record_of(source, label, sealed))
        for (source, point), some in behind.items():
            if len(some) > HUB:
                self.hubs.add((source, point))
            else:
                self.found[point] += some

    def _fill(self, missing: int) -> Iterable[tuple[str, list[bytes]]]:
        """As many labels that nobody has, for every source."""
        length = LABEL_BYTES * missing
        for source in self.sources:
            drawn = self.random(length) if missing else b""
            yield source, [drawn[at : at + LABEL_BYTES] for at in range(0, length, LABEL_BYTES)]
