"""Which of the linkage unit's keys the evidence of records is sealed to, and its replacement under the newest.

    1, 2, ...   the number of the key on the trust list
    0           the linkage unit could not use the envelope, so it was not sealed again; or the record is closed

A row is changed only where its sealed evidence is still the one that was read: what an agency sends meanwhile stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from broker.store.tables import records
from broker.wire.delivery import EVIDENCE_BYTES, TWO_EPOCHS_BYTES

UNUSABLE = 0


@dataclass(frozen=True)
class Change:
    """What takes the place of a record's sealed evidence `before`; where the two are the same, only the number."""

    id: bytes
    before: bytes = field(repr=False)
    after: bytes = field(repr=False)
    seal: int


def under_others(connection: Connection, newest: int, *, after: tuple[int, bytes], most: int) -> list[Row[Any]]:
    """Up to `most` open rows sealed to an older key than `newest`, that follow the (number, record id) `after`."""
    seal, begin = after
    rows: list[Row[Any]] = []
    # One range of the index for each number: a comparison of pairs would not use it on every database.
    for number in range(max(seal, UNUSABLE + 1), newest):
        where = [records.c.evidence_seal == number, records.c.closed.is_(False)]
        where += [records.c.id > begin] if number == seal else []
        query = select(records).where(*where).order_by(records.c.id).limit(most - len(rows))
        rows += connection.execute(query).all()
        if len(rows) == most:
            break
    return rows


def replace_each(connection: Connection, changes: Iterable[Change]) -> list[Change]:
    """Makes the changes whose record is as it was read, and returns those."""
    made = []
    for change in changes:
        query = update(records).where(records.c.id == change.id, records.c.evidence == change.before)
        if connection.execute(query.values(evidence=change.after, evidence_seal=change.seal)).rowcount:
            made.append(change)
    return made


def by_seal(connection: Connection) -> dict[int, int]:
    """How many open records have their evidence sealed to each key, by its number."""
    query = select(records.c.evidence_seal, func.count()).where(records.c.closed.is_(False))
    return {int(seal): int(count) for seal, count in connection.execute(query.group_by(records.c.evidence_seal))}


def by_epoch(connection: Connection) -> list[tuple[str, int, bool, int]]:
    """How many open records of each source hold evidence under each newest epoch: source, epoch, whether it holds the
    epoch before too, count. Which it is shows in the length, as that of an envelope tells nothing else."""
    both = func.length(records.c.evidence) > (EVIDENCE_BYTES + TWO_EPOCHS_BYTES) // 2
    columns = (records.c.source, records.c.evidence_epoch, both)
    query = select(*columns, func.count()).where(records.c.closed.is_(False)).group_by(*columns)
    return [(source, int(epoch), bool(two), int(count)) for source, epoch, two, count in connection.execute(query)]
