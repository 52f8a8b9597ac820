"""A population run: every granted record is resolved as a question about it would be, and only sums are kept.

    for each record of the granted list, in its order
        1. the same look-ups, in the same `gather`, as a question; the linkage unit compares under the grant
        2. its share of the sums, what its agency gets back (sealed), and the position are kept together
    at the end the figures and the gifts take the place of the last run's, with the audit event that says so

No link between two records outlives the block it was found in. A run that is stopped or killed goes on where it was;
the block it was at is made and charged once more.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from broker.actions.look_at_record import look_at, place_of, seen_in
from broker.actions.propose_run import envelope_digests
from broker.actions.publish_checkpoint import publish_checkpoint
from broker.audit.act_events import run_event
from broker.audit.events import Event
from broker.errors import BadInput, Conflict, NotAllowed
from broker.linkage.figures import figures
from broker.linkage.population import Counts, Seen
from broker.parts import Parts
from broker.peers.block_run import BlockRun, Granted
from broker.policy.days import london_date
from broker.policy.runs import check_run
from broker.store import gifts, records, runs
from broker.store.records import Record
from broker.store.runfile import RunFile
from broker.store.runs import LastRun
from broker.wire.grant import Grant

QUALITY = "match_quality"
TRAINING = "model_training"
Progress = Callable[[int, int], None]
"""Told how many of how many records are done."""
_LEFT_OUT = {"block-used": "tried too often", "pivot-unusable": "unusable"}
"""Refusals of the linkage unit that leave one record out, and do not end the run."""


@dataclass(frozen=True)
class Ended:
    """What a run found: its sums, and the figures made of them."""

    counts: Counts = field(repr=False)
    run: LastRun


def run_blocks(
    parts: Parts, grant: Grant, *, digests: Sequence[bytes], file: RunFile, progress: Progress | None = None
) -> Ended:
    """Runs, or goes on with, the blocks of a grant; `digests` are the granted list, `file` keeps where it is.

    Raises `BadInput` when the list is not the granted one, `NotAllowed` or `QuotaReached` when the grant does not allow
    it (any more), `Unavailable` when a part is down; run again, it goes on.
    """
    granted, terms = Granted(digests), grant.terms
    if (granted.root.hex(), len(digests)) != (terms.pivots, terms.count):
        raise BadInput("pivots-differ", "the list of records is not the one that was granted")
    with parts.store.look() as connection:
        parts = parts.at(connection)
    sources = check_run(parts.policies, terms.purpose, on=london_date(parts.now()))
    run = _Run(parts, BlockRun(parts.linkage_unit, grant, granted), sources, envelope_digests(parts, sources))
    with parts.store.begin() as tx:
        event = _event(run, "went-on" if file.position else "started", file.position)
        tx.audit(parts.entry(event))
    publish_checkpoint(parts)
    for index in range(file.position, terms.count):
        counts, gift = run.counted(index)
        file.keep(index + 1, counts, gift)
        if progress is not None:
            progress(index + 1, terms.count)
    return _end(run, file)


@dataclass(frozen=True)
class _Run:
    """What every block needs. `ids` are the open records by the digests of their envelopes."""

    parts: Parts
    blocks: BlockRun
    sources: tuple[str, ...]
    ids: Mapping[bytes, bytes] = field(repr=False)

    def counted(self, index: int) -> tuple[Counts, gifts.Row | None]:
        """What one granted record adds to the sums, and what its agency gets back."""
        with self.parts.store.look() as connection:
            # A run takes hours: keys may change meanwhile.
            parts = self.parts.at(connection)
            record = self._record(parts, connection, self.blocks.granted.digests[index])
            if record is None:
                return Counter({("left out", "changed since the grant"): 1}), None
            block = self.blocks.block(index, record.id, record.evidence())
            try:
                looked = look_at(parts, connection, record=record, block=block, sources=self.sources)
            except (Conflict, NotAllowed) as error:
                if error.code not in _LEFT_OUT:
                    raise
                return Counter({("left out", _LEFT_OUT[error.code]): 1}), None
        if looked.is_opted_out:
            return Counter({("left out", "objected or restricted"): 1}), None
        seen = seen_in(self.parts, looked)
        counts = seen.counts()
        if self.blocks.grant.terms.purpose != TRAINING:
            counts = Counter({kind: many for kind, many in counts.items() if kind[0] != "pattern"})
        return counts, self._gift(parts, record, seen)

    def _record(self, parts: Parts, connection: Connection, digest: bytes) -> Record | None:
        """The open record with this envelope, unless it has changed."""
        for row in records.by_ids(connection, [self.ids[digest]] if digest in self.ids else []):
            record = records.opened(row, parts.keysets, place_of(parts, row.source).agency)
            if hashlib.sha256(record.evidence()).digest() == digest:
                return record
        return None

    def _gift(self, parts: Parts, record: Record, seen: Seen) -> gifts.Row | None:
        gift = seen.gift() if self.blocks.grant.terms.purpose == QUALITY else None
        if gift is None:
            return None
        stored = gifts.StoredGift(record.source, record.ref, record.name.version, gift)
        return gifts.seal(stored, seen.place.agency, keyset=parts.keysets.newest, random=parts.random)


def _end(run: _Run, file: RunFile) -> Ended:
    """Puts figures and gifts in place of the last run's; then nothing of the run is kept but those."""
    parts, terms, counts = run.parts, run.blocks.grant.terms, file.sums()
    agencies = {source: place_of(parts, source).agency for source in run.sources}
    found = LastRun(terms.purpose, terms.id, int(parts.now().timestamp()), figures(counts, agencies=agencies))
    with parts.store.begin() as tx:
        runs.put(tx.connection, found)
        if terms.purpose == QUALITY:
            keysets = parts.writing(tx.connection).keysets
            # What was sealed under keys that are closed since nobody opens any more.
            opened = {one.number for one in keysets.generations}
            rows = (gifts.renewed(row, keysets, random=parts.random) for row in file.gifts() if row[3] in opened)
            gifts.replace(tx.connection, rows)
        tx.audit(parts.entry(_event(run, "ended", terms.count)))
    publish_checkpoint(parts)
    file.delete()
    return Ended(counts, found)


def _event(run: _Run, act: str, done: int) -> Event:
    parts, terms = run.parts, run.blocks.grant.terms
    stamp = parts.stamp("broker")
    grant = terms.id.hex()
    return run_event(stamp, act, purpose=terms.purpose, grant=grant, sources=run.sources, records=done)
