"""The agency's desk -> broker: who asks, for what purpose, about whom (as masked tokens; a name never leaves the desk).

A question carries a *ticket* (its single-use licence, at most 60 s old, naming the digest of the question's own
evidence envelope), a *person assertion* (the agency vouches for its member of staff), the linkage unit's evaluation,
the masked tokens and the sealed evidence.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from broker.errors import BadInput
from broker.wire.challenge import Sealed
from broker.wire.delivery import ENVELOPE_BYTES, MAX_TOKENS, AgeBand, Envelope, EvidenceEpochs, Token
from broker.wire.evaluation import Evaluation
from broker.wire.fields import Bytes16, Bytes64, Date, Dotted, Hex32, Number, Pseudonym, Seconds, Slug, Wire

TICKET_SECONDS = 60
CLOCK_SLACK = 5
"""Seconds by which a desk's clock may be ahead of ours."""

Relation = Literal["allocated", "team", "household", "self_claimed", "none"]
Concerns = Literal["none", "self", "household", "colleague"]
"""Whether a question is about the asker, somebody of their household, or a colleague."""


class DeskTicket(Wire):
    """A desk's single-use licence for something, for a minute."""

    v: Literal[1]
    id: Bytes16
    agency: Slug
    purpose: Slug
    issued: Seconds
    expires: Seconds
    signature: Bytes64


class Ticket(DeskTicket):
    """The licence for one question. `envelope` is the SHA-256 of the question's evidence envelope."""

    envelope: Hex32


def check_of_now(ticket: DeskTicket, now: int, *, hint: str) -> None:
    """Raises `BadInput` unless `ticket` is of now, in seconds since 1970; `hint` says what to do when it expired."""
    if ticket.issued > now + CLOCK_SLACK or not ticket.issued <= ticket.expires <= ticket.issued + TICKET_SECONDS:
        raise BadInput("ticket-times", "the ticket's times can't be", hint="check the desk's clock")
    if ticket.expires < now:
        raise BadInput("ticket-expired", "the ticket has expired", hint=hint)


class Assertion(Wire):
    """The agency's word on who is asking. `staff` and `case_reference` are its own pseudonyms."""

    v: Literal[1]
    agency: Slug
    ticket: Bytes16
    staff: Pseudonym
    role: Dotted
    training_on: Date
    relation: Relation
    # Whether the asker also works with somebody alleged to have harmed this person; the agency knows its caseloads.
    perpetrator_view: Literal["yes", "no", "unknown"] = "unknown"
    case_reference: Pseudonym | None = None
    # As far as the agency knows its staff; for its own IG officer, and nobody decides by it.
    concerns: Concerns | None = None
    signature: Bytes64


class Emergency(Wire):
    """Emergency access, asked for: why, sealed to every agency that may be told, and how many characters that is.

    Each text is bound to the ticket (its id in hex), so that it speaks of this question only.
    """

    characters: Annotated[int, Field(ge=1, le=1000)]
    words: dict[Slug, Sealed]


class Question(Wire):
    v: Literal[1]
    ticket: Ticket
    assertion: Assertion
    evaluation: Evaluation
    scheme: Hex32
    tokens: Annotated[tuple[Token, ...], Field(min_length=1, max_length=MAX_TOKENS)]
    evidence_epochs: EvidenceEpochs
    evidence_seal: Number
    evidence: Envelope
    age_band: AgeBand = "unknown"
    emergency: Emergency | None = None

    @model_validator(mode="after")
    def _one_voice(self) -> Question:
        same = self.ticket.agency == self.assertion.agency == self.evaluation.agency
        if not same or not self.ticket.id == self.assertion.ticket == self.evaluation.id:
            raise ValueError("ticket, assertion and evaluation name different agencies or tickets")
        if len(self.evidence) != ENVELOPE_BYTES[len(self.evidence_epochs)]:
            raise ValueError("the envelope is not of the length for its epochs")
        if len(set(self.tokens)) != len(self.tokens):
            raise ValueError("two tokens are equal")
        return self
