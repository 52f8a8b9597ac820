"""A caseworker challenges a refusal: checked, routed to the source's reviewer, on the agreement's clock.

1. the refusal exists, was shown to this agency, and not too long ago; a stranger learns nothing of any answer
2. it is about the record whose handle the desk has, where it is about one
3. somebody else than the asker's agency can decide, and it is they to whom the words are sealed
4. keep the case, once; tell the reviewers and record it in one transaction
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection

from broker.actions.publish_checkpoint import prove
from broker.actions.shown_refusals import OPEN_DAYS, Answered, RefusalRow, answered
from broker.audit.act_events import challenge_event
from broker.errors import BadInput, Conflict, NotAllowed
from broker.keys.handles import open_record_handle
from broker.keys.sealed_words import sealed_bytes
from broker.parts import Parts
from broker.policy import reviewers
from broker.policy.agreement import Agreement
from broker.policy.clocks import last_day
from broker.store import cases, deliveries, feed, protections, records
from broker.store.cases import Case, Matter, Text
from broker.store.engine import Entry, Released
from broker.store.feed import Notice
from broker.store.recalls import trace_tag
from broker.story.held import KEPT_AWAY
from broker.wire.answer import ReceiptLeaf
from broker.wire.challenge import CaseReceipt, ChallengeRequest
from broker.wire.fields import encode64
from broker.wire.reference import spoken_reference

REMEMBERED = 86_400


@dataclass(frozen=True)
class _Refused:
    """The refusal that is challenged; `record` is empty where it is about none."""

    answer: Answered
    row: RefusalRow
    agreement: Agreement
    holder: str
    record: bytes
    is_quiet: bool


def raise_challenge(parts: Parts, asked: ChallengeRequest, *, agency: str) -> Released[CaseReceipt]:
    """The case that the challenge became.

    Raises `NotFound` for a refusal that this agency was not shown, `BadInput` for one that is too old or whose handle
    or words will not do, `NotAllowed` where nobody else can decide, and `Conflict` when it was challenged before.
    """
    if asked.agency != agency:
        raise NotAllowed("agency-differs", "the challenge names another agency than signed it", field="agency")
    with parts.store.look() as connection:
        parts = parts.at(connection)
        refused = _refused(parts, connection, asked)
    if asked.reader != refused.holder or len(asked.words) != sealed_bytes("challenge"):
        hint = f"`{refused.holder}` decides it"
        raise BadInput("words-unsealed", "the words are not sealed to whoever decides", field="words", hint=hint)
    now = parts.now()
    case = _case(parts, asked, refused, now=now)
    entry = _entry(parts, case, now=now)
    with parts.store.begin() as tx:
        at = int(now.timestamp())
        deliveries.spend(tx.connection, "challenge", asked.id, expires=at + REMEMBERED, now=at)
        if not cases.put(tx.connection, parts.keyring, case, random=parts.random):
            hint = "`broker-agency challenges --ours` says what became of it"
            raise Conflict("challenge-made", "this refusal was challenged before", hint=hint)
        if not refused.is_quiet:
            notice = Notice(case.holder, "challenge_waits", spoken_reference(case.id), _due(case))
            feed.put(tx.connection, [notice], at=at)
        tx.audit(entry)
        held = tx.release(case)
    return held.released().map(lambda made: receipt_of(parts, made, entry))


def receipt_of(parts: Parts, case: Case, entry: Entry) -> CaseReceipt:
    """The receipt for what was just recorded about a case."""
    [proven] = prove(parts, [entry.id])
    disclosures = tuple(entry.disclosures.values())
    return CaseReceipt.model_validate(
        {
            "v": 1,
            "reference": spoken_reference(case.id),
            "holder": case.holder,
            "due": _due(case),
            "outcome": case.matter.outcome,
            "allowed_until": case.until,
            "receipt": ReceiptLeaf(v=1, leaf=proven.leaf, proof=proven.proof, disclosures=disclosures),
        }
    )


def _due(case: Case) -> dt.date:
    return last_day(dt.datetime.fromtimestamp(case.due, dt.UTC))


def _refused(parts: Parts, connection: Connection, asked: ChallengeRequest) -> _Refused:
    answer = answered(parts, connection, asked.answer, agency=asked.agency)
    row = answer.refusal(asked.number)
    if parts.now() > answer.at + dt.timedelta(days=OPEN_DAYS):
        hint = "ask again, and challenge what is refused then"
        raise BadInput("refusal-old", f"the refusal is more than {OPEN_DAYS} days old", field="answer", hint=hint)
    record = _record(parts, asked, answer, row)
    agreement = parts.policies.agreements.get(row.agreement)
    source = row.source
    holder = reviewers.holder(parts.policies, agreement, source=source, asker=asked.agency) if agreement else ""
    if agreement is None or not holder:
        hint = "ring the contact that the refusal names"
        raise NotAllowed("challenge-nobody", "there is nobody but your own agency to decide this", hint=hint)
    return _Refused(answer, row, agreement, holder, record, row.is_quiet or _is_kept_away(parts, connection, record))


def _record(parts: Parts, asked: ChallengeRequest, answer: Answered, row: RefusalRow) -> bytes:
    """The record that the refusal is about, by the handle that came with it."""
    if not row.tag:
        return b""
    if asked.handle is None:
        raise BadInput("handle-missing", "the refusal is about a record, and no handle names it", field="handle")
    shown = open_record_handle(parts.keyring.involvement_key, asked.agency, handle=asked.handle)
    if shown.answer != answer.id or trace_tag(parts.keyring, answer.id, shown.record_id) != row.tag:
        raise BadInput("handle-other", "the handle is of another record than the refusal", field="handle")
    return shown.record_id


def _is_kept_away(parts: Parts, connection: Connection, record: bytes) -> bool:
    """Whether the person's whereabouts are protected by now, whoever said so."""
    sources = parts.policies.vocabulary.sources
    points = [
        records.opened(row, parts.keysets, sources[row.source].agency).points()
        for row in records.by_ids(connection, [record] if record else [])
    ]
    return any(kinds & KEPT_AWAY for kinds in protections.kinds_for(connection, parts.keysets, points))


