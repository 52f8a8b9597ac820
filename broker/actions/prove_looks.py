"""All looks at one record, as a file of evidence that anybody checks offline: for a court, a regulator or the person.

It takes two people, as `open_looks` does, and is logged with both before anything leaves. What an embargo covers is
counted by its leaf's hash and not shown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from broker.actions.index_looks import up_to_now
from broker.actions.open_looks import Opening, check_opening
from broker.actions.who_has_seen import add_read, looks_at, note_read, parted
from broker.audit.disclosures import reveal
from broker.audit.evidence import index_proof
from broker.errors import NotFound
from broker.keys.envelope import day_tag
from broker.parts import Parts
from broker.policy.days import london_date
from broker.store.engine import Released


@dataclass(frozen=True)
class ProvenLooks:
    """The evidence's file; the event of the last index; and of each look that may be shown its private fields."""

    proof: bytes = field(repr=False)
    index: bytes
    shown: Mapping[bytes, dict[str, str]] = field(repr=False)


def prove_looks(parts: Parts, opening: Opening) -> Released[ProvenLooks]:
    """The looks at the record up to now. Raises `BadInput`, `NotFound`, and `Unavailable` while the log is busy."""
    check_opening(opening)
    with parts.store.look() as connection:
        parts = parts.at(connection)
    known = parts.policies.vocabulary.sources.get(opening.source)
    if known is None:
        raise NotFound("source-unknown", "there is no such source", field="source")
    return up_to_now(parts, lambda: _proven(parts, opening, agency=known.agency))


def _proven(parts: Parts, opening: Opening, *, agency: str) -> Released[ProvenLooks]:
    with parts.store.look() as connection:
        found = looks_at(parts, connection, opening.source, opening.ref)
    told, untold = parted(found.looks, agency=agency, on=london_date(parts.now()))
    private: dict[str, str | int] = {"by": opening.by, "second": opening.second, "matter": opening.matter}
    today = day_tag(found.seen_key, parts.now().astimezone(dt.UTC).date()).hex()
    private |= {"source": opening.source, "tag": today, "told": len(told), "untold": len(untold)}
    read = note_read(parts, "proved", org="broker", private=private)
    shown = {one.id: dict((reveal(text)[0], text) for text in one.disclosures) for one in told}
    with parts.store.begin() as tx:
        last = add_read(parts, tx, found, read)
        proof = index_proof(found.seen_key, [*found.kept, (last.leaf, found.tail_answers)])
        held = tx.release(ProvenLooks(proof, last.id, shown))
    return held.released()
