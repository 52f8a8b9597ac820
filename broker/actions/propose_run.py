"""The terms of a population run, for two people to sign, and the list of records they are about."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from broker.errors import BadInput, NotAllowed
from broker.parts import Parts
from broker.peers.block_run import Granted
from broker.policy.days import london_date
from broker.policy.runs import check_run
from broker.store import records, runs
from broker.wire.comparison import ENVELOPES
from broker.wire.grant import GrantTerms

SPARE = 20
"""One block in so many may be paid for twice, for a run that broke off."""
MOST_DAYS = 90


def propose_run(
    parts: Parts, purpose: str, *, sources: Sequence[str] = (), days: int = 14
) -> tuple[GrantTerms, tuple[bytes, ...]]:
    """Terms for a run over the open records of `sources`, or of all that take part, and the digests in their order.

    Raises `NotAllowed` when a source does not take part in runs for `purpose`, `BadInput` when there is no record.
    """
    now = parts.now()
    with parts.store.look() as connection:
        parts = parts.at(connection)
    allowed = check_run(parts.policies, purpose, on=london_date(now))
    if not 1 <= days <= MOST_DAYS:
        raise BadInput("run-days", f"a grant is for 1 to {MOST_DAYS} days", field="days")
    for source in sources:
        if source not in allowed:
            raise NotAllowed("run-not-agreed", f"`{source}` takes no part in runs for this purpose", field="sources")
    digests = tuple(sorted(envelope_digests(parts, sources or allowed)))
    if not digests:
        raise BadInput("run-empty", "there is no open record to compare")
    blocks = len(digests) + -(-len(digests) // SPARE) + 1
    terms = GrantTerms(
        v=1,
        id=parts.random(16),
        place=parts.trust.place,
        purpose=purpose,
        expires=int(now.timestamp()) + days * 86_400,
        openings=ENVELOPES * blocks,
        pivots=Granted(digests).root.hex(),
        count=len(digests),
    )
    return terms, digests


def envelope_digests(parts: Parts, sources: Sequence[str]) -> dict[bytes, bytes]:
    """The digest of every open record's envelope, and the record's id."""
    agency_of = {name: source.agency for name, source in parts.policies.vocabulary.sources.items()}
    found = {}
    with parts.store.look() as connection:
        parts = parts.at(connection)
        for row in runs.open_rows(connection, sources):
            record = records.opened(row, parts.keysets, agency_of[row.source])
            found[hashlib.sha256(record.evidence()).digest()] = record.id
    return found
