"""A reviewer sees how far two records of an answer agree, field by field; the asker never does.

1. two handles of one recent answer, given to the reviewer's own agency
2. somebody else than the reviewer asked: nobody learns why their own question matched
3. both records were told of as one person's, are still held, and no protection is or was held for that person
4. the ticket is a review key's, of now, for exactly these two envelopes
5. the linkage unit counts and answers
6. count, record who was told about which pair, commit, publish, then tell

`begin_review` takes the first three steps and gives the digests that the ticket must name, `explain_pair` all six. What
step 3 refuses is refused in the same words whatever the reason, so that a protection does not show; it is counted and
recorded like what is told.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from broker.actions.open_pair import HANDLE_SECONDS, open_pair, tags_of, told_together
from broker.actions.publish_checkpoint import prove
from broker.audit.act_events import review_event
from broker.audit.disclosures import reveal
from broker.errors import BadInput, NotAllowed, Untrusted
from broker.keys import context, signing
from broker.parts import Parts
from broker.peers.explanation import UNUSABLE, explanation
from broker.store import auditlog, deliveries, protections, records, reviews
from broker.store.engine import Entry, Released
from broker.store.reviews import Review
from broker.wire.answer import ReceiptLeaf
from broker.wire.comparison import ExplainAnswer, ReviewTicket
from broker.wire.question import check_of_now
from broker.wire.review import Explained, ExplainedRequest, ReviewPair, ReviewRequest

_REMEMBERED = 86_400


@dataclass(frozen=True)
class _Case:
    """What is to be explained: the sealed evidence of both records, in the order asked, and the names they go by."""

    review: Review
    envelopes: tuple[bytes, bytes] = field(repr=False)

    @property
    def digests(self) -> tuple[str, str]:
        one, other = (hashlib.sha256(envelope).hexdigest() for envelope in self.envelopes)
        return one, other


def begin_review(parts: Parts, asked: ReviewRequest, *, agency: str) -> Released[ReviewPair]:
    """The digests for a review ticket.

    Raises `BadInput` for handles that will not do, `NotAllowed` for a pair or a reviewer that may not be, `Conflict`
    when repeated, `QuotaReached`.
    """
    case = _case(parts, asked, agency=agency)
    now = int(parts.now().timestamp())
    entry = _entry(parts, "asked", case.review, asked.id)
    with parts.store.begin() as tx:
        deliveries.spend(tx.connection, "review", asked.id, expires=now + _REMEMBERED, now=now)
        tx.audit(entry)
        held = tx.release(case.digests)
    released, receipt = held.released(), _receipt(parts, entry)
    return released.map(lambda digests: ReviewPair(v=1, envelopes=digests, receipt=receipt))


def explain_pair(parts: Parts, asked: ExplainedRequest, *, agency: str) -> Released[Explained]:
    """How far the two records agree. Raises as `begin_review` does, `Untrusted` for a ticket that is not a review
    key's, and `Unavailable` when the linkage unit gives no answer that can be believed."""
    case = _case(parts, asked.review, agency=agency)
    _check_ticket(parts, asked, case)
    told = _explained(parts, asked, case)
    now = parts.now()
    at = int(now.timestamp())
    entry = _entry(parts, "explained", case.review, asked.review.id)
    with parts.store.begin() as tx:
        deliveries.spend(tx.connection, "ticket", asked.ticket.id, expires=at + _REMEMBERED, now=at)
        deliveries.charge_review(tx.connection, agency, now.date(), parts.settings.reviews_per_day)
        reviews.keep(tx.connection, parts.keyring, case.review, expires=at + HANDLE_SECONDS, now=at)
        tx.audit(entry)
        held = tx.release(told)
    released, receipt = held.released(), _receipt(parts, entry)
    return released.map(lambda answer: Explained(v=1, explanation=answer, receipt=receipt))


def _case(parts: Parts, asked: ReviewRequest, *, agency: str) -> _Case:
    if asked.agency != agency:
        raise NotAllowed("agency-differs", "the review names another agency than the one that signed", field="agency")
    one, other = open_pair(parts, asked.one, asked.other, agency=agency)
    with parts.store.look() as connection:
        parts = parts.at(connection)
        deliveries.refuse_reviewed(connection, agency, parts.now().date(), parts.settings.reviews_per_day)
        shown = auditlog.disclosures(connection, parts.keyring, one.answer)
        if reveal(shown["staff"])[1] == asked.staff:
            hint = "a colleague who reviews matches can, with --as"
            raise NotAllowed("review-own-answer", "whoever asked does not review the answer", hint=hint)
        tags = tags_of(parts, one, other)
        together = told_together(shown, tags)
        sources = parts.policies.vocabulary.sources
        held = {
            row.id: records.opened(row, parts.keysets, sources[row.source].agency)
            for row in records.by_ids(connection, [one.record_id, other.record_id])
        }
        people = [record.points() for record in held.values()]
        protected = any(protections.kinds_for(connection, parts.keysets, people))
    review = Review(agency, asked.staff, one.answer, tags)
    if not together or len(held) != 2 or protected or not (one.is_explainable and other.is_explainable):
        raise _refused(parts, review, asked)
    return _Case(review, (held[one.record_id].evidence(), held[other.record_id].evidence()))


def _check_ticket(parts: Parts, asked: ExplainedRequest, case: _Case) -> None:
    ticket, now = asked.ticket, int(parts.now().timestamp())
    _by_a_review_key(parts, ticket, case.review.agency)
    if (ticket.id, ticket.agency) != (asked.review.id, case.review.agency) or ticket.envelopes != case.digests:
        # Also where a record was posted anew since: the digest is of another version then.
        raise BadInput("envelope-differs", "the ticket was made for another pair", hint="begin the review again")
    check_of_now(ticket, now, hint="begin the review again")


def _by_a_review_key(parts: Parts, ticket: ReviewTicket, agency: str) -> None:
    for key in parts.trust.signing_keys(agency, "review"):
        try:
            signing.verify(ticket, context.REVIEW_TICKET, public_key=key)
            return
        except Untrusted:
            continue
    raise Untrusted("signature-invalid", "the ticket is not signed by a review key of the agency")


def _explained(parts: Parts, asked: ExplainedRequest, case: _Case) -> ExplainAnswer:
    try:
        return explanation(parts.linkage_unit, asked.ticket, case.envelopes)
    except NotAllowed as error:
        if error.code != UNUSABLE:
            raise
    raise _refused(parts, case.review, asked.review)


def _refused(parts: Parts, review: Review, asked: ReviewRequest) -> NotAllowed:
    """The refusal, counted and in the log: whoever tries pair after pair learns from it whom something is kept from."""
    with parts.store.begin() as tx:
        deliveries.charge_review(tx.connection, review.agency, parts.now().date(), parts.settings.reviews_per_day)
        tx.audit(_entry(parts, "refused", review, asked.id))
    hint = "only what was told of one person can be, and not of everybody; why is not told"
    return NotAllowed("review-refused", "how these two agree can't be explained", hint=hint)


def _entry(parts: Parts, act: str, review: Review, ticket: bytes) -> Entry:
    stamp = parts.stamp(review.agency)
    about = {"answer": review.answer.hex(), "ticket": ticket.hex()}
    event = review_event(stamp, act, staff=review.staff, pair=sorted(review.tags), **about)
    return parts.entry(event)


def _receipt(parts: Parts, entry: Entry) -> ReceiptLeaf:
    [proven] = prove(parts, [entry.id])
    return ReceiptLeaf(v=1, leaf=proven.leaf, proof=proven.proof, disclosures=tuple(entry.disclosures.values()))
