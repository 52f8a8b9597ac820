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
    label_of: Callable[[str, Point], bytes] = field(repr=False)
    """The label of a point at a source."""
    record_of: Callable[[str, bytes, bytes], bytes] = field(repr=False)
    """The record id of a row: source, label, sealed reference."""
    random: Callable[[int], bytes] = field(repr=False)
    filled: bool = True
    hubs: set[tuple[str, bytes]] = field(default_factory=set, repr=False)
    """Labels that were passed over, by source."""
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
        asked = {(source, self.label_of(source, point)): point for point in points for source in self.sources}
        missing = CLASS * max(least, -(-len(points) // CLASS)) - len(points) if self.filled else 0
        behind: dict[tuple[str, bytes], list[bytes]] = {}
        for source, label, sealed in labels.sealed_rows(self.connection, [*asked, *self._fill(missing)]):
            behind.setdefault((source, label), []).append(self.record_of(source, label, sealed))
        self.hubs |= {where for where, some in behind.items() if len(some) > HUB}
        for where, point in asked.items():
            self.found[point] += behind.get(where, []) if where not in self.hubs else []

    def _fill(self, missing: int) -> Iterable[tuple[str, bytes]]:
        """As many labels that nobody has at every source."""
        drawn = self.random(LABEL_BYTES * missing * len(self.sources)) if missing else b""
        starts = range(0, len(drawn), LABEL_BYTES)
        return [(self.sources[at // LABEL_BYTES // missing], drawn[at : at + LABEL_BYTES]) for at in starts]
