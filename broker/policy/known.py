"""Who said a fact, and as of which day. It stands beside the facts in every audit row and decides nothing itself.

    match@2026-11-22: match; record@2026-11-20: age deceased risk! wishes; register@2026-11-22: objection protection

A fact with `!` was older than the vocabulary lets it be (`fresh_for`) and was taken as unknown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from broker.policy.days import before

Origin = Literal["asker", "match", "record", "register"]
"""The asker's agency in its signed assertion; the comparison for this question; the record's source, in the record; the
broker's register of protections."""


@dataclass(frozen=True)
class Known:
    """One fact: its value, None for unknown, who said so, and the day of which they said it."""

    value: str | None
    origin: Origin
    as_of: dt.date
    is_stale: bool = False

    def unless_stale(self, fresh_for: str | None, *, on: dt.date) -> Known:
        """The same, or unknown where it is older than the period `fresh_for` on the day `on`."""
        if fresh_for is None or self.as_of >= _oldest(on, fresh_for):
            return self
        return replace(self, value=None, is_stale=True)


def spelt(known: Mapping[str, Known]) -> str:
    """Origins, days and facts as they stand in an audit row: sorted, so that equal knowledge is spelt alike."""
    groups: dict[tuple[str, dt.date], list[str]] = {}
    for name in sorted(known):
        one = known[name]
        groups.setdefault((one.origin, one.as_of), []).append(f"{name}!" if one.is_stale else name)
    return "; ".join(f"{origin}@{day}: {' '.join(names)}" for (origin, day), names in sorted(groups.items()))


@lru_cache(maxsize=256)
def _oldest(on: dt.date, period: str) -> dt.date:
    return before(on, period)
