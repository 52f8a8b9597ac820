"""What a person's right does, in the transaction that takes it in or decides it: from the next question on it counts.

    objection       the register holds it as pending; upheld it stays there, overridden or withdrawn it goes
    restriction     the register holds it; lifted or withdrawn it goes                earlier readers are told, and so
                                                                                      is who else holds a record
    rectification   the record stands as disputed; a statement stays beside it        earlier readers are told
    erasure         when it is decided the record goes, and is not taken in again     earlier readers are told

Earlier readers are those whose answers told of the record (UK GDPR article 19). A notice names the answer and nothing
else; of somebody whose whereabouts are protected none is sent, because that there is news of them would be told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from broker.actions import recall
from broker.actions.erase import note_erased
from broker.actions.protect import with_what_was, without_addresses
from broker.actions.restriction_reach import tell_others
from broker.audit.act_events import protect_event
from broker.errors import Conflict
from broker.parts import Parts
from broker.policy.clocks import last_day, month_due
from broker.policy.days import london_date
from broker.store import deliveries, holds, labels, marks, protections, records, verdicts
from broker.store.engine import Tx
from broker.store.feed import Notice
from broker.store.recalls import Recall
from broker.store.records import Record
from broker.store.rights import RightInUse
from broker.story.held import KEPT_AWAY
from broker.wire.feed import FeedKind
from broker.wire.recall import RecallReason
from broker.wire.reference import spoken_reference
from broker.wire.rights import Right, RightOutcome

_PENDING: Mapping[Right, str] = {"objection": "objection_pending", "restriction": "restriction"}
_STAYS: Mapping[RightOutcome, str] = {"upheld": "objection_upheld", "restricted": "restriction"}
_TAKEN: Mapping[Right, RecallReason] = {"restriction": "restricted", "rectification": "disputed"}
_DECIDED: Mapping[tuple[Right, RightOutcome], RecallReason] = {
    ("restriction", "lifted"): "unrestricted",
    ("restriction", "withdrawn"): "unrestricted",
    ("rectification", "corrected"): "corrected",
    ("rectification", "statement_added"): "statement_added",
    ("rectification", "refused"): "unchanged",
    ("rectification", "withdrawn"): "unchanged",
    ("erasure", "erased"): "erased",
}
REVIEW_MONTHS = 12
"""An upheld objection or a restriction is looked at again after a year, and never lapses by itself."""


@dataclass(frozen=True)
class Effect:
    """Whom it told: the agencies of earlier readers, or how many answers nobody was told of; their feeds' notices."""

    told: tuple[str, ...] = ()
    untold: int = 0
    notices: tuple[Notice, ...] = ()
    entry: str = ""
    """The register's entry, in hex; empty when there is none any more."""


@dataclass(frozen=True)
class Held:
    """The record a right is about, as this transaction has it; None when it is held no more."""

    record: Record | None
    traced: Sequence[Recall] = field(default=(), repr=False)
    """The answers that told of it, as read before the transaction (`needs_readers`)."""


def needs_readers(right: Right, outcome: RightOutcome | None) -> bool:
    """Whether earlier readers are told: then `recall.trace` has to be read before anybody waits."""
    return (right in _TAKEN) if outcome is None else ((right, outcome) in _DECIDED)


def take_effect(parts: Parts, tx: Tx, one: RightInUse, held: Held) -> Effect:
    """What taking it in does, or opening it again."""
    right, entry, more = one.matter.right, one.matter.entry, tuple[Notice, ...]()
    if (kind := _PENDING.get(right)) is not None:
        entry = _register(parts, tx, one, held, kind=kind)
        more = _others(parts, tx, one, held, entry=entry, kind="restriction_reaches") if not one.matter.entry else ()
    if right == "rectification":
        marks.put(tx.connection, parts.keyring, _record_id(one), mark="disputed", random=parts.random)
    effect = _tell(parts, tx, one, held, reason=_TAKEN.get(right))
    return replace(effect, entry=entry, notices=(*effect.notices, *more))


def settle(parts: Parts, tx: Tx, one: RightInUse, held: Held) -> Effect:
    """What its decision does."""
    right, outcome, entry, more = one.matter.right, one.matter.outcome, one.matter.entry, tuple[Notice, ...]()
    if right in _PENDING:
        stays = _STAYS.get(outcome) if outcome else None
        more = () if stays else _others(parts, tx, one, held, entry=entry, kind="restriction_over")
        entry = _register(parts, tx, one, held, kind=stays) if stays else _unregister(parts, tx, one)
    if right == "rectification" and outcome == "statement_added":
        marks.put(tx.connection, parts.keyring, _record_id(one), mark="statement", random=parts.random)
    elif right == "rectification":
        marks.remove(tx.connection, parts.keyring, _record_id(one))
    reason = _DECIDED.get((right, outcome)) if outcome else None
    effect = _tell(parts, tx, one, held, reason=reason)
    effect = replace(effect, entry=entry, notices=(*effect.notices, *more))
    if outcome == "erased" and held.record is not None:
        _erase(parts, tx, held.record, agency=one.agency)
    return effect


def refuse_held(tx: Tx, record: Record | None) -> None:
    """Raises `Conflict` where the record is held back from being destroyed; nobody sets such a hold meanwhile."""
    if record is not None and holds.among(tx.connection, [record.id], locked=True):
        hint = "lift the hold first, or refuse on the ground of `legal_claims`"
        raise Conflict("right-held", "the record is held back from being destroyed", hint=hint)


def _record_id(one: RightInUse) -> bytes:
    return bytes.fromhex(one.matter.record)


