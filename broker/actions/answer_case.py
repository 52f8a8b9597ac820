"""A reviewer answers a case: a challenge, a sampled refusal, an emergency or a proposal. Of two at once the first wins.

1. the case waits for this reviewer's agency, and it is not the asker's
2. the answer is one that a case of its kind can have, and its reason is sealed to the asker's agency
3. what is allowed is allowed once, within a week, and only what emergency access could lift
4. keep it, write a proposal if one is made, tell the asker and record it in one transaction
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from broker.actions.raise_challenge import REMEMBERED, receipt_of
from broker.audit.act_events import challenge_event, emergency_event
from broker.audit.events import Event, Stamp
from broker.errors import BadInput, Conflict, NotAllowed, NotFound
from broker.keys.sealed_words import sealed_bytes
from broker.parts import Parts
from broker.policy import reviewers
from broker.policy.clocks import last_day
from broker.store import cases, deliveries, feed
from broker.store.cases import Case, Text
from broker.store.engine import Released, Tx
from broker.store.feed import Notice
from broker.wire.challenge import AnswerRequest, CaseKind, CaseReceipt, Outcome
from broker.wire.feed import FeedKind
from broker.wire.fields import encode64
from broker.wire.reference import reference_prefix, spoken_reference

ALLOWED_DAYS = 7
"""How long what was allowed once may be asked for."""
OUTCOMES: Mapping[CaseKind, tuple[Outcome, ...]] = {
    "challenge": ("allow_once", "allow_and_propose", "keep"),
    "sample": ("allow_and_propose", "keep"),
    "emergency": ("justified", "not_justified"),
    "proposal": ("noted",),
}
_HEARD = "check every character"
_EXPLAINED: frozenset[CaseKind] = frozenset({"challenge", "emergency"})
_TOLD: Mapping[CaseKind, FeedKind] = {"challenge": "challenge_answered", "emergency": "emergency_reviewed"}


@dataclass(frozen=True)
class _Answer:
    """A case before and after it is answered."""

    was: Case
    now: Case


def answers_to(case: Case) -> tuple[Outcome, ...]:
    """The answers that a reviewer may give: what can't be lifted can only be proposed, or kept."""
    given = OUTCOMES[case.kind] if case.is_waiting else ()
    return given if case.matter.lifts else tuple(one for one in given if one != "allow_once")


def answer_case(parts: Parts, reference: str, said: AnswerRequest, *, agency: str) -> Released[CaseReceipt]:
    """Records the answer to the case with this spoken reference.

    Raises `NotFound` for a case that is not this agency's to answer, `NotAllowed` for the asker's own, `BadInput` for
    an answer that it can't have, and `Conflict` when somebody else has answered.
    """
    if said.agency != agency:
        raise NotAllowed("agency-differs", "the answer names another agency than the one that signed", field="agency")
    now = parts.now()
    with parts.store.look() as connection:
        parts = parts.at(connection)
        case = _case(parts, connection, reference, agency=agency)
    answer = _Answer(case, _answered(parts, case, said, now=now))
    stamp = parts.stamp(agency, at=now)
    entry = parts.entry(_event(stamp, answer.now))
    with parts.store.begin() as tx:
        at = int(now.timestamp())
        deliveries.spend(tx.connection, "answer", said.id, expires=at + REMEMBERED, now=at)
        if not cases.change(tx.connection, parts.keyring, answer.now, was=case.state, random=parts.random):
            raise _too_late()
        notices = [*_notices(answer.now), *_proposal(parts, tx, answer.now, now=now)]
        feed.put(tx.connection, notices, at=at)
        tx.audit(entry)
        held = tx.release(answer.now)
    return held.released().map(lambda made: receipt_of(parts, made, entry))


def _case(parts: Parts, connection: Connection, reference: str, *, agency: str) -> Case:
    found = cases.with_prefix(connection, parts.keyring, reference_prefix(reference))
    if any(one.asker == agency and one.kind != "proposal" for one in found):
        raise NotAllowed("case-own", "whoever asked does not answer it, nor does anybody of their agency")
    mine = [one for one in found if one.holder == agency]
    if len(mine) != 1:
        raise NotFound("case-unknown", "no case with this reference waits for your agency", hint=_HEARD)
    if not mine[0].is_waiting:
        raise _too_late()
    return mine[0]


