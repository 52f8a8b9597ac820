"""Which events of a log lost their details, by which later event of the same log, and whether that was right.

shred    a person decided, on a basis: the events are named by their places
expire   a class and month ran out: every event of that class and month before it
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from broker.audit.retention import MONTHS, class_of, month_of, runs_out
from broker.errors import Untrusted


@dataclass(frozen=True)
class Shredded:
    """So many events lost their details, authorised by the event at the place `by`, on a basis or as `expired`."""

    many: int
    by: int
    basis: str


def shredded_in(events: Iterable[Mapping[str, Any]], *, first: int = 0) -> tuple[Shredded, ...]:
    """Every event that authorises a loss, in order; `events` are those of the log from the place `first` on.

    Raises `Untrusted` for one that names what is not before it, or whose time was not over, or that miscounts.
    """
    found, counted = list[Shredded](), Counter[tuple[str, str]]()
    for place, event in enumerate(events, first):
        typ, t = event["typ"], event["t"]
        if typ == "shred":
            found.append(_shred(event, place))
        elif typ == "expire":
            many = _expired(event, place)
            # Of a log that was pruned nobody sees all of them any more.
            if not first and many != _count(counted, event["kept"], event["month"]):
                raise Untrusted("expire-count", "details of another number of events ran out", row=place)
            found.append(Shredded(many, place, "expired"))
        counted[typ, month_of(t)] += 1
    return tuple(found)


def _count(counted: Mapping[tuple[str, str], int], kept: str, month: str) -> int:
    return sum(many for (typ, of), many in counted.items() if of == month and class_of(typ) == kept)


def _shred(event: Mapping[str, Any], place: int) -> Shredded:
    entries = event.get("entries")
    if not (isinstance(entries, list) and entries and all(type(one) is int and one < place for one in entries)):
        raise Untrusted("shred-entries", "an event destroys details of events that are not before it", row=place)
    if entries != sorted(set(entries)) or not isinstance(event.get("basis"), str):
        raise Untrusted("shred-entries", "an event destroys details without a basis, or twice", row=place)
    return Shredded(len(entries), place, event["basis"])


def _expired(event: Mapping[str, Any], place: int) -> int:
    kept, month, many = event.get("kept"), event.get("month"), event.get("entries")
    if not isinstance(kept, str) or kept not in MONTHS or not isinstance(month, str) or not isinstance(many, int):
        raise Untrusted("expire-malformed", "an event lets details run out that there can't be", row=place)
    try:
        dt.date.fromisoformat(f"{month}-01")
    except ValueError:
        raise Untrusted("expire-malformed", "an event lets details run out that there can't be", row=place) from None
    ends = runs_out(kept, month)
    if ends is None or event["t"] < ends.isoformat():
        raise Untrusted("expire-early", "an event lets details run out before their time", row=place)
    return many