def _case(parts: Parts, asked: ChallengeRequest, refused: _Refused, *, now: dt.datetime) -> Case:
    answer, row = refused.answer, refused.row
    is_theirs = reviewers.is_the_sources(parts.policies, row.source, agency=refused.holder)
    reference = f"{spoken_reference(answer.id)}/{asked.number}"
    matter = Matter(
        answer=answer.id.hex(),
        number=asked.number,
        staff=asked.staff,
        role=answer.role,
        purpose=answer.purpose,
        agreement=row.agreement,
        rule=row.rule,
        level=row.level,
        source=row.source,
        item=row.item,
        record=refused.record.hex(),
        lifts=row.lifts and is_theirs,
        is_quiet=refused.is_quiet,
        written=(Text("challenge", asked.agency, refused.holder, reference, encode64(asked.words)),),
    )
    case_id = cases.case_id(parts.keyring, "challenge", matter.answer, number=asked.number, holder=refused.holder)
    due = reviewers.challenge_due(refused.agreement, now)
    return Case(
        case_id, "challenge", asked.agency, refused.holder, "open", int(now.timestamp()), int(due.timestamp()), matter
    )


def _entry(parts: Parts, case: Case, *, now: dt.datetime) -> Entry:
    private = {
        "about": f"{case.matter.answer}/{case.matter.number}",
        "case": case.id.hex(),
        "staff": case.matter.staff,
        "holder": case.holder,
        "rule": case.matter.rule,
    }
    stamp = parts.stamp(case.asker, at=now)
    return parts.entry(challenge_event(stamp, "made", private=private))
