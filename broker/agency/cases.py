"""Refusals that are questioned, emergencies that are explained, and what our reviewers answer: asked, sent and checked.

What is written on either side is sealed to the other agency: the broker carries it and can't read it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from broker.agency.acting import Acting
from broker.agency.broker_calls import read_as, record_once
from broker.agency.free_text import to_one
from broker.agency.kept_answers import kept_answer
from broker.agency.receipts import KeptAnswer, KeptRefusal
from broker.agency.workspace import Workspace
from broker.errors import BadInput
from broker.keys.sealed_words import About
from broker.wire.challenge import (
    AnswerRequest,
    Case,
    CaseReceipt,
    ChallengeRequest,
    ExplainRequest,
    Ours,
    Outcome,
    PersonTold,
    Waiting,
)

_REFUSAL = re.compile(r"(.+)/([1-9][0-9]{0,3})")


def read_waiting(by: Acting) -> Waiting:
    """What waits for our reviewers, the overdue first. Raises `Untrusted`."""
    told = read_as(by, Waiting, signer=by.place.review_signer(), path="/v1/challenges/waiting")
    _was_read(by, told, what="waiting")
    return told


def our_cases(by: Acting) -> tuple[Case, ...]:
    """What our desks challenged, and our emergencies, the latest first. Raises `Untrusted`."""
    told = read_as(by, Ours, signer=by.place.desk_signer(), path="/v1/challenged")
    _was_read(by, told, what="ours")
    return told.cases


def find_refusal(place: Workspace, name: str) -> tuple[KeptAnswer, KeptRefusal]:
    """The refusal that an answer of ours calls `7ZQF-1K0M-R/3`. Raises `BadInput`."""
    found = _REFUSAL.fullmatch(name.strip())
    if found is None:
        raise BadInput("refusal-invalid", "a refusal is called like 7ZQF-1K0M-R/3", field="refusal")
    kept = kept_answer(place, found[1])
    for one in kept.refusals:
        if one.number == int(found[2]):
            return kept, one
    hint = "the number stands in the answer, behind its reference"
    raise BadInput("refusal-not-kept", "that answer has no refusal with this number", field="refusal", hint=hint)


def challenge(by: Acting, refusal: tuple[KeptAnswer, KeptRefusal], *, need: str, otherwise: str) -> CaseReceipt:
    """Asks the source's reviewer to show what was refused. Raises what the broker's refusal says."""
    place, (kept, shown) = by.place, refusal
    about = About("challenge", place.agency, shown.decides, f"{kept.reference}/{shown.number}")
    asked = ChallengeRequest(
        v=1,
        id=by.new_id(),
        agency=place.agency,
        staff=by.staff,
        answer=kept.reference,
        number=shown.number,
        handle=shown.handle,
        reader=shown.decides,
        words=to_one(place.read_trust(), about, {"need": need, "otherwise": otherwise}),
    )
    return _sent(by, asked, "/v1/challenges", is_review=False, typ="challenge", act="made")


def find_waiting(cases: Sequence[Case], reference: str) -> Case:
    """The case of that reference among what waits. Raises `BadInput`."""
    case = next((one for one in cases if one.reference == reference), None)
    if case is None:
        hint = "`broker-agency challenges` lists what waits"
        raise BadInput("case-unknown", "nothing with this reference waits for us", field="reference", hint=hint)
    return case


def takes_words(case: Case) -> bool:
    """Whether whoever asked reads why it was answered so."""
    return case.kind in ("challenge", "emergency")


def answer(by: Acting, case: Case, outcome: Outcome, *, because: str | None) -> CaseReceipt:
    """Answers what waits for us; `because` is sealed to the asker's agency, and None where nobody reads it."""
    place = by.place
    about = About("because", place.agency, case.asker, case.reference)
    asked = AnswerRequest(
        v=1,
        id=by.new_id(),
        agency=place.agency,
        staff=by.staff,
        outcome=outcome,
        because=to_one(place.read_trust(), about, {"because": because}) if because else None,
    )
    path, is_emergency = f"/v1/challenges/{case.reference}/answer", case.kind == "emergency"
    typ, act = ("emergency", "reviewed") if is_emergency else ("challenge", "answered")
    return _sent(by, asked, path, is_review=True, typ=typ, act=act)


def find_emergency(cases: Sequence[Case], name: str) -> list[Case]:
    """What our emergency of that reference is at each agency that was told. Raises `BadInput`."""
    found = [one for one in cases if one.kind == "emergency" and one.answer == name.strip().upper()]
    if not found:
        hint = "`broker-agency challenges --ours` lists your emergencies"
        raise BadInput("emergency-unknown", "we have no emergency with this reference", field="reference", hint=hint)
    return found


def explain(by: Acting, emergency: Sequence[Case], *, person_told: PersonTold, why: str) -> CaseReceipt:
    """Explains an emergency to all that were told of it: one text, sealed to each."""
    place, trust, name = by.place, by.place.read_trust(), emergency[0].answer
    told = sorted(one.holder for one in emergency)
    about = {one: About("explained", place.agency, one, name) for one in told}
    asked = ExplainRequest(
        v=1,
        id=by.new_id(),
        agency=place.agency,
        staff=by.staff,
        person_told=person_told,
        words={one: to_one(trust, about[one], {"explained": why}) for one in told},
    )
    path = f"/v1/emergencies/{name}/explained"
    return _sent(by, asked, path, is_review=False, typ="emergency", act="explained")


def _sent(
    by: Acting, asked: ChallengeRequest | AnswerRequest | ExplainRequest, path: str, *, is_review: bool, typ: str,
    act: str,
) -> CaseReceipt:  # fmt: skip
    signer = by.place.review_signer() if is_review else by.place.desk_signer()
    made = record_once(by.place, by.edges, CaseReceipt, signer=signer, path=path, body=asked)
    by.check(made.receipt.leaf, made.receipt.proof, typ=typ, act=act)
    return made


def _was_read(by: Acting, told: Waiting | Ours, *, what: str) -> None:
    by.check(told.leaf, told.proof, typ="admin", act="read-cases", what=what)
