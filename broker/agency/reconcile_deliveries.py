"""What the linkage unit evaluated for deliveries, against what this agency's journals say it had evaluated. Pure.

An attempt whose answer was lost may have been counted or not, so of each batch as much must be counted as was answered,
and at most as much as was tried. Clocks differ: attempts of the minutes around midnight may count on either side of it.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from broker.agency.journal import Evaluated
from broker.wire.counts import TicketStatement

MAX_AGE_SECONDS = 300
DAY = 86_400


@dataclass(frozen=True)
class Alarm:
    """Something that must not be: a stable kind, plain words, and the first 8 hex digits of the ticket or batch."""

    kind: str
    text: str
    ticket: str = ""


def deliveries(statement: TicketStatement, evaluated: Sequence[Evaluated]) -> Iterator[Alarm]:
    """The alarms about deliveries of the statement's day."""
    begins, slack = begin_of(statement.day), MAX_AGE_SECONDS
    ends = begins + DAY
    tried = _sums([one for one in evaluated if not one.is_answer and begins - slack <= one.at < ends + slack])
    # Before this time whatever was answered has been counted.
    until = min(ends, statement.made) - slack
    answered = _sums([one for one in evaluated if one.is_answer and begins + slack <= one.at < until])
    for counted in statement.deliveries:
        most, name, at = tried[counted.batch], counted.batch.hex()[:8], clock(counted.at)
        if not most:
            text = f"{counted.inputs:,} inputs were evaluated from {at} for a delivery that no journal of ours names"
            yield Alarm("delivery-not-ours", text, name)
        elif counted.inputs > most:
            text = f"{counted.inputs:,} inputs were evaluated for the delivery of {at}, and we sent {most:,}"
            yield Alarm("delivery-larger", text, name)
    known = Counter({one.batch: one.inputs for one in statement.deliveries})
    for batch, inputs in answered.items():
        if known[batch] < inputs:
            text = f"{inputs:,} inputs of a delivery were evaluated, and the linkage unit counted {known[batch]:,}"
            yield Alarm("delivery-not-counted", text, batch.hex()[:8])


def begin_of(day: dt.date) -> int:
    """When a UTC day begins, in seconds since 1970."""
    return int(dt.datetime.combine(day, dt.time(), dt.UTC).timestamp())


def clock(seconds: int) -> str:
    """A time of day, for people."""
    return f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%H:%M:%S} UTC"


def _sums(some: Sequence[Evaluated]) -> Counter[bytes]:
    total: Counter[bytes] = Counter()
    for one in some:
        total[one.batch] += one.inputs
    return total
