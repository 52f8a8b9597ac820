"""A reviewer sees how far two services of one answer agree, field by field, and says whether they are one person.

1  the broker gives the digests of both records' sealed evidence, having checked the pair and noted who wants to know
2  this machine signs a ticket for exactly those two, with the agency's review key
3  the linkage unit compares, and what it signed is checked here before anybody sees it

Nothing of it is kept on this machine but the ticket's line in the journal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from broker.agency.acting import Acting
from broker.agency.broker_calls import read_list, record_once
from broker.agency.edges import Edges
from broker.agency.journal import Journal
from broker.agency.receipts import (
    KeptAnswer,
    KeptBlock,
    Reviewed,
    answer_purpose,
    check_event,
    check_explained,
    check_review,
)
from broker.agency.workspace import Workspace
from broker.keys import context, signing
from broker.keys.messages import RequestSigner
from broker.wire.comparison import ExplainAnswer, ReviewTicket
from broker.wire.question import TICKET_SECONDS
from broker.wire.recall import Recall, Recalls
from broker.wire.review import Explained, ExplainedRequest, ReviewPair, ReviewRequest
from broker.wire.verdict import VerdictReceipt, VerdictRequest

Pair = tuple[KeptBlock, KeptBlock]
Verdict = Literal["not_the_same", "same"]


def explain_pair(by: Acting, kept: KeptAnswer, pair: Pair) -> ExplainAnswer:
    """The linkage unit's word on the pair. Raises `Untrusted` unless it and both audit events are about this review."""
    place, edges = by.place, by.edges
    trust, signer = place.read_trust(), place.review_signer()
    asked = ReviewRequest(
        v=1, id=by.new_id(), agency=place.agency, staff=by.staff, one=pair[0].handle, other=pair[1].handle
    )
    expected = Reviewed(place.agency, by.staff, kept.reference, asked.id, edges.seconds())
    begun = record_once(place, edges, ReviewPair, signer=signer, path="/v1/reviews", body=asked)
    check_review(begun.receipt, expected, act="asked", trust=trust)
    ticket = _ticket(asked, begun, signer, purpose=answer_purpose(kept), now=edges.seconds())
    wanted = ExplainedRequest(v=1, review=asked, ticket=ticket)
    # The linkage unit counts it for our agency, and `reconcile` must know that it is ours.
    with Journal(place.state, edges.seconds).question(asked.id, purpose=ticket.purpose, at=ticket.issued):
        told = record_once(place, edges, Explained, signer=signer, path="/v1/explanations", body=wanted)
        check_review(told.receipt, expected, act="explained", trust=trust)
        check_explained(told.explanation, ticket, trust=trust)
    return told.explanation


def say_verdict(by: Acting, pairs: Sequence[Pair], said: Verdict) -> None:
    """Says of each pair that it is the same person or not: it holds for everybody from the next question on."""
    place, edges, trust = by.place, by.edges, by.place.read_trust()
    # Only a reviewer may confirm a match that is to be checked, and only with a review key.
    signer = place.review_signer() if said == "same" and place.reviews() else place.desk_signer()
    for one, other in pairs:
        asked = VerdictRequest(
            v=1, id=by.new_id(), agency=place.agency, staff=by.staff, one=one.handle, other=other.handle, verdict=said
        )
        receipt = record_once(place, edges, VerdictReceipt, signer=signer, path="/v1/verdicts", body=asked)
        expected = {"typ": "verdict", "org": place.agency, "verdict": said}
        check_event(receipt.leaf, receipt.proof, trust=trust, expected=expected)


def read_recalls(place: Workspace, edges: Edges) -> tuple[Recall, ...]:
    """Answers to us that told of two people as one, or of what has changed since. Raises `Untrusted`."""
    told = read_list(place, edges, Recalls, signer=place.desk_signer(), path="/v1/recalls")
    expected = {"typ": "recall", "act": "read", "org": place.agency}
    check_event(told.leaf, told.proof, trust=place.read_trust(), expected=expected)
    return told.recalls


def _ticket(asked: ReviewRequest, begun: ReviewPair, signer: RequestSigner, *, purpose: str, now: int) -> ReviewTicket:
    """Our leave to the linkage unit to explain these two envelopes, once and within a minute."""
    ticket = ReviewTicket(
        v=1,
        id=asked.id,
        agency=asked.agency,
        purpose=purpose,
        issued=now,
        expires=now + TICKET_SECONDS,
        envelopes=begun.envelopes,
        signature=signing.UNSIGNED,
    )
    return signing.sign(ticket, context.REVIEW_TICKET, signing_key=signer.private_key)
