"""A person says that two records are, or are not, about the same person. It holds from the next question on.

Of two that are not, every earlier answer that told of them as one person's is recalled in the same transaction.
"""

from __future__ import annotations

from broker.actions.publish_checkpoint import prove
from broker.actions.recall import recall, trace
from broker.audit.events import Stamp, verdict_event
from broker.errors import BadInput, NotAllowed
from broker.keys.handles import open_record_handle
from broker.parts import Parts
from broker.store import auditlog, deliveries, verdicts
from broker.store.engine import Released
from broker.wire.verdict import VerdictReceipt, VerdictRequest

_REMEMBERED = 86_400
_HANDLE_SECONDS = 3_600


def record_verdict(parts: Parts, said: VerdictRequest, *, agency: str) -> Released[VerdictReceipt]:
    """Stores a verdict in place of an earlier one on the same pair.

    Raises `BadInput` for handles that were not given to this agency in one recent answer or are of one record,
    `NotAllowed` for confirming what is only probable, `Conflict` when repeated.
    """
    if said.agency != agency:
        raise NotAllowed(
            "agency-differs", "the verdict names another agency than the one that signed it", field="agency"
        )
    now = parts.now()
    one, other = (
        open_record_handle(parts.keyring.involvement_key, agency, handle=handle) for handle in (said.one, said.other)
    )
    if one.answer != other.answer or now.timestamp() > one.at + _HANDLE_SECONDS:
        hint = "ask again, and say it within the hour"
        raise BadInput("handle-old", "the handles are not of one recent answer", field="other", hint=hint)
    if said.verdict == "same" and not (one.is_certain and other.is_certain):
        # Or one person could make a probable match certain for themselves.
        raise NotAllowed("verdict-needs-review", "only a reviewer may confirm a match that is to be checked")
    pair = frozenset((one.record_id, other.record_id))
    if len(pair) != 2:
        raise BadInput("verdict-on-one", "both handles are of the same record", field="other")
    parted = said.verdict == "not_the_same"
    traced = trace(parts, pair) if parted else []
    with parts.store.begin() as tx:
        verdicts.hold_answers(tx.connection)
        at = int(now.timestamp())
        deliveries.spend(tx.connection, "verdict", said.id, expires=at + _REMEMBERED, now=at)
        verdicts.put(tx.connection, parts.keyring, pair, verdict=said.verdict, nonce=parts.random(12))
        stamp = Stamp(parts.random(16).hex(), now, agency)
        entry = auditlog.entry(verdict_event(stamp, said.verdict, staff=said.staff), parts.keyring, random=parts.random)
        tx.audit(entry)
        if parted:
            recall(parts, tx, pair, traced=traced, verdict=entry.id)
        held = tx.release(entry.id)
    [proven] = prove(parts, [held.released().value])
    return parts.store.recorded(VerdictReceipt(v=1, leaf=proven.leaf, proof=proven.proof), entry.id)
