"""What the broker says it answered, against what the linkage unit says it counted. Pure.

    more answers than questions     the broker answered in our name what the linkage unit never evaluated
    fewer than we have proofs of    the broker's log is not the one that our receipts are from
    other grants                    one of the two allows us more than the other, on the word of two people

Not every question is answered: one may be lost, or refused before anything is compared. Those of the minutes around
midnight may be counted on one side of it and answered on the other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from broker.agency.journal import Issued
from broker.agency.reconcile_deliveries import DAY, MAX_AGE_SECONDS, Alarm, begin_of, clock
from broker.agency.words import day
from broker.wire.alarm import Alarms
from broker.wire.counts import TicketStatement
from broker.wire.quota import TIMES, UNITS


def both_logs(
    statement: TicketStatement, told: Alarms, *, issued: Mapping[bytes, Issued], proven: Collection[bytes]
) -> Iterator[Alarm]:
    """Every alarm about the two counts of one day. `proven` are the tickets of the day with a receipt."""
    counted = sum(ticket.kind == "question" for ticket in statement.tickets)
    begins, slack = begin_of(statement.day), MAX_AGE_SECONDS
    borders = (begins, min(begins + DAY, statement.made))
    edge = sum(any(abs(one.at - border) <= slack for border in borders) for one in issued.values())
    if told.answers > counted + edge:
        text = f"the broker's log has {told.answers:,} answers to us, and the linkage unit counted {counted:,}"
        yield Alarm("answers-not-counted", f"{text} questions: somebody was answered in our name")
    if told.answers < len(set(proven)) - edge:
        text = f"the broker's log has {told.answers:,} answers to us, and we have receipts of {len(set(proven)):,}"
        yield Alarm("answers-forgotten", f"{text}: it is not the log that they are from")
    # By all that they say: one of the two may allow more under the same id.
    differing = {one.id for one in {*statement.grants} ^ {*told.grants}}
    for id in sorted(differing):
        text = "two people's leave for more is known to one of broker and linkage unit only, or not as the same"
        yield Alarm("grants-differ", f"{text}: hand it in again with `broker-agency quota use`", id.hex()[:8])


def unusual(statement: TicketStatement) -> Iterator[Alarm]:
    """What was more than usual, by the linkage unit's count."""
    for one in statement.unusual:
        text = f"{one.count:,} {UNITS[one.use]} in the {one.span} up to {clock(one.at)}"
        said = f"more than {TIMES} times what is usual for us: find out who, or which program, it was"
        yield Alarm("unusual", f"{text}, {said}")


def allowed(statement: TicketStatement) -> Iterator[str]:
    """Which leave was in force on the day, for the eye."""
    for one in statement.grants:
        more = f"{one.more:,} {UNITS[one.use]} a day more"
        yield f"two people allow {more} until {day(one.last)} ({one.id.hex()[:8]})"
