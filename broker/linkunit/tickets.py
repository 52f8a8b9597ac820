"""Tickets: whose they are, and that each pays for its calls once, in order, within its minute.

    question   one evaluation by its agency, which pays for all, then call 1 once, then call 2 once; 64 envelopes
    review     one explanation of one pair

A call is on disk before an envelope is opened: one that fails afterwards is used up all the same.
"""

from __future__ import annotations

from broker.errors import Conflict, NotAllowed, Untrusted
from broker.keys import context, signing
from broker.keys.listed import KeyUse
from broker.keys.trust import Trust
from broker.linkunit.book import Counted, Row
from broker.linkunit.ledger import Ledger
from broker.linkunit.seen import Seen, note
from broker.wire.comparison import SIZES, Call, ReviewTicket
from broker.wire.question import Ticket, check_of_now

COMPARES: dict[int, Counted] = {1: "compare1", 2: "compare2"}


def check_ticket(ticket: Ticket | ReviewTicket, trust: Trust, *, now: int) -> None:
    """Raises `Untrusted` or `NotAllowed` unless an active key of its agency signed it, `BadInput` unless it is of now.

    A question's ticket is signed by a desk key, a review's by a review key; neither stands in for the other.
    """
    review = isinstance(ticket, ReviewTicket)
    use: KeyUse = "review" if review else "ask"
    label = context.REVIEW_TICKET if review else context.TICKET
    _by_one_of_its_keys(ticket, trust, use=use, label=label)
    check_of_now(ticket, now, hint="ask again")


def count_call(ledger: Ledger, ticket: Ticket, call: Call, *, nonce: str, now: int) -> None:
    """Counts one call of a question's ticket, durably.

    Raises `NotAllowed` for a ticket that was never evaluated for its agency, and so never paid for, `Conflict` for a
    call that was made, or comes before the first one.
    """
    with ledger.writing(now) as book:
        book.use_nonce("broker", nonce)
        if not book.times("ask", ticket.id, agency=ticket.agency):
            raise NotAllowed(
                "ticket-unknown", "nothing was evaluated under this ticket, so nothing is compared under it"
            )
        if book.times(COMPARES[call], ticket.id, agency=ticket.agency):
            raise Conflict("call-used", "this call of the ticket has been made", hint="ask again with a new ticket")
        if call == 2 and not book.times("compare1", ticket.id, agency=ticket.agency):
            raise Conflict("call-out-of-order", "the first call of the ticket has not been made")
        book.append(Row(ticket.agency, COMPARES[call], ticket.id, SIZES[call], purpose=ticket.purpose))


def note_seen(ledger: Ledger, ticket: Ticket, seen: Seen, *, now: int) -> None:
    """Notes what a call of a question saw, before it is answered. The call itself is on disk already."""
    with ledger.writing(now, is_flushed=False) as book:
        note(book, Row(ticket.agency, "different", ticket.id, 0, purpose=ticket.purpose), seen)


def count_review(ledger: Ledger, ticket: ReviewTicket, *, nonce: str, now: int) -> None:
    """Counts one explanation, durably. Raises `Conflict` when it was given before, `QuotaReached`."""
    with ledger.writing(now) as book:
        book.use_nonce("broker", nonce)
        if book.times("review", ticket.id, agency=ticket.agency):
            raise Conflict("ticket-used", "this ticket has been used", hint="ask again with a new ticket")
        book.charge(ticket.agency, "review", len(ticket.envelopes))
        book.append(Row(ticket.agency, "review", ticket.id, len(ticket.envelopes), purpose=ticket.purpose))


def _by_one_of_its_keys(ticket: Ticket | ReviewTicket, trust: Trust, *, use: KeyUse, label: bytes) -> None:
    for key in trust.signing_keys(ticket.agency, use):
        try:
            signing.verify(ticket, label, public_key=key)
        except Untrusted:
            continue
        return
    raise Untrusted("ticket-signature", "no active key of its agency signed the ticket", hint="see the trust list")
