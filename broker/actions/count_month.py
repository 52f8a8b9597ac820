"""How often sharing was used in a month, for everybody to read: counts of the audit log, small ones not told.

A count from 1 to 7 is "fewer than 8", and others are rounded to the nearest 5, each by itself: a total is made of the
true counts and rounded then, so that nobody can take one from another and learn a small one.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile

from broker.parts import Parts
from broker.store import auditread

SMALL = 8
_STEP = 5
_TYPES = ("answer", "challenge", "emergency", "right")


@dataclass(frozen=True)
class Month:
    """The true counts of one month (2026-10): look-ups by their purpose, and other things by what happened."""

    name: str
    by_purpose: Mapping[str, int]
    others: Mapping[str, int]

    @property
    def looked_up(self) -> int:
        """All look-ups."""
        return sum(self.by_purpose.values())


def count_month(parts: Parts, name: str, *, until: str) -> Month:
    """Counts the events from the first of the month `name` on and before the day `until`, by their headers alone."""
    purposes, others = Counter[str](), Counter[str]()
    with parts.store.look() as connection:
        for typ in _TYPES:
            events = map(json.loads, auditread.leaves_of(connection, typ, since=name))
            for event in takewhile(lambda one: one["t"] < until, events):
                if typ == "answer":
                    purposes[event["purpose"]] += 1
                else:
                    others[f"{typ} {event['act']}"] += 1
    return Month(name, dict(purposes), dict(others))


def told(count: int) -> str:
    """A count as it is published: none, fewer than 8, or rounded to the nearest 5."""
    if count == 0:
        return "none"
    if count < SMALL:
        return f"fewer than {SMALL}"
    # In whole numbers: rounding halves to even would let 12 and 13 differ from what is said.
    return f"{(2 * count + _STEP) // (2 * _STEP) * _STEP:,}"
