"""What the linkage unit counted for this agency, against what its desks asked and what the audit log proves. Pure.

    counted, not in the journal          somebody used your desk key, or the linkage unit makes tickets up
    counted under another purpose        the ticket was changed on its way
    compared, without a verified answer  evidence was opened under your ticket, and you have no proof of what was told
    answered, not counted                the linkage unit forgot a question
    strangers, of a question or the day  a question was spent on records that no match key speaks for
    delivery not in the journal, or more of one      somebody used your delivery key: every input is a guess at a name
    evaluated, not counted               the linkage unit forgot a part of a delivery
    more than usual                      questions, or inputs, of an hour or a day: three times our own median
    the count log does not go on         lines were removed or changed since you last looked

Each is an alarm. What is only worth knowing is a note.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from broker.agency.journal import Evaluated, Issued
from broker.agency.reconcile_broker import allowed, unusual
from broker.agency.reconcile_deliveries import DAY, MAX_AGE_SECONDS, Alarm, begin_of, clock, deliveries
from broker.errors import Untrusted
from broker.keys import context, signing
from broker.keys.trust import Trust
from broker.wire.counts import DAY_STRANGERS, TICKET_STRANGERS, ChainPoint, CountedTicket, TicketStatement


@dataclass(frozen=True)
class Reconciled:
    """What became of one day. `questions` is how many tickets the linkage unit counted, `asked` those without reviews,
    `answers` how many the broker's log has, None where it was not read."""

    day: dt.date
    questions: int
    alarms: tuple[Alarm, ...]
    notes: tuple[str, ...]
    asked: int
    answers: int | None = None


@dataclass(frozen=True)
class Known:
    """What this agency knows for itself: its journals, the tickets whose answers the audit log proves, and what the
    linkage unit said before, oldest first. `evaluated` are the deliveries of its journals."""

    issued: Mapping[bytes, Issued]
    proven: Collection[bytes]
    before: Sequence[TicketStatement]
    evaluated: Sequence[Evaluated] = ()


def check_statement(statement: TicketStatement, trust: Trust, *, agency: str, day: dt.date, now: int) -> None:
    """Raises `Untrusted` unless the linkage unit signed it, for this agency and day, just now."""
    signing.verify_any(statement, context.TICKETS, public_keys=trust.linkage_unit.signing_keys)
    if (statement.agency, statement.day) != (agency, day):
        raise Untrusted("statement-other", "the linkage unit's statement is for another agency or day")
    if abs(statement.made - now) > MAX_AGE_SECONDS:
        raise Untrusted(
            "statement-old", "the linkage unit's statement is not of now", hint="check this machine's clock"
        )


def reconcile(statement: TicketStatement, known: Known) -> Reconciled:
    """What of one day is accounted for, and every alarm."""
    alarms = [*_chain(statement, known.before)]
    for ticket in statement.tickets:
        alarms += _counted(ticket, known)
    alarms += [*_forgotten(statement, known), *_strangers(statement), *deliveries(statement, known.evaluated)]
    alarms += unusual(statement)
    notes = (*_notes(statement, known), *allowed(statement))
    asked = sum(ticket.kind == "question" for ticket in statement.tickets)
    return Reconciled(statement.day, len(statement.tickets), tuple(alarms), notes, asked)


def _counted(ticket: CountedTicket, known: Known) -> Iterator[Alarm]:
    name, at = ticket.id.hex()[:8], clock(ticket.at)
    issued = known.issued.get(ticket.id)
    if issued is None:
        yield Alarm("ticket-not-ours", f"a {ticket.kind} was counted at {at} that no desk of ours issued", name)
        return
    if ticket.purpose is not None and ticket.purpose != issued.purpose:
        text = f"the question of {at} was counted for `{ticket.purpose}`, and was asked for `{issued.purpose}`"
        yield Alarm("other-purpose", text, name)
    if ticket.kind == "question" and ticket.calls and ticket.id not in known.proven:
        how = {"answered": "its receipt is missing or does not verify", "refused": "it was refused"}
        ended = how.get(issued.outcome, "no answer arrived")
        text = f"evidence was compared for the question of {at}, and {ended}: have the operator look for it in the log"
        yield Alarm("no-proof", text, name)


def _strangers(statement: TicketStatement) -> Iterator[Alarm]:
    said = "share no match key with who was asked about: the broker may have compared records of its choice"
    for ticket in statement.tickets:
        if ticket.strangers > TICKET_STRANGERS:
            text = f"{ticket.strangers} records compared for the question of {clock(ticket.at)} {said}"
            yield Alarm("strangers", text, ticket.id.hex()[:8])
    if statement.many_strangers:
        yield Alarm("strangers-of-the-day", f"more than {DAY_STRANGERS:.0%} of the records compared this day {said}")


def _forgotten(statement: TicketStatement, known: Known) -> Iterator[Alarm]:
    begins = begin_of(statement.day)
    counted = {ticket.id for ticket in statement.tickets}
    slack = MAX_AGE_SECONDS
    for issued in known.issued.values():
        # A ticket of the minutes around midnight may be counted on the other side of it.
        of_day = begins + slack <= issued.at < min(begins + DAY, statement.made) - slack
        if of_day and issued.outcome == "answered" and issued.ticket not in counted:
            text = f"the question of {clock(issued.at)} was answered, and the linkage unit did not count it"
            yield Alarm("not-counted", text, issued.ticket.hex()[:8])


def _chain(statement: TicketStatement, before: Sequence[TicketStatement]) -> Iterator[Alarm]:
    for earlier in before:
        if not _goes_on(earlier, statement):
            text = f"its count log is not a continuation of the one it stated for {earlier.day.isoformat()}"
            yield Alarm("log-goes-back", f"the linkage unit's statement does not fit: {text}")
            return


def _goes_on(earlier: TicketStatement, later: TicketStatement) -> bool:
    """Whether two statements can be of one log that only grows; `earlier` was made first."""
    points = [earlier.start, earlier.end, later.start, later.end]
    heads: dict[int, str] = {}
    if any(heads.setdefault(point.size, point.head) != point.head for point in points):
        return False
    if earlier.day == later.day:
        kept = {ticket.id for ticket in later.tickets}
        return (
            earlier.start == later.start
            and _grows(earlier.end, later.end)
            and {ticket.id for ticket in earlier.tickets} <= kept
        )
    first, second = (earlier, later) if earlier.day < later.day else (later, earlier)
    # The end of a day that was over when it was stated is the start of the next.
    over = first.made >= _end_of(first.day)
    next_day = second.day - first.day == dt.timedelta(days=1)
    return (first.end == second.start) if over and next_day else _grows(first.end, second.start)


def _grows(one: ChainPoint, other: ChainPoint) -> bool:
    return one.size <= other.size


def _notes(statement: TicketStatement, known: Known) -> Iterator[str]:
    calls = {ticket.id: ticket.calls for ticket in statement.tickets if ticket.kind == "question"}
    answered = [one for one in calls if one in known.issued and known.issued[one].outcome == "answered"]
    by_keys = sum(1 for one in answered if not calls[one])
    if by_keys:
        yield f"{by_keys} answered without evidence being compared"
    unanswered = sum(1 for one, made in calls.items() if one in known.issued and not made and one not in answered)
    if unanswered:
        yield f"{unanswered} counted that went no further than the first step"


def _end_of(day: dt.date) -> int:
    return begin_of(day) + DAY
