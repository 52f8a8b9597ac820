"""What an agency gets back about its own records after a match-quality run, a page at a time, logged as a disclosure.

1. is there such a page
2. leave out what has changed since the run, whose source takes no part any more, or who is protected by now
3. charge the rows as questions of today, record what is told, commit, publish, then answer

Rows are refused once half of the day's questions are used, so that a list never silences the desks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from broker.actions.publish_checkpoint import prove
from broker.actions.run_blocks import QUALITY
from broker.audit.act_events import quality_event
from broker.errors import NotFound
from broker.parts import Parts
from broker.policy.days import london_date
from broker.policy.runs import taking_part
from broker.store import deliveries, gifts, protections, records, runs
from broker.store.engine import Released
from broker.store.gifts import StoredGift
from broker.wire.answer import ReceiptLeaf
from broker.wire.quality import PAGE_ROWS, FieldDiffers, MatchPage, MatchRow, digest_of


def hand_back(parts: Parts, *, agency: str, page: int) -> Released[MatchPage]:
    """One page for `agency`. Raises `NotFound` where there is no such page, `QuotaReached` when the day is used up."""
    now = parts.now()
    allowance = parts.settings.questions_per_day // 2
    with parts.store.look() as connection:
        parts = parts.at(connection)
        run = runs.last(connection, QUALITY)
        pages = max(1, -(-gifts.count(connection, agency) // PAGE_ROWS))
        if run is None or not 1 <= page <= pages:
            raise NotFound("quality-none", "there is no such page of a match-quality run", hint="pages begin with 1")
        some = gifts.some_of(connection, agency, skip=(page - 1) * PAGE_ROWS, most=PAGE_ROWS)
        rows = _rows(parts, connection, [gifts.opened(row, parts.keysets) for row in some])
    stamp = parts.stamp(agency, at=now)
    event = quality_event(stamp, len(rows), run=run.grant.hex(), told=digest_of(rows))
    with parts.store.begin() as tx:
        if rows:
            deliveries.charge_questions(tx.connection, agency, now.date(), allowance, many=len(rows))
        entry = parts.entry(event)
        tx.audit(entry)
        held = tx.release(rows)
    released = held.released()
    [proven] = prove(parts, [entry.id])
    shown = tuple(entry.disclosures.values())
    receipt = ReceiptLeaf(v=1, leaf=proven.leaf, proof=proven.proof, disclosures=shown)
    about = {"v": 1, "run": run.grant.hex(), "ended": run.ended, "page": page, "pages": pages, "receipt": receipt}
    return released.map(lambda given: MatchPage.model_validate({**about, "rows": tuple(given)}))


def _rows(parts: Parts, connection: Connection, some: Sequence[StoredGift]) -> list[MatchRow]:
    """Those that may be told, by source and reference: the order of the run would say something about it."""
    allowed = taking_part(parts.policies, QUALITY, on=london_date(parts.now()))
    found = [_row(stored) for stored in _current(parts, connection, some) if stored.source in allowed]
    return sorted(found, key=lambda row: (row.source, row.ref))


def _current(parts: Parts, connection: Connection, some: Sequence[StoredGift]) -> Iterator[StoredGift]:
    """Those whose record is as it was when the run saw it, and whose person no protection is held for."""
    for source in sorted({stored.source for stored in some}):
        agency = parts.policies.vocabulary.sources[source].agency
        mine = [stored for stored in some if stored.source == source]
        rows = records.by_refs(connection, source, [stored.ref for stored in mine])
        same = [
            (stored, records.opened(row, parts.keysets, agency).points())
            for stored in mine
            if (row := rows.get(stored.ref)) is not None and not row.closed and row.version == stored.version
        ]
        kinds = protections.kinds_for(connection, parts.keysets, [points for _, points in same])
        yield from (stored for (stored, _), some_kinds in zip(same, kinds, strict=True) if not some_kinds)


def _row(stored: StoredGift) -> MatchRow:
    gift = stored.gift
    return MatchRow.model_validate(
        {
            "source": stored.source,
            "ref": stored.ref,
            "fields": tuple(FieldDiffers(field=one.field, other=one.other, same=one.same) for one in gift.fields),
            "duplicates": gift.duplicates,
            "identifiers": gift.identifiers,
        }
    )
