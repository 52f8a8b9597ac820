"""A caseworker's question is decided, told and recorded; the answer leaves only after the record is durable.

1. who asks and why is decided first, the same for everybody, before anything is looked up
2. look up the person, have the evidence compared, and read the register of protections; decide every record
   (what a reviewer allowed once, and what emergency access lifts, goes by the same rules)
3. follow the relationships of what may be told, and do the same for every relative; a service that has paused sharing
   tells nothing of either
4. tell the story from what may be told, opening only that
5. record the answer and every decision, and an alarm if the questions look like guesses, commit, publish, then answer
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

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
from broker.actions.judge_family import Judging, judge_family
from broker.actions.publish_checkpoint import prove
from broker.actions.raise_allowance import more_questions
from broker.actions.shown_refusals import Numbered
from broker.keys import handles
from broker.parts import Parts
from broker.policy.days import london_date
from broker.policy.decide import admit
from broker.policy.decision import Admitted, Refusal
from broker.store import deliveries, pauses
from broker.store.engine import Released, Tx
from broker.story.held import Freshness, Shown
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
        _peek(parts, connection, checked, now)
        break_glass.refuse_unfit(parts, checked)
        admitted = admit(parts.policies, checked.requester, on=on)
        asking = _asking(checked, cover, now=now, on=on, paused=_paused(connection, admitted))
        allowed = use_allowance.allowances(parts, connection, checked)
        judging = Judging(parts, checked, allowed, asking.paused.keys())
        people = [] if isinstance(admitted, Refusal) else judge_family(judging, connection, admitted)
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


def _asking(checked: Checked, cover: bytes, *, now: dt.datetime, on: dt.date, paused: Mapping[str, dt.date]) -> Asking:
    question = checked.question
    return Asking(
        agency=question.ticket.agency,
        reference=spoken_reference(cover),
        asked_at=int(now.timestamp()),
        on=on,
        purpose=question.ticket.purpose,
        age_band=question.age_band,
        case_reference=question.assertion.case_reference,
        paused=paused,
    )


def _paused(connection: Connection, admitted: Admitted | Refusal) -> dict[str, dt.date]:
    """Of the services that may answer those that have paused sharing, and since which day."""
    if isinstance(admitted, Refusal):
        return {}
    days = {source: dt.datetime.fromtimestamp(at, dt.UTC) for source, at in pauses.since(connection).items()}
    return {source: london_date(days[source]) for source in admitted.sources if source in days}


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
