"""Refusals that are questioned, emergencies and rules to change: what waits for our reviewers, and their answers."""

from __future__ import annotations

from typing import cast

from fastapi import APIRouter, Request, Response

from broker.agency import cases
from broker.agency.acting import acting
from broker.agency.desk.desk import Desk, desk_of
from broker.agency.desk.pages.done import Back, done
from broker.agency.desk.pages.own_records import called_at
from broker.agency.desk.pages.render import page
from broker.agency.desk.show.case import KINDS, by_kind, case_shown
from broker.agency.desk.signin.forms import Form
from broker.agency.desk.signin.session import Session, signed_in
from broker.agency.free_text import read_written
from broker.agency.words import moment, sentences
from broker.wire.challenge import Case, Outcome

router = APIRouter(prefix="/refusals")
ROLES = ("supervisor", "ig_officer", "lead_ig_officer")
_DONE = {
    "allow_once": "It is shown to them, once",
    "allow_and_propose": "It is shown to them, and a change of the rule is proposed",
    "keep": "It stays as it is",
    "justified": "You have judged it justified",
    "not_justified": "You have judged it not justified",
    "noted": "Noted",
}
_PROPOSED = "A change of the rule is proposed, and nothing is shown yet"
_BACK = Back("/refusals", "What else waits")
_SHORTEST = 10


@router.get("")
def waiting(request: Request) -> Response:
    """All that waits."""
    session, desk = signed_in(request, *ROLES), desk_of(request)
    told = cases.read_waiting(acting(desk.place, desk.edges, session.staff))
    return page(
        request,
        "refusals.html",
        groups=by_kind(told.cases, called_at(desk)),
        answered=told.answered,
        overturned=told.overturned_percent,
    )


@router.get("/{reference}")
def one(request: Request, reference: str) -> Response:
    """One of them, with what was written."""
    session = signed_in(request, *ROLES)
    return _page(request, _found(desk_of(request), session, reference), {}, {})


@router.post("/{reference}")
def answer(request: Request, reference: str, form: Form) -> Response:
    """Answers it."""
    session = signed_in(request, *ROLES)
    desk = desk_of(request)
    case = _found(desk, session, reference)
    errors = _wrong(case, form)
    if errors:
        return _page(request, case, form, errors)
    said = cast(Outcome, form["say"])
    by = acting(desk.place, desk.edges, session.staff)
    because = " ".join(form["because"].split()) if cases.takes_words(case) else None
    made = cases.answer(by, case, said, because=because)
    lines = [sentences(f"They may look it up once, until {moment(made.allowed_until)}")] if made.allowed_until else []
    lines += ["Whoever asked is told."] if cases.takes_words(case) else []
    lines.append("Your answer is in the record, and its proof is checked.")
    title = _PROPOSED if said == "allow_and_propose" and not made.allowed_until else _DONE[said]
    return done(request, title, lines, reference=made.reference, back=_BACK)


def _found(desk: Desk, session: Session, reference: str) -> Case:
    by = acting(desk.place, desk.edges, session.staff)
    return cases.find_waiting(cases.read_waiting(by).cases, reference)


def _wrong(case: Case, form: dict[str, str]) -> dict[str, str]:
    errors = {}
    if form.get("say") not in case.answers:
        errors["say"] = "Select what you decide"
    if cases.takes_words(case) and len(form.get("because", "").strip()) < _SHORTEST:
        errors["because"] = "Write why you decide so, in a sentence: they read it"
    return errors


def _page(request: Request, case: Case, form: dict[str, str], errors: dict[str, str]) -> Response:
    desk = desk_of(request)
    place = desk.place
    shown = case_shown(case, [read_written(place, text) for text in case.written], called_at(desk))
    return page(
        request, "refusal.html", case=shown, heading=KINDS[case.kind][0], form=form,
        errors=errors,
    )  # fmt: skip
