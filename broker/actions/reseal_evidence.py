"""The evidence of records is sealed again to the linkage unit's newest key, a page at a time, while questions go on.

    for each page of records whose envelope is under an older key
        1. the envelopes are opened out of their records, and the linkage unit seals them again, under a grant
        2. they take the place of the old ones, where these are still what was sent

Nothing else of a record changes. A job that is stopped or killed goes on where it was: what was asked for and not
written is asked for once more, and charged once more. Several processes may run it; the slower one's page is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from broker import observe
from broker.actions.damaged import tell_damaged
from broker.actions.propose_run import MOST_DAYS, SPARE
from broker.actions.publish_checkpoint import publish_checkpoint
from broker.audit.act_events import keys_event
from broker.errors import BadInput, Conflict, NotAllowed, Untrusted
from broker.keys.envelope import NONCE_BYTES
from broker.parts import Parts
from broker.peers.resealing import Resealing
from broker.store import evidence, records
from broker.store.evidence import UNUSABLE, Change
from broker.store.records import Record
from broker.wire.grant import NO_LIST, RESEAL, Grant, GrantTerms
from broker.wire.reseal import RESEALED_AT_ONCE

Progress = Callable[[int, int], None]
"""Told how many of how many records are done."""


@dataclass(frozen=True)
class Resealed:
    """What a job did: records sealed again, those whose envelope was unusable, those that changed meanwhile; and how
    many are under an older key now."""

    sealed: int
    unusable: int
    changed: int
    left: int = 0


def propose_reseal(parts: Parts, *, days: int = 14) -> GrantTerms:
    """Terms for two granters: as many openings as there are records under an older key, and some to begin again.

    Raises `BadInput` for days out of range, `Conflict` when there is nothing to seal again.
    """
    if not 1 <= days <= MOST_DAYS:
        raise BadInput("run-days", f"a grant is for 1 to {MOST_DAYS} days", field="days")
    waiting = left(parts)
    if not waiting:
        raise Conflict("reseal-nothing", "no record's evidence is sealed to an older key")
    return GrantTerms(
        v=1,
        id=parts.random(16),
        place=parts.trust.place,
        purpose=RESEAL,
        expires=int(parts.now().timestamp()) + days * 86_400,
        openings=waiting + -(-waiting // SPARE) + RESEALED_AT_ONCE,
        pivots=NO_LIST,
        count=0,
    )


def left(parts: Parts) -> int:
    """How many open records have their evidence under an older key, not counting what can't be used."""
    newest = parts.trust.linkage_unit.seal_number
    with parts.store.look() as connection:
        found = evidence.by_seal(connection)
    return sum(count for seal, count in found.items() if UNUSABLE < seal < newest)


def unusable(parts: Parts) -> int:
    """How many open records have evidence that the linkage unit could not use when it was to be sealed again."""
    with parts.store.look() as connection:
        return evidence.by_seal(connection).get(UNUSABLE, 0)


def reseal_evidence(parts: Parts, grant: Grant, *, progress: Progress | None = None) -> Resealed:
    """Seals again whatever is under an older key than the trust list's newest.

    Raises `NotAllowed` or `QuotaReached` when the grant does not allow it (any more), `Unavailable` when a part is
    down; run again, it goes on.
    """
    if grant.terms.purpose != RESEAL:
        raise NotAllowed("grant-purpose", f"the grant is not for `{RESEAL}`", hint="begin with the terms for it")
    parts = parts.fresh()
    run, total = Resealing(parts.linkage_unit, grant), left(parts)
    done, after = Resealed(0, 0, 0), (0, b"")
    while page := _page(parts, after):
        done = _sum(done, _one_page(parts, run, page))
        after = (page[-1].seal, page[-1].id)
        if progress is not None:
            progress(min(total, done.sealed + done.unusable + done.changed), total)
    publish_checkpoint(parts)
    # An agency may have sent something under the older key meanwhile.
    return replace(done, left=left(parts))


@dataclass(frozen=True)
class _Waiting:
    """A row whose envelope is under the older key `seal`, and its record unless somebody changed it."""

    id: bytes
    sealed: bytes
    seal: int
    record: Record | None


def _page(parts: Parts, after: tuple[int, bytes]) -> list[_Waiting]:
    newest = parts.trust.linkage_unit.seal_number
    with parts.store.look() as connection:
        parts = parts.at(connection)
        sources = parts.policies.vocabulary.sources
        rows = evidence.under_others(connection, newest, after=after, most=RESEALED_AT_ONCE)
    found: dict[bytes, Record] = {}
    for agency in sorted({sources[row.source].agency for row in rows}):
        mine = [row for row in rows if sources[row.source].agency == agency]
        whole, damaged = records.opened_or_not(mine, parts.keysets, agency)
        tell_damaged(damaged)
        found |= {record.id: record for record in whole}
    return [_Waiting(row.id, row.evidence, row.evidence_seal, found.get(row.id)) for row in rows]


def _one_page(parts: Parts, run: Resealing, page: Sequence[_Waiting]) -> Resealed:
    """The linkage unit is asked outside of any transaction: nobody waits for it."""
    held = {waiting.id: _envelope(waiting.record) for waiting in page if waiting.record is not None}
    usable = {one: envelope for one, envelope in held.items() if envelope is not None}
    made = dict(zip(usable, run(list(usable.values())), strict=True)) if usable else {}
    changes = [_change(parts, waiting, made.get(waiting.id)) for waiting in page]
    with parts.store.begin() as tx:
        replaced = evidence.replace_each(tx.connection, changes)
        stamp = parts.stamp("broker")
        seal = parts.trust.linkage_unit.seal_number
        resealed = keys_event(stamp, "resealed", numbers={"seal": seal}, records=len(replaced))
        tx.audit(parts.entry(resealed))
    unusable = sum(change.seal == UNUSABLE for change in replaced)
    return Resealed(len(replaced) - unusable, unusable, len(changes) - len(replaced))


def _envelope(record: Record) -> bytes | None:
    """The record's envelope; None where somebody changed the row: one of them must not keep an old key from closing."""
    try:
        return record.evidence()
    except Untrusted as error:
        observe.unexpected("evidence.damaged", error, source=record.source, record=record.id.hex())
        return None


def _change(parts: Parts, waiting: _Waiting, envelope: bytes | None) -> Change:
    before, record = waiting.sealed, waiting.record
    if envelope is None or record is None:
        return Change(waiting.id, before, before, UNUSABLE)
    nonce = parts.random(NONCE_BYTES)
    after = record.data_key.seal(record.name, "evidence", plaintext=envelope, nonce=nonce, step=1)
    return Change(record.id, before, after, parts.trust.linkage_unit.seal_number)


def _sum(one: Resealed, other: Resealed) -> Resealed:
    return Resealed(one.sealed + other.sealed, one.unusable + other.unusable, one.changed + other.changed)
