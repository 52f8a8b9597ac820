"""A caseworker's question: who is already helping this person, and what may I know? The name stays in this process.

1  a ticket of 60 seconds names the digest of the question's own sealed evidence
2  the desk vouches for who is asking
3  the linkage unit evaluates the match keys, blinded
4  the broker gets ticket, assertion, masked tokens and sealed evidence, and answers with a story and its receipt
5  the receipt is verified before anybody sees the story
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field
from typing import Literal, cast

from broker.agency import pseudonyms
from broker.agency.blind import Blinder, MatchKeys, Occasion
from broker.agency.client import Connection
from broker.agency.dates import age_band
from broker.agency.edges import Edges
from broker.agency.evidence import Sealer, about_question
from broker.agency.free_text import to_everybody
from broker.agency.journal import Journal
from broker.agency.matchkeys import Person, evidence_atoms, match_keys
from broker.agency.receipts import Asked, check_answer_receipt
from broker.agency.workspace import Staff
from broker.audit.receipt import Verified
from broker.errors import BadInput, Untrusted
from broker.keys import context, signing
from broker.keys.messages import RequestSigner
from broker.wire.answer import Answer
from broker.wire.delivery import AgeBand
from broker.wire.fields import parse
from broker.wire.question import TICKET_SECONDS, Assertion, Concerns, Emergency, Question, Relation, Ticket

PATH = "/v1/questions"
PerpetratorView = Literal["yes", "no"]


@dataclass(frozen=True)
class Asker:
    """Who asks, what they are to this person, and for which of their own cases; names leave as pseudonyms only.

    `perpetrator_view` says whether they also work with somebody alleged to have harmed the person.
    """

    staff: Staff
    relation: Relation
    perpetrator_view: PerpetratorView
    case_reference: str | None = None
    emergency: str | None = field(default=None, repr=False)
    """Why somebody is in danger, in an emergency: it leaves sealed to the agencies that may be told."""
    concerns: Concerns | None = None
    """Whether the person is one of our own staff or their household, as far as that is known here."""


@dataclass(frozen=True)
class Told:
    """The broker's answer and what its verified receipt proves."""

    ticket_id: bytes
    answer: Answer
    leaves: tuple[Verified, ...]


@dataclass(frozen=True)
class Desk:
    """One agency's desk: it can ask, and nothing it holds can post."""

    signer: RequestSigner
    blinder: Blinder
    sealer: Sealer
    broker: Connection
    edges: Edges
    synthetic_numbers: bool
    journal: Journal
    reference_key: bytes = field(repr=False)

    def ask(self, person: Person, asker: Asker, *, purpose: str) -> Told:
        """The verified answer about `person`.

        Raises `BadInput` when too little is known of the person, `Untrusted` when anything in the answer does not
        verify, and what `client.Connection.send` raises.
        """
        now = self.edges.seconds()
        keys = match_keys(person, self.blinder.scheme)
        if not keys:
            hint = "give name, date of birth and postcode, or a national number"
            raise BadInput("too-little-known", "this is too little to find anybody by", hint=hint)
        ticket_id = self.edges.random_bytes(16)
        with self.journal.question(ticket_id, purpose=purpose, at=now):
            return self._put(ticket_id, person, keys, asker=asker, purpose=purpose)

    def _put(self, ticket_id: bytes, person: Person, keys: MatchKeys, *, asker: Asker, purpose: str) -> Told:
        now = self.edges.seconds()
        envelope = self.sealer.seal(evidence_atoms(person, self.blinder.scheme), about_question(ticket_id))
        occasion = Occasion(self.sealer.agency, "ask", ticket_id)
        evaluation, [tokens] = self.blinder.make_tokens([keys], occasion, now=now)
        question = Question(
            v=1,
            ticket=self._ticket(ticket_id, envelope, purpose=purpose, now=now),
            assertion=self._assertion(ticket_id, asker),
            evaluation=evaluation,
            scheme=self.blinder.scheme.digest.hex(),
            tokens=tokens,
            evidence_epochs=self.sealer.epochs,
            evidence_seal=self.blinder.trust.linkage_unit.seal_number,
            evidence=envelope,
            age_band=band_of(person, on=self.edges.now().date()),
            emergency=None if asker.emergency is None else self._emergency(ticket_id, asker.emergency),
        )
        body = self.broker.send("POST", PATH, body=question.model_dump_json(exclude_none=True).encode())
        return self._check(ticket_id, body, asker=asker, purpose=purpose)

    def _emergency(self, ticket_id: bytes, why: str) -> Emergency:
        words = to_everybody(self.blinder.trust, self.sealer.agency, ticket_id.hex(), {"reason": why})
        return Emergency(characters=len(why), words=words)

    def _ticket(self, ticket_id: bytes, envelope: bytes, *, purpose: str, now: int) -> Ticket:
        ticket = Ticket(
            v=1,
            id=ticket_id,
            agency=self.sealer.agency,
            purpose=purpose,
            issued=now,
            expires=now + TICKET_SECONDS,
            envelope=hashlib.sha256(envelope).hexdigest(),
            signature=signing.UNSIGNED,
        )
        return signing.sign(ticket, context.TICKET, signing_key=self.signer.private_key)

    def _assertion(self, ticket_id: bytes, asker: Asker) -> Assertion:
        case = asker.case_reference
        assertion = Assertion(
            v=1,
            agency=self.sealer.agency,
            ticket=ticket_id,
            staff=pseudonyms.staff(self.reference_key, asker.staff.id),
            role=asker.staff.role,
            training_on=asker.staff.training_on,
            relation=asker.relation,
            perpetrator_view=asker.perpetrator_view,
            case_reference=pseudonyms.case(self.reference_key, case) if case else None,
            concerns=asker.concerns,
            signature=signing.UNSIGNED,
        )
        return signing.sign(assertion, context.ASSERTION, signing_key=self.signer.private_key)

    def _check(self, ticket_id: bytes, body: bytes, *, asker: Asker, purpose: str) -> Told:
        try:
            answer = parse(Answer, body)
        except BadInput:
            hint = "check that agency.toml names the broker, and upgrade this client"
            raise Untrusted("answer-malformed", "the broker's answer is not of the agreed form", hint=hint) from None
        if answer.story.purpose != purpose:
            raise Untrusted("answer-other", "the broker answered for another purpose than was asked")
        trust = self.blinder.trust
        asked = Asked(self.sealer.agency, asker.staff.role, ticket_id, self.edges.seconds())
        leaves = check_answer_receipt(answer, asked, trust=trust)
        return Told(ticket_id, answer, tuple(leaves))


def band_of(person: Person, *, on: dt.date) -> AgeBand:
    """The age band of a person by the date of birth that is known here."""
    return cast(AgeBand, age_band(dt.date.fromisoformat(person.dob) if person.dob else None, on=on))