def _answered(parts: Parts, case: Case, said: AnswerRequest, *, now: dt.datetime) -> Case:
    if said.staff == case.matter.staff and case.kind != "proposal":
        raise NotAllowed("case-own", "whoever asked does not answer it, nor does anybody of their agency")
    if said.outcome not in answers_to(case):
        hint = f"it can be {', '.join(answers_to(case))}"
        raise BadInput("case-outcome", "this case can't be answered so", field="outcome", hint=hint)
    wanted = sealed_bytes("because") if case.kind in _EXPLAINED else 0
    if len(said.because or b"") != wanted:
        raise BadInput("words-unsealed", "the reason is not sealed to the agency that asked", field="because")
    because = (_because(case, said),) if said.because else ()
    matter = replace(case.matter, outcome=said.outcome, reviewer=said.staff, written=(*case.matter.written, *because))
    if case.kind == "challenge" and said.outcome != "keep" and case.matter.lifts:
        until = int((now + dt.timedelta(days=ALLOWED_DAYS)).timestamp())
        return replace(case, state="allowed", until=until, matter=matter)
    return replace(case, state="closed", matter=matter)


def _because(case: Case, said: AnswerRequest) -> Text:
    words = encode64(said.because or b"")
    return Text("because", case.holder, case.asker, spoken_reference(case.id), words)


def _event(stamp: Stamp, case: Case) -> Event:
    matter = case.matter
    about = matter.answer if case.kind == "emergency" else f"{matter.answer}/{matter.number}"
    private = {
        "about": about,
        "case": case.id.hex(),
        "kind": case.kind,
        "outcome": matter.outcome or "",
        "rule": matter.rule,
        "staff": matter.reviewer,
    }
    if case.kind == "emergency":
        return emergency_event(stamp, "reviewed", private=private)
    return challenge_event(stamp, "answered", private=private)


def _notices(case: Case) -> list[Notice]:
    kind = _TOLD.get(case.kind)
    if kind is None:
        return []
    reference = spoken_reference(bytes.fromhex(case.matter.answer) if case.kind == "emergency" else case.id)
    due = last_day(dt.datetime.fromtimestamp(case.until, dt.UTC)) if case.until else None
    return [Notice(case.asker, kind, reference, due)]


def _proposal(parts: Parts, tx: Tx, case: Case, *, now: dt.datetime) -> list[Notice]:
    """Writes down, for the agreement's owners, that a rule should change; names the rule and the item, and nobody."""
    agreement = parts.policies.agreements.get(case.matter.agreement)
    if case.matter.outcome != "allow_and_propose" or agreement is None:
        return []
    owner = agreement.rights.lead
    matter = replace(case.matter, record="", outcome=None, reviewer="", written=(), lifts=False)
    one = cases.case_id(parts.keyring, "proposal", matter.answer, number=matter.number, holder=owner)
    due = int(reviewers.sample_due(agreement, now).timestamp())
    proposal = Case(one, "proposal", case.holder, owner, "open", int(now.timestamp()), due, matter)
    proposal = replace(proposal, matter=replace(matter, staff=case.matter.reviewer))
    if not cases.put(tx.connection, parts.keyring, proposal, random=parts.random):
        return []
    stamp = parts.stamp(case.holder, at=now)
    private = {"about": f"{matter.answer}/{matter.number}", "case": one.hex(), "rule": matter.rule}
    event = challenge_event(stamp, "proposed", private={**private, "agreement": agreement.id, "item": matter.item})
    tx.audit(parts.entry(event))
    if case.matter.is_quiet:
        return []
    return [Notice(owner, "proposal_waits", spoken_reference(one), last_day(dt.datetime.fromtimestamp(due, dt.UTC)))]


def _too_late() -> Conflict:
    hint = "`broker-agency challenges` shows what still waits"
    return Conflict("case-answered", "somebody has answered this already; yours is not recorded", hint=hint)
