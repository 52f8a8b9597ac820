"""How long the log keeps the details of its events, class by class, and which classes there are.

    answers     72 months    who asked what and why, what was told and refused, and what people said about it
    decisions  120 months    what was posted, protected, corrected, erased, held and decided about records
    alarms      24 months    whose questions looked like a walk through guesses
    system      for ever     starts, keys, agreements and their signatures: nothing about people

Leaves stay longer than their details, and the tree stays for ever. Six years are the time in which somebody can go to
court over a disclosure (Limitation Act 1980, section 2). A type never moves from one class to another: the keys of its
details, and what a verifier counts, depend on it. A type that is not named is an answer's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType

MONTHS: Mapping[str, int | None] = MappingProxyType({"answers": 72, "decisions": 120, "alarms": 24, "system": None})
"""For how many months after the month of an event its details are kept; None for ever."""

_TYPES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "decisions": frozenset(
            {"ingest", "close", "retract", "protect", "pause", "verdict", "run", "quality", "right", "dispose", "hold"}
        ),
        "alarms": frozenset({"alarm"}),
        "system": frozenset(
            {"start", "policy", "key", "keys", "admin", "index", "witness", "expire", "shred", "prune", "unproven"}
        ),
    }
)


_CLASS_OF: Mapping[str, str] = {typ: name for name, types in _TYPES.items() for typ in types}


def class_of(typ: str) -> str:
    """The class of the details of events of this type."""
    return _CLASS_OF.get(typ, "answers")


def types_of(kept: str) -> tuple[frozenset[str], bool]:
    """The types of a class, and whether it has all but these."""
    if kept in _TYPES:
        return _TYPES[kept], False
    return frozenset().union(*_TYPES.values()), True


def month_of(t: str) -> str:
    """The month, like `2026-11`, of an instant as leaves write it."""
    return t[:7]


def runs_out(kept: str, month: str) -> dt.date | None:
    """The first day on which the details of a class and month are no longer kept; None when there is none."""
    months = MONTHS[kept]
    if months is None:
        return None
    year, number = int(month[:4]), int(month[5:7])
    after = year * 12 + number + months
    return dt.date(after // 12, after % 12 + 1, 1)
