"""Broker -> agency: proof that values whose time was over were destroyed.

    GET /v1/disposals/{day}   from that UTC day on, by a delivery key

A certificate is the receipt of an event of the audit log: how many values of which item, and the agency's own
references of the records. It verifies offline, years later, as every receipt does.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from broker.wire.answer import ReceiptLeaf
from broker.wire.fields import Date, Slug, Wire

MOST = 200
"""Certificates in one answer."""


class Disposals(Wire):
    """The certificates from a day on, the oldest first; `more` says that there are others after these.

    `receipt` is of the event that says that they were read.
    """

    v: Literal[1]
    agency: Slug
    since: Date
    certificates: Annotated[tuple[ReceiptLeaf, ...], Field(max_length=MOST)]
    more: bool
    receipt: ReceiptLeaf
