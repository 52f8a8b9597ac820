"""The broker asks the linkage unit how the fields of one pair agree, under a reviewer's ticket, and passes it on.

What comes back is the linkage unit's signed word, which the reviewer's client checks again for itself.
"""

from __future__ import annotations

from broker.keys import context
from broker.peers.linkage_unit import RELAYED, LinkageUnit, check_same
from broker.wire.comparison import ExplainAnswer, ExplainRequest, ReviewTicket

UNUSABLE = "envelope-unusable"


def explanation(unit: LinkageUnit, ticket: ReviewTicket, envelopes: tuple[bytes, bytes]) -> ExplainAnswer:
    """The linkage unit's answer about these two envelopes.

    Raises `Unavailable` when there is none that verifies, `NotAllowed` with the code `envelope-unusable` when one of
    them can't be used, `Conflict` or `QuotaReached` as the unit says.
    """
    request = ExplainRequest(v=1, ticket=ticket, envelopes=envelopes)
    body = unit.send("/v1/explanations", request.model_dump_json().encode(), relayed=RELAYED | {UNUSABLE})
    answer = unit.verify(ExplainAnswer, body, label=context.EXPLANATION)
    said = (answer.ticket, answer.agency, answer.model, answer.envelopes)
    check_same(said, (ticket.id, ticket.agency, unit.trust.model, ticket.envelopes))
    return answer
