"""What is kept and may not be told: rows of an agency that left, and rows that were posted with a revoked key.

    distrusted(connection, trust).covers(row)

A revoked key was stolen, or nobody knows. What it posted may be made up, so it is passed over until the agency has
posted it again with another key; the audit log says which deliveries were signed with it. Nothing is deleted: the
agency may find out that it was not stolen at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from broker.keys.trust import Trust
from broker.store import auditread


@dataclass(frozen=True)
class Distrusted:
    """Sources of agencies that left, and deliveries a part of which a revoked key signed."""

    sources: frozenset[str] = frozenset()
    batches: frozenset[bytes] = frozenset()

    def covers(self, row: Row[Any]) -> bool:
        """Whether a row of `records` may not be told of; it has `source` and `batch`."""
        return row.source in self.sources or row.batch in self.batches


def distrusted(connection: Connection, trust: Trust) -> Distrusted:
    """What may not be told under this trust list."""
    left = {source for one in trust.agencies if one.status == "left" for source in one.sources}
    keys = {key.id for one in trust.agencies for key in one.keys if key.use == "post" and key.status == "revoked"}
    batches = auditread.batches_posted_with(connection, keys) if keys else frozenset()
    return Distrusted(frozenset(left), batches)
