"""The agency's desk -> broker: who asks, for what purpose, about whom (as masked tokens; a name never leaves the desk).

A question carries a *ticket* (its single-use licence, at most 60 s old, naming the digest of the question's own
evidence envelope), a *person assertion* (the agency vouches for its member of staff), the linkage unit's evaluation,
the masked tokens and the sealed evidence.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from broker.wire.delivery import EVIDENCE_BYTES, MAX_TOKENS, AgeBand, Token
from broker.wire.evaluation import Evaluation
from broker.wire.fields import Bytes, Bytes16, Bytes64, Date, Dotted, Hex32, Pseudonym, Seconds, Slug, Wire

TICKET_SECONDS = 60

Relation = Literal["allocated", "team", "household", "self_claimed", "none"]


class Ticket(Wire):
    """The desk's single-use licence for one question. `envelope` is the SHA-256 of the question's evidence envelope."""

    v: Literal[1]
    id: Bytes16
    agency: Slug
    purpose: Slug
    issued: Seconds
    expires: Seconds
    envelope: Hex32
    signature: Bytes64


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
    signature: Bytes64


class Question(Wire):
    v: Literal[1]
    ticket: Ticket
    assertion: Assertion
    evaluation: Evaluation
    scheme: Hex32
    tokens: Annotated[tuple[Token, ...], Field(min_length=1, max_length=MAX_TOKENS)]
    evidence: Annotated[Bytes, Field(min_length=EVIDENCE_BYTES, max_length=EVIDENCE_BYTES)]
    age_band: AgeBand = "unknown"

    @model_validator(mode="after")
    def _one_voice(self) -> Question:
        same = self.ticket.agency == self.assertion.agency == self.evaluation.agency
        if not same or not self.ticket.id == self.assertion.ticket == self.evaluation.id:
            raise ValueError("ticket, assertion and evaluation name different agencies or tickets")
        if len(set(self.tokens)) != len(self.tokens):
            raise ValueError("two tokens are equal")
        return self
