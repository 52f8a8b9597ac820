"""A restriction reaches the records of other controllers, and each of them is told that one does.

The register protects whoever shares a point with the restricted record, at every service, so that a controller's own
records are withheld on somebody else's word. The notice has the reference of the case and names nobody: neither the
person, nor the record, nor who took it in; the information sharing desk can say where to ring. Of somebody whose
whereabouts are protected none is sent, because that there is news of them would be told.
"""

from __future__ import annotations

from broker.parts import Parts
from broker.store import labels
from broker.store.engine import Tx
from broker.store.feed import Notice
from broker.store.labels import Points
from broker.store.rights import RightInUse
from broker.wire.feed import FeedKind
from broker.wire.reference import spoken_reference


def tell_others(parts: Parts, tx: Tx, one: RightInUse, points: Points, *, kind: FeedKind) -> tuple[Notice, ...]:
    """A notice for every other agency that holds a record with one of these points."""
    agencies = {source: known.agency for source, known in parts.policies.vocabulary.sources.items()}
    others = sorted(source for source, agency in agencies.items() if agency != one.agency)
    ordered = sorted(points)
    wanted = [
        (source, label)
        for source in others
        for some in parts.keysets.labels_at(source, ordered)
        for label in some
    ]  # fmt: skip
    reached = {agencies[source] for source, _ in labels.find(tx.connection, parts.keysets, wanted)} if wanted else set()
    return tuple(Notice(agency, kind, spoken_reference(one.id)) for agency in sorted(reached))
