"""A question's bytes -> who asks, for what, and the points to look up.

Each step may rely on the ones before:

    1. the ticket and the person assertion are signed by a desk key of the agency that signed the request
    2. the ticket is not older than 60 seconds and not from the future
    3. the ticket names this very evidence envelope, which is under keys of now
    4. the scheme is the one in use, and every match-key number is one of its own
    5. the linkage unit signed the evaluation, for this agency and this ticket, to ask
    6. the mask opens, and every point is a point
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from broker.actions.check_envelope import check_envelopes
from broker.actions.unmask import unmasked
from broker.errors import BadInput, NotAllowed, Untrusted
from broker.keys import context, signing
from broker.linkage.compare import Points
from broker.parts import Parts
from broker.policy.days import london_date
from broker.policy.facts import Requester, asserted
from broker.wire.fields import Wire
from broker.wire.question import Question, check_of_now


@dataclass(frozen=True)
class Checked:
    question: Question
    requester: Requester
    at: dt.datetime
    """When it was asked, in whole seconds."""
    points: Points = field(repr=False)


def check(parts: Parts, question: Question, *, agency: str) -> Checked:
    """Raises `BadInput`, `NotAllowed` or `Untrusted` when the question can't be taken, whoever it is about."""
    ticket, assertion = question.ticket, question.assertion
    if ticket.agency != agency:
        raise NotAllowed("agency-differs", "the ticket names another agency than the one that signed the request")
    desks = parts.trust.signing_keys(agency, "ask")
    _by_one_of(desks, ticket, context.TICKET)
    _by_one_of(desks, assertion, context.ASSERTION)

    now = int(parts.now().timestamp())
    check_of_now(ticket, now, hint="ask again")
    if hashlib.sha256(question.evidence).hexdigest() != ticket.envelope:
        raise Untrusted("envelope-differs", "the ticket was made for another evidence envelope")
    check_envelopes(parts, question)

    numbers = {match_key.number for match_key in parts.scheme.match_keys}
    if question.scheme != parts.scheme.digest.hex() or any(token.number not in numbers for token in question.tokens):
        raise BadInput("scheme-unknown", "the match keys were made with another scheme", hint="upgrade the desk")
    masked = [token.point for token in question.tokens]
    points = unmasked(parts, question.evaluation, masked, agency=agency, use="ask")
    requester = Requester(
        agency=agency,
        role=assertion.role,
        purpose=ticket.purpose,
        training_on=assertion.training_on,
        relation=assertion.relation,
        break_glass=question.emergency is not None,
    )
    requester = asserted(requester, on=london_date(parts.now()))
    numbered = frozenset((token.number, point) for token, point in zip(question.tokens, points, strict=True))
    return Checked(question, requester, parts.now().replace(microsecond=0), numbered)


def _by_one_of(keys: list[Ed25519PublicKey], statement: Wire, label: bytes) -> None:
    for key in keys:
        try:
            signing.verify(statement, label, public_key=key)
            return
        except Untrusted:
            continue
    raise Untrusted("signature-invalid", "the ticket or the person assertion is not signed by a desk key of the agency")
