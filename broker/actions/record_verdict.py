"""A person says that two records are, or are not, about the same person. It holds from the next question on.

Of two that are not, every earlier answer that told of them as one person's is recalled in the same transaction.
"""

from __future__ import annotations

from broker.actions.open_pair import open_pair, tags_of, told_together
from broker.actions.publish_checkpoint import prove
from broker.actions.recall import recall, trace
from broker.audit.act_events import verdict_event
from broker.errors import NotAllowed
from broker.keys.handles import Shown
from broker.parts import Parts
from broker.store import auditlog, deliveries, reviews, verdicts
from broker.store.engine import Released
from broker.store.reviews import Review
from broker.wire.verdict import VerdictReceipt, VerdictRequest

_REMEMBERED = 86_400


def record_verdict(
    parts: Parts, said: VerdictRequest, *, agency: str, by_reviewer: bool = False
) -> Released[VerdictReceipt]:
    """Stores a verdict in place of an earlier one on the same pair; `by_reviewer` when a review key signed it.

    Raises `BadInput` for handles that were not given to this agency in one recent answer or are of one record,
    `NotAllowed` for joining two people, or confirming what is only probable, without having reviewed it, and
    `Conflict` when repeated.
    """
    if said.agency != agency:
        raise NotAllowed(
            "agency-differs", "the verdict names another agency than the one that signed it", field="agency"
        )
    now = parts.now()
    one, other = open_pair(parts, said.one, said.other, agency=agency)
    if said.verdict == "same" and not _is_one_person(parts, one, other):
        reviewed = Review(agency, said.staff, one.answer, tags_of(parts, one, other))
        # Or one person could make a probable match certain for themselves, or twins one for everybody: a review is
        # never the asker's own, and never of two people.
        if not (by_reviewer and _was_told(parts, reviewed)):
            hint = "a colleague who reviews matches can, once they have seen how the two agree: `broker-agency review`"
            raise NotAllowed("verdict-needs-review", "only a reviewer may confirm a match to be checked", hint=hint)
    pair = frozenset((one.record_id, other.record_id))
    parted = said.verdict == "not_the_same"
    traced = trace(parts, pair) if parted else []
    with parts.store.begin() as tx:
        verdicts.hold_answers(tx.connection)
        at = int(now.timestamp())
        deliveries.spend(tx.connection, "verdict", said.id, expires=at + _REMEMBERED, now=at)
        verdicts.put(tx.connection, parts.keyring, pair, verdict=said.verdict, nonce=parts.random(12))
        stamp = parts.stamp(agency, at=now)
        entry = parts.entry(verdict_event(stamp, said.verdict, staff=said.staff))
        tx.audit(entry)
        if parted:
            recall(parts, tx, pair, traced=traced, verdict=entry.id)
        held = tx.release(entry.id)
    [proven] = prove(parts, [held.released().value])
    return parts.store.recorded(VerdictReceipt(v=1, leaf=proven.leaf, proof=proven.proof), entry.id)


def _is_one_person(parts: Parts, one: Shown, other: Shown) -> bool:
    """Whether the answer told of both records, for certain, as one person's."""
    if not (one.is_certain and other.is_certain):
        return False
    with parts.store.look() as connection:
        shown = auditlog.disclosures(connection, parts.keyring, one.answer)
    return told_together(shown, tags_of(parts, one, other))


def _was_told(parts: Parts, review: Review) -> bool:
    with parts.store.look() as connection:
        return reviews.holds(connection, parts.keyring, review, now=int(parts.now().timestamp()))
