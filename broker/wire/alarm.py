"""Broker -> agency: the alarms of one day about its own staff's questions.

    {"v":1,"agency":"council","day":"2026-11-22","alarms":[{"v":1,"leaf":"...","proof":"...","disclosures":["..."]}]}

Each alarm is its own leaf of the audit log with everything private in it shown: `rule`, `count`, and `staff`, which is
the agency's own pseudonym. It names nobody who was asked about.
"""

from __future__ import annotations

from typing import Literal

from broker.wire.answer import ReceiptLeaf
from broker.wire.fields import Date, Slug, Wire


class Alarms(Wire):
    """The `alarm` events of one agency on one UTC day, oldest first."""

    v: Literal[1]
    agency: Slug
    day: Date
    alarms: tuple[ReceiptLeaf, ...]
