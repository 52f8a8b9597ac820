"""A caseworker's question is decided, told and recorded; the answer leaves only after the record is durable.

1. who asks and why is decided first, the same for everybody, before anything is looked up
2. look up the person, have the evidence compared, and read the register of protections; decide every record
3. follow the relationships of what may be told, and do the same for every relative
4. tell the story from what may be told, opening only that
5. record the answer and every decision, and an alarm if the questions look like guesses, commit, publish, then answer
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from broker.actions import check_question, record_answer, watch_guesses
from broker.actions.check_question import Checked
from broker.actions.gather_family import Gathering
from broker.actions.publish_checkpoint import prove
from broker.keys import handles
from broker.parts import Parts
from broker.policy.days import london_date
from broker.policy.decide import admit
from broker.policy.decision import Admitted, Refusal
from broker.store import deliveries
from broker.store.engine import Released, Tx
from broker.story.facts import facts_of_record
from broker.story.held import KEPT_AWAY, Freshness, HeldPerson
from broker.story.judge import judge
from broker.story.protect import carried
from broker.story.tell import Asking, Handles, JudgedPerson, refused, tell
from broker.wire.answer import Answer, ReceiptLeaf, Story, padded
from broker.wire.question import Question
from broker.wire.reference import spoken_reference


def tell_story(parts: Parts, question: Question, *, agency: str) -> Released[Answer]:
    """Answers a desk's question. A refusal is an answer too.

    Raises `BadInput`, `NotAllowed`, `Untrusted`, `Conflict` or `QuotaReached` when the question can't be taken, and
    `Unavailable` when it can't be recorded; then nothing is disclosed.
    """
    checked = check_question.check(parts, question, agency=agency)
    now = parts.now()
    on = london_date(now)
    cover = parts.random(16)
    asking = _asking(checked, cover, now=now, on=on)
    with parts.store.look() as connection:
        # Here and nowhere later: all that is decided, told and recorded of one question has one digest.
        parts = parts.at(connection)
        _peek(parts, connection, checked, now)
        admitted = admit(parts.policies, checked.requester, on=on)
        people = [] if isinstance(admitted, Refusal) else _people(parts, connection, checked, admitted, on)
    with parts.store.begin() as tx:
        _charge(parts, tx, checked, now)
        if isinstance(admitted, Refusal):
            story = refused(parts.policies, admitted, asking=asking)
        else:
            story = _story(parts, tx, people, asking, admitted, cover)
        entries = record_answer.record(parts, tx, checked, cover=cover, story=story, admitted=admitted, people=people)
        if not isinstance(admitted, Refusal):
            watch_guesses.watch(parts, tx, checked, cover=cover, found_nobody=not story.people)
        held = tx.release(story)
    released = held.released()
    leaves = prove(parts, [entry for entry, _ in entries.shown])
    shown = [disclosures for _, disclosures in entries.shown]
    receipt = tuple(
        ReceiptLeaf(v=1, leaf=one.leaf, proof=one.proof, disclosures=disclosures)
        for one, disclosures in zip(leaves, shown, strict=True)
    )
    return released.map(lambda told: padded(Answer(v=1, story=told, receipt=receipt)))


def _peek(parts: Parts, connection: Connection, checked: Checked, now: dt.datetime) -> None:
    """Refuses before any look-up what charging would refuse after it. The look-ups hold no lock meanwhile."""
    ticket, evaluation = checked.question.ticket, checked.question.evaluation
    deliveries.refuse_spent(connection, "ticket", ticket.id)
    deliveries.refuse_spent(connection, "evaluation", evaluation.nonce)
    deliveries.refuse_used_up(connection, ticket.agency, now.date(), parts.settings.questions_per_day)


def _charge(parts: Parts, tx: Tx, checked: Checked, now: dt.datetime) -> None:
    """A ticket and an evaluation are used once; a question counts against the agency's day, whatever it finds."""
    ticket, evaluation, at = checked.question.ticket, checked.question.evaluation, int(now.timestamp())
    deliveries.spend(tx.connection, "ticket", ticket.id, expires=ticket.expires + 60, now=at)
    deliveries.spend(tx.connection, "evaluation", evaluation.nonce, expires=evaluation.expires, now=at)
    deliveries.charge_question(tx.connection, ticket.agency, now.date(), parts.settings.questions_per_day)


