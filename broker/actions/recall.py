"""A mistaken link is traced to every answer that relied on it; every earlier reader gets a notice that names nothing.

An answer keeps, sealed beside its cover leaf, which records it told of as one person's (`together`), each under a tag
that means nothing outside that answer. Two records that a person parted are looked for under their tags in every
answer, also under those of an earlier version. Answers from long ago are read before anybody has to wait; while the
verdict is being recorded no answer is under way, and the latest are read then, so that none is missed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import Connection

from broker.actions.publish_checkpoint import prove
from broker.audit.act_events import recall_event
from broker.audit.disclosures import reveal
from broker.audit.events import instant
from broker.parts import Parts
from broker.policy.days import london_date
from broker.store import auditlog, auditread, recalls
from broker.store.engine import Released, Tx
from broker.store.recalls import Recall
from broker.store.verdicts import Pair
from broker.wire import recall as wire
from broker.wire.reference import spoken_reference

_UNDER_WAY = dt.timedelta(hours=1)
"""No answer takes longer from its time stamp to its commit, by far."""


def trace(parts: Parts, pair: Pair) -> list[Recall]:
    """The answers so far that told of all records of `pair` as one person's, as they would be recalled now."""
    with parts.store.look() as connection:
        return list(_traced(parts, connection, pair, since=""))


def recall(parts: Parts, tx: Tx, pair: Pair, *, traced: Iterable[Recall], verdict: bytes) -> None:
    """Recalls what `trace` found and what was answered since, in the verdict's own transaction.

    The caller has called `verdicts.hold_answers`. One event for each notice; an answer whose notice still waits to be
    read gets no second one.
    """
    keep(parts, tx, relied_on(parts, tx, pair, traced=traced), verdict=verdict.hex())


def relied_on(parts: Parts, tx: Tx, ids: Pair, *, traced: Iterable[Recall]) -> list[Recall]:
    """What `trace` found and what was answered since, by the answers' ids. `verdicts.hold_answers` was called."""
    since = instant(parts.now() - _UNDER_WAY)
    found = {one.answer: one for one in (*traced, *_traced(parts, tx.connection, ids, since=since))}
    return [found[answer] for answer in sorted(found)]


def keep(parts: Parts, tx: Tx, found: Iterable[Recall], *, verdict: str = "") -> None:
    """Keeps notices, each with its event, where the same one does not wait to be read already."""
    for one in found:
        if recalls.put(tx.connection, parts.keyring, one, random=parts.random):
            stamp = parts.stamp("broker")
            event = recall_event(stamp, "made", answers=[one.answer.hex()], verdict=verdict, right=one.cause)
            tx.audit(parts.entry(event))


def read_recalls(parts: Parts, *, agency: str) -> Released[wire.Recalls]:
    """An agency's notices, all of them each time; that it was handed them is an event of the audit log."""
    with parts.store.begin() as tx:
        held = recalls.of(tx.connection, parts.keyring, agency)
        recalls.mark_read(tx.connection, agency, now=int(parts.now().timestamp()))
        new = sorted(one.answer.hex() for one in held if not one.is_read)
        event = recall_event(parts.stamp(agency), "read", answers=new)
        entry = parts.entry(event)
        tx.audit(entry)
        waiting = tx.release(entry.id)
    [proven] = prove(parts, [waiting.released().value])
    notices = tuple(map(_notice, held))
    told = wire.Recalls(v=1, agency=agency, recalls=notices, leaf=proven.leaf, proof=proven.proof)
    return parts.store.recorded(told, entry.id)


def _traced(parts: Parts, connection: Connection, pair: Pair, *, since: str) -> Iterable[Recall]:
    now = int(parts.now().timestamp())
    for answer, t, agency, sealed in auditread.answers_since(connection, since):
        shown = auditlog.opened_details(parts.keyring, answer, sealed)
        if "together" not in shown:  # An answer of an earlier version, which did not keep it.
            continue
        _, together = reveal(shown["together"])
        tags = {*recalls.together_tags(parts.keyring, answer, sorted(pair))}
        earlier = {recalls.trace_tag(parts.keyring, answer, record_id) for record_id in pair}
        if any(tags <= set(person) or earlier <= set(person) for person in together):
            (_, staff), (_, case_reference) = reveal(shown["staff"]), reveal(shown["case_reference"])
            asked_at = int(dt.datetime.fromisoformat(t).timestamp())
            yield Recall(answer, agency, staff, case_reference, asked_at, recalled_at=now)


def _notice(held: Recall) -> wire.Recall:
    return wire.Recall(
        reference=spoken_reference(held.answer),
        day=london_date(dt.datetime.fromtimestamp(held.asked_at, dt.UTC)),
        reason=held.reason,
        to_do=wire.TO_DO[held.reason],
        staff=held.staff,
        case_reference=held.case_reference or None,
        recalled_at=held.recalled_at,
        is_new=not held.is_read,
    )
