"""Records of nobody: random points, sealed and labelled as the store does it, as many as it takes."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from itertools import cycle, islice

import rbcl
from sqlalchemy import func, select

from broker.parts import Parts
from broker.store import labels, records, tables
from broker.store.records import NewRecord
from broker.tokens import load_scheme
from broker.wire.delivery import EVIDENCE_BYTES, Payload

TOKENS = 12
"""Of one record."""
_PAGE = 500
_DAY = dt.date(2026, 1, 5)


def tokens(parts: Parts) -> int:
    """Label rows of records, which are one for each token."""
    with parts.store.look() as connection:
        query = select(func.count()).select_from(tables.labels).where(tables.labels.c.source != labels.REGISTER)
        return int(connection.execute(query).scalar_one())


def held(parts: Parts) -> int:
    """Open records."""
    with parts.store.look() as connection:
        query = select(func.count()).select_from(tables.records).where(tables.records.c.closed.is_(False))
        return int(connection.execute(query).scalar_one())


def fill(parts: Parts, wanted: int, progress: Callable[[int], None]) -> None:
    """Adds records until there are `wanted` tokens; `progress` is told of the tokens added."""
    sources = cycle(sorted(parts.policies.vocabulary.sources))
    missing = wanted - tokens(parts)
    while missing > 0:
        many = min(_PAGE, -(-missing // TOKENS))
        source = next(sources)
        agency = parts.policies.vocabulary.sources[source].agency
        new = [(os.urandom(16), _nobody(source)) for _ in range(many)]
        with parts.store.sequence() as connection:
            keysets = parts.at(connection).keysets
            rows = records.sealed_rows(new, keysets.newest, agency, random=os.urandom)
            records.put(connection, rows, replaced=())
            points = [(source, record_id, one.points) for record_id, one in new]
            labels.add(connection, keysets, points, random=os.urandom)
        missing -= many * TOKENS
        progress(many * TOKENS)


def _nobody(source: str) -> NewRecord:
    numbers = islice(cycle(match_key.number for match_key in load_scheme().match_keys), TOKENS)
    points = frozenset((number, bytes(rbcl.crypto_core_ristretto255_random())) for number in numbers)
    return NewRecord(source, os.urandom(16), 1, bytes(16), points, os.urandom(EVIDENCE_BYTES), _PAYLOAD)


_PAYLOAD = Payload(
    status="current",
    provider="Nobody's service",
    as_of=_DAY,
    coverage_from=_DAY,
    coverage_to=_DAY,
    coverage_area="Brackwater",
)
