"""One record of a population run: resolved as a question with its own details would be, and what that adds to sums."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection

from broker.actions.gather_family import Gathering
from broker.linkage.population import Match, Place, Seen
from broker.linkage.resolve import Neighbourhood, Resolution
from broker.linkage.steps import QUESTION, pair
from broker.parts import Parts
from broker.peers.block_run import Block
from broker.store import protections
from broker.store.records import Record
from broker.story.held import KEPT_AWAY

OPTED_OUT = frozenset({"objection_pending", "objection_upheld", "restriction"})
"""What a run over everybody always respects: it protects nobody, so that no danger overrides it."""


@dataclass(frozen=True)
class Looked:
    """One record with what was found for it; none of it outlives the block."""

    record: Record
    gathering: Gathering = field(repr=False)
    block: Block = field(repr=False)
    near: Neighbourhood = field(repr=False)
    found: Resolution = field(repr=False)
    protections: frozenset[str]

    @property
    def is_opted_out(self) -> bool:
        """Whether the person has objected to being counted, or may not be used: then no run counts them."""
        return bool(self.protections & OPTED_OUT)


def look_at(parts: Parts, connection: Connection, *, record: Record, block: Block, sources: tuple[str, ...]) -> Looked:
    """What a question with this record's own details finds among `sources`, compared under a grant."""
    gathering = Gathering(parts, connection, sources, block, filled=False)
    near = gathering.neighbourhood(record.points())
    found = near.person()
    people = [record.points(), *(gathering.opened[candidate.id].points() for candidate, _ in found.members)]
    kinds = frozenset(kind for some in protections.kinds_for(connection, parts.keysets, people) for kind in some)
    # As for a question: of somebody whose whereabouts are kept, an address neither finds nor weighs.
    found = near.person(placeless=True) if kinds & KEPT_AWAY else found
    return Looked(record, gathering, block, near, found, kinds)


def seen_in(parts: Parts, looked: Looked) -> Seen:
    """What the record adds to the run, the record itself left out."""
    record, block = looked.record, looked.block
    least = looked.near.rules.bounds.certain
    others = [one for one in looked.near.known if one != record.id]
    against = [looked.near.weights.get(pair(QUESTION, one)) for one in others]
    return Seen(
        place_of(parts, record.source),
        tuple(
            Match(place_of(parts, one.source), band, block.levels.get(one.id, ""))
            for one, band in looked.found.members
            if one.id != record.id
        ),
        conflicts=sum(one is not None and one.conflict and one.bits >= least for one in against),
        is_protected=bool(looked.protections),
        hubs=_hubs(parts, looked),
        patterns=tuple(sorted(block.levels[one] for one in others if one in block.levels)),
    )


def place_of(parts: Parts, source: str) -> Place:
    """A source of the vocabulary and its agency."""
    return Place(source, parts.policies.vocabulary.sources[source].agency)


def _hubs(parts: Parts, looked: Looked) -> frozenset[tuple[str, int]]:
    """Where and by which match key this record has a label that too many share: never the label."""
    passed_over = looked.gathering.hubs
    if not passed_over:
        return frozenset()
    return frozenset(
        (source, point[0])
        for source in looked.gathering.sources
        for point in looked.record.points()
        if (source, point) in passed_over
    )
