"""Desk -> broker: somebody was told a reference on the telephone. Broker -> desk: which look-up that is.

    POST /v1/landings   a desk key
    {"v":1,"staff":"…","reference":"7ZQF-1K0M-R"}
    {"v":1,"reference":"7ZQF-1K0M-R","asked_at":1795347000,"asker":"council","role":"council.social_worker",
     "purpose":"child_safeguarding","records":[["…"],["…","…"]],"receipt":{…}}

Both agencies land on the same people, and neither says a name. Only the agency that asked and those of whose records
the answer openly told get this; to all others there is no such answer.
"""

from __future__ import annotations

from typing import Literal

from broker.wire.answer import ReceiptLeaf
from broker.wire.challenge import Reference
from broker.wire.fields import Bytes16, Dotted, Pseudonym, Seconds, Slug, Wire


class LandingRequest(Wire):
    """`staff` is the agency's own pseudonym of who was told the reference."""

    v: Literal[1]
    staff: Pseudonym
    reference: Reference


class Landing(Wire):
    """`records` are the reader's own, by their references, for each person of the answer of whom they have any."""

    v: Literal[1]
    reference: str
    asked_at: Seconds
    asker: Slug
    role: Dotted
    purpose: Slug
    records: tuple[tuple[Bytes16, ...], ...]
    receipt: ReceiptLeaf