def _asking(checked: Checked, cover: bytes, *, now: dt.datetime, on: dt.date) -> Asking:
    question = checked.question
    return Asking(
        agency=question.ticket.agency,
        reference=spoken_reference(cover),
        asked_at=int(now.timestamp()),
        on=on,
        purpose=question.ticket.purpose,
        age_band=question.age_band,
        case_reference=question.assertion.case_reference,
    )


def _people(
    parts: Parts, connection: Connection, checked: Checked, admitted: Admitted, on: dt.date
) -> list[JudgedPerson]:
    """The person and their family, every record decided. Only what may be told leads on."""
    question = checked.question
    compare = parts.linkage_unit.comparison(question.ticket, question.evidence)
    gathering = Gathering(parts, connection, admitted.sources, compare)
    near = gathering.neighbourhood(checked.points)
    own = gathering.held(near.person())
    kinds = gathering.protected(own, checked.points)
    # Of somebody whose whereabouts are kept, an address finds nothing and weighs nothing: guessing postcodes about a
    # hidden person must look like any other question.
    placeless = bool(kinds & KEPT_AWAY)
    own = gathering.held(near.person(placeless=placeless))
    # Records of an adopted child's two lives are never brought together: whatever is not of this one was not found.
    apart = gathering.kept_apart(own, checked.points)
    own = tuple(record for record in own if record.id not in apart)
    subject = HeldPerson("subject", own, kinds)
    judged = _judged(parts, checked, subject, on).records
    # Once more without what is silent, so that a silent record does not vouch for another.
    silent = frozenset(one.record.id for one in judged if one.is_silent)
    rest = near.person(placeless=placeless, without=silent | apart)
    told = {candidate.id for candidate, _ in rest.members} | silent
    followed = [
        (one.record, one.involvement.level == "share") for one in judged if one.leads_on and one.record.id in told
    ]
    subject, *relatives = carried([subject, *gathering.family(own, followed, on=on)])
    subject = replace(subject, records=tuple(record for record in own if record.id in told))
    return [_judged(parts, checked, person, on) for person in (subject, *relatives)]


def _judged(parts: Parts, checked: Checked, person: HeldPerson, on: dt.date) -> JudgedPerson:
    conflict = checked.question.assertion.perpetrator_view
    days = parts.settings.record_fresh_days
    return JudgedPerson(
        person,
        tuple(
            judge(
                parts.policies,
                checked.requester,
                record,
                facts=facts_of_record(record, person, perpetrator_view=conflict, on=on, fresh_days=days),
                on=on,
            )
            for record in person.records
        ),
    )


def _story(
    parts: Parts, tx: Tx, people: Sequence[JudgedPerson], asking: Asking, admitted: Admitted, cover: bytes
) -> Story:
    keys, agency = parts.keyring, asking.agency
    coverages = {
        source: Freshness(row.as_of, row.coverage_from, row.coverage_area)
        for source, row in deliveries.coverages(tx.connection).items()
    }
    # A protection may have reached a child from a parent, which the register alone would not tell later.
    kept = {record.id for one in people if one.person.protections for record in one.person.records}
    made = Handles(
        person=lambda record_id: handles.person_handle(keys.handle_key, agency, answer=cover, record_id=record_id),
        record=lambda record_id, is_certain: handles.record_handle(
            keys.involvement_key,
            agency,
            shown=handles.Shown(record_id, cover, is_certain, asking.asked_at, is_explainable=record_id not in kept),
            nonce=parts.random(12),
        ),
    )
    return tell(parts.policies, people, asking=asking, admitted=admitted, coverages=coverages, handles=made)
