"""A caseworker's question is decided, told and recorded; the answer leaves only after the record is durable.

1. who asks and why is decided first, the same for everybody, before anything is looked up
2. look up the person, have the evidence compared, and read the register of protections; decide every record
   (what a reviewer allowed once, and what emergency access lifts, goes by the same rules)
3. follow the relationships of what may be told, and do the same for every relative
4. tell the story from what may be told, opening only that
5. record the answer and every decision, and an alarm if the questions look like guesses, commit, publish, then answer
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from broker.actions import (
    break_glass,
    check_question,
    record_answer,
    sample_refusals,
    use_allowance,
    watch_guesses,
    watch_pace,
)
from broker.actions.check_question import Checked
from broker.actions.gather_family import Gathering
from broker.actions.publish_checkpoint import prove
from broker.actions.raise_allowance import more_questions
from broker.actions.shown_refusals import Numbered
from broker.actions.use_allowance import Allowances
from broker.keys import handles
from broker.parts import Parts
from broker.policy.days import london_date
from broker.policy.decide import admit
from broker.policy.decision import Admitted, Refusal
from broker.store import deliveries
from broker.store.engine import Released, Tx
from broker.story.facts import Sight, facts_of_record
from broker.story.held import KEPT_AWAY, Freshness, HeldPerson, Shown
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
    now = parts.now()
    on = london_date(now)
    cover = parts.random(16)
    with parts.store.look() as connection:
        # Here and nowhere later: all that is decided, told and recorded of one question has one digest, and its points
        # are of the epoch that is the newest for this connection.
        parts = parts.at(connection)
        checked = check_question.check(parts, question, agency=agency)
        asking = _asking(checked, cover, now=now, on=on)
        _peek(parts, connection, checked, now)
        break_glass.refuse_unfit(parts, checked)
        admitted = admit(parts.policies, checked.requester, on=on)
        allowed = use_allowance.allowances(parts, connection, checked)
        people = [] if isinstance(admitted, Refusal) else _people(parts, connection, checked, admitted, allowed)
        began = break_glass.begun(parts, connection, checked, cover=cover, people=people)
    numbered = Numbered()
    with parts.store.begin() as tx:
        in_day = _charge(parts, tx, checked, now)
        if isinstance(admitted, Refusal):
            numbered.add(Shown(admitted))
            story = refused(parts.policies, admitted, asking=asking)
        else:
            story = _story(parts, tx, people, asking, admitted, cover, numbered)
        use_allowance.use(parts, tx, checked, allowed=allowed, cover=cover, people=people)
        if began is not None:
            story = break_glass.begin(parts, tx, checked, story=story, began=began, cover=cover, people=people)
        rows = numbered.rows(parts, cover, people)
        sample_refusals.draw(parts, tx, checked, cover=cover, numbered=numbered, rows=rows)
        told = record_answer.Told(cover, story, admitted, people, rows)
        entries = record_answer.record(parts, tx, checked, told)
        if not isinstance(admitted, Refusal):
            watch_guesses.watch(parts, tx, checked, cover=cover, found_nobody=not story.people)
        watch_pace.watch(parts, tx, checked, cover=cover, in_day=in_day)
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
    more = more_questions(parts, connection, ticket.agency, day=now.date())
    deliveries.refuse_used_up(connection, ticket.agency, now.date(), parts.settings.questions_per_day, more=more)


def _charge(parts: Parts, tx: Tx, checked: Checked, now: dt.datetime) -> int:
    """A ticket and an evaluation are used once; a question counts against the agency's day, whatever it finds.

    How many questions the day has now.
    """
    ticket, evaluation, at = checked.question.ticket, checked.question.evaluation, int(now.timestamp())
    deliveries.spend(tx.connection, "ticket", ticket.id, expires=ticket.expires + 60, now=at)
    deliveries.spend(tx.connection, "evaluation", evaluation.nonce, expires=evaluation.expires, now=at)
    day, allowance = now.date(), parts.settings.questions_per_day
    more = more_questions(parts, tx.connection, ticket.agency, day=day)
    return deliveries.charge_question(tx.connection, ticket.agency, day, allowance, more=more)


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
    parts: Parts, connection: Connection, checked: Checked, admitted: Admitted, allowed: Allowances
) -> list[JudgedPerson]:
    """The person and their family, every record decided. Only what may be told leads on."""
    question, on = checked.question, london_date(checked.at)
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
    judged = _judged(parts, checked, subject, allowed).records
    # Once more without what is silent, so that a silent record does not vouch for another.
    silent = frozenset(one.record.id for one in judged if one.is_silent)
    rest = near.person(placeless=placeless, without=silent | apart)
    told = {candidate.id for candidate, _ in rest.members} | silent
    followed = [
        (one.record, one.involvement.level == "share") for one in judged if one.leads_on and one.record.id in told
    ]
    subject, *relatives = carried([subject, *gathering.family(own, followed, on=on)])
    subject = replace(subject, records=tuple(record for record in own if record.id in told))
    return [_judged(parts, checked, person, allowed) for person in (subject, *relatives)]


def _judged(parts: Parts, checked: Checked, person: HeldPerson, allowed: Allowances) -> JudgedPerson:
    conflict, on = checked.question.assertion.perpetrator_view, london_date(checked.at)
    days, limits = parts.settings.record_fresh_days, parts.policies.vocabulary.limits
    return JudgedPerson(
        person,
        tuple(
            judge(
                parts.policies,
                checked.requester,
                record,
                facts=facts_of_record(Sight(record, person, conflict, on, days), limits),
                on=on,
                allowed=allowed.items_of(record.id),
            )
            for record in person.records
        ),
    )


def _story(
    parts: Parts,
    tx: Tx,
    people: Sequence[JudgedPerson],
    asking: Asking,
    admitted: Admitted,
    cover: bytes,
    numbered: Numbered,
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
        refusal=numbered.add,
    )
    return tell(parts.policies, people, asking=asking, admitted=admitted, coverages=coverages, handles=made)
