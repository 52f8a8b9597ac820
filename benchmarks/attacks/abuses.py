"""Attack 4a: what an active broker may try with its own request key and the questions that reach it.

One line an abuse, with the answers of the linkage unit that are right. `u` stands for an envelope that counts for
nothing in an answer. Every abuse is tried with another person's genuine question each time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.attacks import register
from benchmarks.attacks.hostile import Hostile, Reply
from benchmarks.attacks.register import Known
from broker.keys import signing
from broker.wire.comparison import CompareAnswer, ExplainRequest, ReviewTicket
from broker.wire.fields import parse
from broker.wire.question import Question, Ticket

UNUSABLE = "u"
ASKER = "council"


def about(known: Known) -> dict[str, str]:
    """What a caseworker types about somebody."""
    return {"forename": known.forename, "surname": known.surname, "dob": known.dob, "postcode": known.postcode}


@dataclass(frozen=True)
class Trial:
    """One try: the attacker, the person asked about, that person's genuine question, and a stored envelope."""

    at: Hostile
    person: Known
    question: Question
    record: bytes

    @property
    def own(self) -> bytes:
        return self.question.evidence

    @property
    def pivots(self) -> list[bytes]:
        """Two other stored envelopes."""
        return [one.envelope for one in self.at.held if one.envelope != self.record][:2]

    def first(self, *others: bytes, **changes: Any) -> Reply:
        """The first call of the genuine ticket."""
        return self.at.compares(self.question.ticket, [self.own, *others], **changes)

    def candidate(self, envelope: bytes) -> str:
        """What an envelope counts for beside a genuine question: its band."""
        reply = self.first(envelope)
        return str(reply.answer["bands"][0][1]) if reply.answer else reply.code


def _forged(trial: Trial) -> str:
    made = {"evidence": b"e" * 32, "desk": b"d" * 32}
    vector = register.vector(trial.person)
    return trial.candidate(trial.at.seals(vector, id=trial.question.ticket.id, keys=made))


def _changed(trial: Trial) -> str:
    return trial.candidate(trial.record[:-1] + bytes([trial.record[-1] ^ 1]))


def _another_question(trial: Trial) -> str:
    return trial.candidate(trial.at.intercepts(ASKER, about(trial.person)).evidence)


def _record_as_pivot(trial: Trial) -> str:
    return trial.at.compares(trial.question.ticket, [trial.record, trial.own]).code


def _other_ticket(trial: Trial) -> str:
    other = trial.at.intercepts(ASKER, about(trial.person)).ticket
    return trial.at.compares(other, [trial.own, trial.record]).code


def _again(trial: Trial) -> str:
    trial.first(trial.record)
    return trial.first(trial.record).code


def _third_call(trial: Trial) -> str:
    earlier = parse(CompareAnswer, trial.first(trial.record).content)
    trial.first(trial.record, call=2, earlier=earlier)
    return trial.first(trial.record, call=2, earlier=earlier).code


def _replayed(trial: Trial) -> str:
    nonce = f"replayed-nonce-{trial.question.ticket.id.hex()}"
    trial.first(trial.record, nonce=nonce)
    return trial.first(trial.record, nonce=nonce).code


def _late(trial: Trial) -> str:
    trial.at.world.later(seconds=90)
    return trial.first(trial.record).code


def _other_purpose(trial: Trial) -> str:
    ticket = trial.question.ticket.model_copy(update={"purpose": "crime_prevention"})
    return trial.at.compares(ticket, [trial.own, trial.record]).code


def _invented(trial: Trial) -> str:
    ticket = _ticket(trial, trial.record)
    return trial.at.compares(ticket, [trial.record, trial.own]).code


def _forged_answer(trial: Trial) -> str:
    real = parse(CompareAnswer, trial.first(trial.record).content)
    certain = real.model_copy(update={"bands": ("c" * len(real.envelopes),), "signature": signing.UNSIGNED})
    return trial.first(trial.record, call=2, earlier=certain, pivots=(0, 1)).code


def _answer_of_another(trial: Trial) -> str:
    other = trial.at.intercepts(ASKER, about(trial.person))
    earlier = parse(CompareAnswer, trial.at.compares(other.ticket, [other.evidence, trial.record]).content)
    trial.first(trial.record)
    return trial.first(trial.record, call=2, earlier=earlier).code


def _second_pivot(trial: Trial) -> str:
    others = [one.envelope for one in trial.at.held[:23]]
    earlier = parse(CompareAnswer, trial.first(*others).content)
    apart = next(at for at, band in enumerate(earlier.bands[0][1:]) if band in "bxd")
    return trial.first(others[apart], call=2, earlier=earlier, pivots=(0, 1)).code


def _as_an_agency(trial: Trial) -> str:
    return trial.at.evaluates([b"x"], use="ask", id=trial.at.fresh(), key_id="broker/request-1").code


def _review(trial: Trial) -> str:
    pair = (trial.at.held[0].envelope, trial.at.held[-1].envelope)
    digests = tuple(hashlib.sha256(one).hexdigest() for one in pair)
    given = {name: value for name, value in trial.question.ticket if name != "envelope"}
    ticket = ReviewTicket(**given, envelopes=digests)
    return trial.at.sends("/v1/explanations", ExplainRequest.model_construct(v=1, ticket=ticket, envelopes=pair)).code


def _ticket(trial: Trial, envelope: bytes) -> Ticket:
    return trial.at.ticket(envelope, id=trial.at.fresh(), key=trial.at.secrets.ed25519("request"))


ABUSES: dict[str, tuple[Callable[[Trial], str], str]] = {
    "forged envelope among the records": (_forged, UNUSABLE),
    "stored envelope with a changed byte": (_changed, UNUSABLE),
    "another question's envelope among the records": (_another_question, UNUSABLE),
    "stored record as the pivot of a genuine ticket": (_record_as_pivot, "pivot-refused"),
    "an earlier question's envelope under a later ticket": (_other_ticket, "pivot-refused"),
    "ticket used again": (_again, "call-used"),
    "a third call": (_third_call, "call-used"),
    "request replayed byte for byte": (_replayed, "caller-unproven"),
    "ticket used late": (_late, "ticket-expired"),
    "ticket for another purpose": (_other_purpose, "ticket-signature"),
    "ticket invented, signed by the broker": (_invented, "ticket-signature"),
    "first answer forged, to get more pivots": (_forged_answer, "earlier-refused"),
    "first answer of another ticket": (_answer_of_another, "earlier-refused"),
    "record that was not certain as a second pivot": (_second_pivot, "pivot-refused"),
    "class not filled up": (lambda t: t.first(envelopes=(t.own, t.record)).code, "comparison-size"),
    "64 envelopes in one call": (lambda t: t.first(envelopes=(t.own,) * 64).code, "comparison-size"),
    "one pivot named twice": (lambda t: t.first(t.own, pivots=(0, 1)).code, "pivot-refused"),
    "evaluation in the broker's own name": (_as_an_agency, "caller-unproven"),
    "review ticket made of a question's ticket": (_review, "ticket-signature"),
}
