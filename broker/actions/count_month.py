"""How often sharing was used in a month, for everybody to read: counts of the audit log, small ones not told.

A count from 1 to 7 is "fewer than 8", and others are rounded to the nearest 5, each by itself: a total is made of the
true counts and rounded then, so that nobody can take one from another and learn a small one.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from threading import Lock

from broker.parts import Parts
from broker.store import auditread

SMALL = 8
MOST = 12
"""Months that are counted."""
_STEP = 5
_TYPES = ("answer", "challenge", "emergency", "right")


@dataclass(frozen=True)
class Month:
    """The true counts of one month (2026-10): look-ups by purpose and by agency, others by what happened."""

    name: str
    by_purpose: Mapping[str, int]
    by_agency: Mapping[str, int]
    others: Mapping[str, int]

    @property
    def looked_up(self) -> int:
        """All look-ups."""
        return sum(self.by_purpose.values())


def count_month(parts: Parts, name: str, *, until: str) -> Month:
    """Counts the events from the first of the month `name` on and before the day `until`, by their headers alone."""
    purposes, agencies, others = Counter[str](), Counter[str](), Counter[str]()
    with parts.store.look() as connection:
        for typ in _TYPES:
            events = map(json.loads, auditread.leaves_of(connection, typ, since=name))
            for event in takewhile(lambda one: one["t"] < until, events):
                if typ == "answer":
                    purposes[event["purpose"]] += 1
                    agencies[event["org"]] += 1
                else:
                    others[f"{typ} {event['act']}"] += 1
    return Month(name, dict(purposes), dict(agencies), dict(others))


def told(count: int) -> str:
    """A count as it is published: none, fewer than 8, or rounded to the nearest 5."""
    if count == 0:
        return "none"
    if count < SMALL:
        return f"fewer than {SMALL}"
    return f"{rounded(count):,}"


def rounded(count: int) -> int:
    """A count to the nearest 5."""
    # In whole numbers: rounding halves to even would let 12 and 13 differ from what is said.
    return (2 * count + _STEP) // (2 * _STEP) * _STEP


class Months:
    """The months that are over, the latest first. One request counts at most one month that nobody has counted yet."""

    def __init__(self) -> None:
        self._known: dict[str, Month] = {}
        self._lock = Lock()

    def read(self, parts: Parts) -> list[Month]:
        """What is counted by now. Raises what the database does."""
        wanted = _months_before(parts.now().date())
        missing = [name for name in wanted if name not in self._known]
        # Whoever comes while somebody counts sees what is counted, and does not wait.
        if missing and self._lock.acquire(blocking=False):
            try:
                until = parts.now().date().replace(day=1).isoformat()[:7]
                following = [until, *wanted]
                name = missing[0]
                self._known[name] = count_month(parts, name, until=following[wanted.index(name)])
            finally:
                self._lock.release()
        return [self._known[name] for name in wanted if name in self._known]


def _months_before(today: dt.date) -> list[str]:
    found, first = list[str](), today.replace(day=1)
    for _ in range(MOST):
        first = (first - dt.timedelta(days=1)).replace(day=1)
        found.append(first.isoformat()[:7])
    return found
