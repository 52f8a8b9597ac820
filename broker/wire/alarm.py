"""Broker -> agency: the alarms of one day about its own staff's questions, and what the broker counted.

    {"v":1,"agency":"council","day":"2026-11-22","alarms":[{"v":1,"leaf":"...","proof":"...","disclosures":["..."]}],
     "answers":212,"grants":[]}

Each alarm is its own leaf of the audit log with everything private in it shown: `rule`, `count`, and `staff`, which is
the agency's own pseudonym. It names nobody who was asked about. `answers` are the cover leaves of the day, and `grants`
those by which two people allow more on it: the agency holds both against what the linkage unit says.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from broker.wire.answer import ReceiptLeaf
from broker.wire.fields import Date, Slug, Wire
from broker.wire.quota import QuotaTerms


class Alarms(Wire):
    """The `alarm` events of one agency on one UTC day, oldest first, how many answers it got, and under which leave."""

    v: Literal[1]
    agency: Slug
    day: Date
    alarms: tuple[ReceiptLeaf, ...]
    answers: Annotated[int, Field(ge=0)]
    grants: tuple[QuotaTerms, ...]
