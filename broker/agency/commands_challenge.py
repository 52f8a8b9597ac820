"""`challenge`, `challenges`, `answer-challenge`: a refusal is questioned, and a person at the source answers for it.

What is written on either side is sealed to the other agency: the broker carries it and can't read it.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

import typer

from broker.agency import pseudonyms
from broker.agency.broker_calls import read_list, record_once
from broker.agency.case_page import case_content, case_lines
from broker.agency.commands_ask import Names, NamesMapping, StaffId, staff_member
from broker.agency.edges import Edges
from broker.agency.exits import Exit
from broker.agency.free_text import read_written, to_one, typed_text
from broker.agency.kept_answers import kept_answer
from broker.agency.options import HERE, AsJson, Folder, edges_of, workspace_in
from broker.agency.our_people import record_names, staff_names
from broker.agency.receipts import KeptAnswer, KeptRefusal, check_event
from broker.agency.screen import Screen
from broker.agency.words import day, moment, plain
from broker.agency.workspace import Workspace
from broker.errors import BadInput
from broker.keys.sealed_words import About
from broker.wire.answer import ReceiptLeaf
from broker.wire.challenge import AnswerRequest, Case, CaseReceipt, ChallengeRequest, Ours, Waiting

Refusal = Annotated[str, typer.Argument(help="The refusal as the answer calls it, such as 7ZQF-1K0M-R/3.")]
CaseReference = Annotated[str, typer.Argument(help="The case, as `broker-agency challenges` calls it.")]
Need = Annotated[str | None, typer.Option("--need", help="What you need to know. `@FILE` reads it from a file.")]
Otherwise = Annotated[str | None, typer.Option("--otherwise", help="What happens if you don't get it.")]
Said = Annotated[
    Literal["allow_once", "allow_and_propose", "keep", "justified", "not_justified", "noted"],
    typer.Option("--say", help="What you decide."),
]
Because = Annotated[str | None, typer.Option("--because", help="Why. `@FILE` reads it from a file.")]
OursOnly = Annotated[bool, typer.Option("--ours", help="What became of what we asked, instead of what waits for us.")]
_REFUSAL = re.compile(r"(.+)/([1-9][0-9]{0,3})")
SAID = {
    "allow_once": "allowed, for one look-up",
    "allow_and_propose": "allowed, and a change of the rule is proposed",
    "keep": "kept",
    "justified": "justified",
    "not_justified": "not justified",
    "noted": "noted",
}


def challenge(
    context: typer.Context,
    refusal: Refusal,
    need: Need = None,
    otherwise: Otherwise = None,
    staff: StaffId = None,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """Says that you need what was not shown. A person at the service answers, by the day that is named."""
    edges = edges_of(context)
    place = workspace_in(workspace, edges)
    kept, shown = _refusal(place, refusal)
    by = pseudonyms.staff(place.read_secrets().bytes32("reference"), staff_member(place, staff).id)
    words = {
        "need": typed_text(need, "What do you need to know?"),
        "otherwise": typed_text(otherwise, "What happens if you don't get it?"),
    }
    about = About("challenge", place.agency, shown.decides, f"{kept.reference}/{shown.number}")
    asked = ChallengeRequest(
        v=1,
        id=edges.random_bytes(16),
        agency=place.agency,
        staff=by,
        answer=kept.reference,
        number=shown.number,
        handle=shown.handle,
        reader=shown.decides,
        words=to_one(place.read_trust(), about, words),
    )
    made = record_once(place, edges, CaseReceipt, signer=place.desk_signer(), path="/v1/challenges", body=asked)
    _check(place, made.receipt, act="made")
    lines = [
        f"recorded as {plain(made.reference)}: somebody at `{plain(made.holder)}` answers by {day(made.due)}",
        "after that it goes to the next there by itself; `broker-agency challenges --ours` says how it stands",
    ]
    content = {"reference": made.reference, "holder": made.holder, "due": made.due.isoformat()}
    Screen(json).result(content, lines)
    return Exit.ACCEPTED


def challenges(
    context: typer.Context,
    ours: OursOnly = False,
    names: Names = None,
    mapping: NamesMapping = None,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """What waits for your reviewers, the overdue first; with --ours what became of what your desks asked."""
    edges = edges_of(context)
    place = workspace_in(workspace, edges)
    found, head = (our_cases(place, edges), []) if ours else _waiting(place, edges)
    known, staff = record_names(place, edges, names, mapping), staff_names(place)
    written = {one.reference: [read_written(place, text) for text in one.written] for one in found}
    lines = [line for one in found for line in case_lines(one, written[one.reference], known, staff)]
    content = {"cases": [case_content(one, written[one.reference], known, staff) for one in found]}
    Screen(json).result(content, [*(lines or ["nothing waits"]), *head])
    return Exit.ACCEPTED


def answer_challenge(
    context: typer.Context,
    reference: CaseReference,
    say: Said,
    because: Because = None,
    staff: StaffId = None,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """Answers what waits for your agency: a challenge, a sampled refusal, an emergency, a proposal."""
    edges = edges_of(context)
    place = workspace_in(workspace, edges)
    by = pseudonyms.staff(place.read_secrets().bytes32("reference"), staff_member(place, staff).id)
    cases, _ = _waiting(place, edges)
    case = next((one for one in cases if one.reference == reference), None)
    if case is None:
        hint = "`broker-agency challenges` lists what waits"
        raise BadInput("case-unknown", "nothing with this reference waits for us", field="reference", hint=hint)
    asked = AnswerRequest(
        v=1,
        id=edges.random_bytes(16),
        agency=place.agency,
        staff=by,
        outcome=say,
        because=_because(place, case, because),
    )
    path = f"/v1/challenges/{case.reference}/answer"
    made = record_once(place, edges, CaseReceipt, signer=place.review_signer(), path=path, body=asked)
    _check(place, made.receipt, act="reviewed" if case.kind == "emergency" else "answered")
    until = f"; they may look it up once until {moment(made.allowed_until)}" if made.allowed_until else ""
    content = {"reference": made.reference, "outcome": made.outcome, "allowed_until": made.allowed_until}
    Screen(json).result(content, [f"recorded: {SAID[say]}{until}"])
    return Exit.ACCEPTED


def _because(place: Workspace, case: Case, given: str | None) -> bytes | None:
    if case.kind not in ("challenge", "emergency"):
        return None
    words = {"because": typed_text(given, "Why do you decide so? They will read it.")}
    return to_one(place.read_trust(), About("because", place.agency, case.asker, case.reference), words)


def _refusal(place: Workspace, name: str) -> tuple[KeptAnswer, KeptRefusal]:
    found = _REFUSAL.fullmatch(name.strip())
    if found is None:
        raise BadInput("refusal-invalid", "a refusal is called like 7ZQF-1K0M-R/3", field="refusal")
    kept = kept_answer(place, found[1])
    for one in kept.refusals:
        if one.number == int(found[2]):
            return kept, one
    hint = "the number stands in the answer, behind its reference"
    raise BadInput("refusal-not-kept", "that answer has no refusal with this number", field="refusal", hint=hint)


def _waiting(place: Workspace, edges: Edges) -> tuple[tuple[Case, ...], list[str]]:
    told = read_list(place, edges, Waiting, signer=place.review_signer(), path="/v1/challenges")
    _read_event(place, told.leaf, told.proof, what="waiting")
    if told.overturned_percent is None:
        return told.cases, []
    return told.cases, [f"of {told.answered:,} answered here {told.overturned_percent} % were overturned"]


def our_cases(place: Workspace, edges: Edges) -> tuple[Case, ...]:
    """What our desks challenged, and our emergencies, the latest first. Raises `Untrusted`."""
    told = read_list(place, edges, Ours, signer=place.desk_signer(), path="/v1/challenged")
    _read_event(place, told.leaf, told.proof, what="ours")
    return told.cases


def _read_event(place: Workspace, leaf: str, proof: str, *, what: str) -> None:
    expected = {"typ": "admin", "act": "read-cases", "what": what, "org": place.agency}
    check_event(leaf, proof, trust=place.read_trust(), expected=expected)


def _check(place: Workspace, receipt: ReceiptLeaf, *, act: str) -> None:
    typ = "emergency" if act in ("explained", "reviewed") else "challenge"
    expected = {"typ": typ, "act": act, "org": place.agency}
    check_event(receipt.leaf, receipt.proof, trust=place.read_trust(), expected=expected)