def _register(parts: Parts, tx: Tx, one: RightInUse, held: Held, *, kind: str) -> str:
    """Sets or renews the register's entry. Of a record that is held no more, what was set when it was stays."""
    known = _entries(parts, tx, one)
    if held.record is not None:
        was = known[0].points if known else frozenset()
        points, ref = with_what_was(parts, without_addresses(parts, held.record.points()), was), held.record.ref
    elif known:
        points, ref = known[0].points, known[0].ref
    else:
        return ""
    entry_id = known[0].id if known else parts.random(16)
    entry = protections.Entry(entry_id, kind, one.matter.source, _by(one), _review_by(one), points, ref)
    protections.put(tx.connection, parts.keysets, [entry], random=parts.random)
    _note(parts, tx, one, entry, act="renewed" if known else "set")
    return entry_id.hex()


def _unregister(parts: Parts, tx: Tx, one: RightInUse) -> str:
    for entry in _entries(parts, tx, one):
        protections.remove(tx.connection, parts.keysets, [entry.id])
        _note(parts, tx, one, entry, act="lifted")
    return ""


def _entries(parts: Parts, tx: Tx, one: RightInUse) -> list[protections.Entry]:
    """The register's entry, unless two people have lifted it there."""
    wanted = [bytes.fromhex(one.matter.entry)] if one.matter.entry else []
    return [entry for entry in protections.read(tx.connection, parts.keysets, wanted) if not entry.is_lifted]


def _others(parts: Parts, tx: Tx, one: RightInUse, held: Held, *, entry: str, kind: FeedKind) -> tuple[Notice, ...]:
    """The other controllers whose records a restriction reaches, or no longer does, are told so."""
    if one.matter.right != "restriction" or not entry or is_kept_away(parts, tx, held.record):
        return ()
    found = protections.read(tx.connection, parts.keysets, [bytes.fromhex(entry)])
    return tell_others(parts, tx, one, found[0].points, kind=kind) if found else ()


def _by(one: RightInUse) -> tuple[str, ...]:
    return (one.matter.staff, *([one.matter.reviewer] if one.matter.reviewer else []))


def _review_by(one: RightInUse) -> dt.date:
    """A year after it was decided; while it waits, a month after it should be."""
    due = last_day(dt.datetime.fromtimestamp(one.due, dt.UTC))
    return month_due(due, REVIEW_MONTHS if one.matter.outcome else 1)


def _note(parts: Parts, tx: Tx, one: RightInUse, entry: protections.Entry, *, act: str) -> None:
    stamp, review_by = parts.stamp(one.agency), entry.review_by.isoformat()
    event = protect_event(stamp, act, review_by=review_by, kind=entry.kind, made_by=_by(one))
    tx.audit(parts.entry(event))


def _tell(parts: Parts, tx: Tx, one: RightInUse, held: Held, *, reason: RecallReason | None) -> Effect:
    """Keeps a notice for every answer that told of the record."""
    if reason is None:
        return Effect()
    verdicts.hold_answers(tx.connection)
    found = recall.relied_on(parts, tx, frozenset({_record_id(one)}), traced=held.traced)
    others = {answer.agency for answer in found} - {one.agency}
    if is_kept_away(parts, tx, held.record):
        # That there were readers who are not told would tell of a protection which another agency set.
        known = held.record is not None and is_guarded_by(parts, tx.connection, [held.record], agency=one.agency)
        return Effect(untold=len([answer for answer in found if answer.agency != one.agency]) if known else 0)
    made = [replace(answer, reason=reason, cause=one.id.hex()) for answer in found]
    recall.keep(parts, tx, made)
    notices = tuple(Notice(answer.agency, "answer_recalled", spoken_reference(answer.answer)) for answer in made)
    return Effect(told=_named(parts, found, others), notices=notices)


def _named(parts: Parts, found: Sequence[Recall], others: Set[str]) -> tuple[str, ...]:
    """Those of the readers of whom the record's own agency may hear today: none by looks under an embargo alone.

    They all get their notice. What a look was for is not known here, so that any embargo on the reader's looks counts.
    """
    embargoes, today = parts.policies.embargoes, london_date(parts.now())
    days = [(one.agency, london_date(dt.datetime.fromtimestamp(one.asked_at, dt.UTC))) for one in found]
    named = {agency for agency, on in days if embargoes.told_at_latest(asker=agency, on=on) <= today}
    return tuple(sorted(others & named))


def is_kept_away(parts: Parts, tx: Tx, record: Record | None) -> bool:
    """Whether the person's whereabouts are protected by now, whoever said so; of a record that is gone, when unsure."""
    if record is None:
        return True
    [kinds] = protections.kinds_for(tx.connection, parts.keysets, [record.points()])
    return bool(kinds & KEPT_AWAY)


def is_guarded_by(parts: Parts, connection: Connection, some: Sequence[Record], *, agency: str) -> bool:
    """Whether `agency` itself has said that the whereabouts of one of these people are protected."""
    own = parts.trust.agency(agency).sources
    found = protections.entries_for(connection, parts.keysets, [one.points() for one in some])
    return any(entry.source in own and entry.kind in KEPT_AWAY for entries in found for entry in entries)


def _erase(parts: Parts, tx: Tx, record: Record, *, agency: str) -> None:
    deliveries.lock_source(tx.connection, record.source)
    labels.remove(tx.connection, parts.keysets, [(record.source, record.id, record.points())])
    records.close(tx.connection, [record.id])
    note_erased(parts, tx, [record.id], source=record.source, agency=agency)
    marks.put(tx.connection, parts.keyring, record.id, mark="erased", random=parts.random)
