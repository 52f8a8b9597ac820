"""How many look-ups of the fictional place told something that nothing explains, by the audit log alone.

A look-up is explained when the asker's relation to the person stands on record, their agency works with the family or
they named a case, and every record that was told of names the clause that lets it (`broker.audit.matters.explain`).
Systems that look for such explanations afterwards find one for some 94 accesses in 100; here they are part of the log.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from broker.actions.open_matters import open_matters
from broker.audit.matters import explain
from broker.parts import Parts
from broker.store import auditaround, auditlog

MOST = 0.01
"""At most this share of accesses is unexplained."""


@dataclass(frozen=True)
class Explained:
    """`accesses` told something; `permits` are the decisions by which, `bare` those of them that name no clause."""

    accesses: int
    unexplained: int
    permits: int
    bare: int
    holes: tuple[tuple[str, int], ...]

    @property
    def share(self) -> float:
        """The share of accesses that nothing explains."""
        return self.unexplained / self.accesses if self.accesses else 0.0


def measure_explained(parts: Parts) -> Explained:
    """Opens every look-up of the log."""
    holes = Counter[str]()
    accesses = unexplained = permits = bare = 0
    with parts.store.look() as connection:
        size = auditlog.size(connection)
        for opened in open_matters(parts, auditaround.between(connection, 0, size, most=size + 1)):
            look = opened.look
            if look is None or not look.released:
                continue
            found = explain(look)
            accesses, unexplained = accesses + 1, unexplained + (not found.is_whole)
            permits, bare = permits + len(look.released), bare + sum(not one.clause for one in look.released)
            holes.update(found.holes)
    return Explained(accesses, unexplained, permits, bare, tuple(holes.most_common()))
