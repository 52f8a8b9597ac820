"""Ask for what is not shown, see what became of it, explain an emergency, and hear of answers that have changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast, get_args

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from broker.agency import cases
from broker.agency.acting import Acting, acting
from broker.agency.desk.desk import Desk, desk_of
from broker.agency.desk.pages.family import answered_in
from broker.agency.desk.pages.render import page
from broker.agency.desk.place_words import agency_name
from broker.agency.desk.search import Answered
from broker.agency.desk.show.asked import Asked, asked_of, recalled_of, together
from broker.agency.desk.show.family import family_page
from broker.agency.desk.show.unseen import Unseen
from broker.agency.desk.signin.forms import Form
from broker.agency.desk.signin.session import Session, signed_in
from broker.agency.free_text import read_written
from broker.agency.pair_review import read_recalls
from broker.errors import NotFound
from broker.wire.challenge import Case, PersonTold

router = APIRouter()
WHO = ("caseworker", "supervisor")
MOST, LEAST = 1_000, 10
PERSON_KNOWS: Mapping[PersonTold, str] = {
    "told": "Yes, I have told them",
    "not_yet": "Not yet, I will",
    "would_harm": "No, telling them would put somebody at risk",
}


@router.get("/family/{reference}/ask/{number}")
def ask_for(request: Request, reference: str, number: str) -> Response:
    """The rule, who answers and by when; what do you need?"""
    session = signed_in(request, *WHO)
    answered = answered_in(session, reference)
    return _ask_page(request, answered, _refusal(answered, number), {}, {})


@router.post("/family/{reference}/ask/{number}")
def send(request: Request, reference: str, number: str, form: Form) -> Response:
    """Sends it to a person at the service."""
    session, desk = signed_in(request, *WHO), desk_of(request)
    answered = answered_in(session, reference)
    refusal = _refusal(answered, number)
    errors = _texts(form, {"need": "what you need to know", "otherwise": "what happens if you don't get it"})
    if errors:
        return _ask_page(request, answered, refusal, form, errors)
    by = _acting(desk, session)
    found = cases.find_refusal(desk.place, f"{answered.told.answer.story.reference}/{refusal.number}")
    made = cases.challenge(by, found, need=form["need"], otherwise=form["otherwise"])
    session.memory.keep(f"asked {made.reference}", made)
    holder = agency_name(desk.words.read(desk.place), made.holder)
    return page(request, "sent.html", made=made, holder=holder, refusal=refusal, reference=reference)


@router.get("/asked")
def asked(request: Request) -> Response:
    """What became of what we asked for; of a supervisor's whole team, else of one's own."""
    session, desk = signed_in(request, *WHO), desk_of(request)
    found = _ours(desk, session)
    by = _acting(desk, session)
    told = [one for one in read_recalls(desk.place, desk.edges) if _is_seen(session, by, one.staff)]
    return page(request, "asked.html", asked=found, recalled=recalled_of(told, _names(desk)))


@router.get("/asked/emergency/{reference}")
def emergency(request: Request, reference: str) -> Response:
    """What was the danger, and what did you do?"""
    session, desk = signed_in(request, *WHO), desk_of(request)
    found = _emergency(desk, session, reference)
    return _explain_page(request, found[0].answer, {}, {}, is_explained=found[0].explained_at is not None)


@router.post("/asked/emergency/{reference}")
def explain(request: Request, reference: str, form: Form) -> Response:
    """Sends the explanation to all that were told."""
    session, desk = signed_in(request, *WHO), desk_of(request)
    found = _emergency(desk, session, reference)
    errors = _texts(form, {"why": "what the danger was and what you did"})
    if form.get("person") not in get_args(PersonTold):
        errors["person"] = "Select whether the person knows that you looked"
    if errors:
        return _explain_page(request, found[0].answer, form, errors, is_explained=False)
    cases.explain(_acting(desk, session), found, person_told=cast(PersonTold, form["person"]), why=form["why"])
    return RedirectResponse("/asked", status_code=303)


def _ours(desk: Desk, session: Session) -> list[Asked]:
    place = desk.place
    by, words = _acting(desk, session), desk.words.read(place)
    found = [one for one in cases.our_cases(by) if _is_seen(session, by, one.staff)]
    names = _names(desk)
    return together(asked_of(one, [read_written(place, text) for text in one.written], words, names) for one in found)


def _emergency(desk: Desk, session: Session, reference: str) -> list[Case]:
    by = _acting(desk, session)
    ours = [one for one in cases.our_cases(by) if _is_seen(session, by, one.staff)]
    return cases.find_emergency(ours, reference)


def _is_seen(session: Session, by: Acting, staff: str) -> bool:
    return staff == by.staff or "supervisor" in session.roles


def _names(desk: Desk) -> dict[str, str]:
    return {acting(desk.place, desk.edges, one.id).staff: one.name or one.id for one in desk.place.staff}


def _acting(desk: Desk, session: Session) -> Acting:
    return acting(desk.place, desk.edges, session.staff)


def _refusal(answered: Answered, number: str) -> Unseen:
    shown = family_page(answered.told.answer.story, answered.subject, own_names=answered.own_names)
    every = [*shown.unseen, *(one for one in (shown.refusal, shown.not_agreed) if one is not None)]
    for one in every:
        if one.number and str(one.number) == number:
            return one
    raise NotFound("refusal-not-kept", "this answer has nothing with that number that you could ask for")


def _texts(form: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    errors: dict[str, str] = {}
    for name, what in wanted.items():
        text = " ".join(form.get(name, "").split())
        if len(text) < LEAST:
            errors[name] = f"Say {what}, in {LEAST} characters or more"
        elif len(text) > MOST:
            errors[name] = f"What you write must be {MOST:,} characters or fewer"
    return errors


def _ask_page(
    request: Request, answered: Answered, refusal: Unseen, form: Mapping[str, str], errors: Mapping[str, str]
) -> Response:
    reference = answered.told.answer.story.reference
    return page(request, "ask_for.html", form=form, errors=errors, refusal=refusal, reference=reference, most=MOST)


def _explain_page(
    request: Request, reference: str, form: Mapping[str, str], errors: Mapping[str, str], *, is_explained: bool
) -> Response:
    person = [{"value": value, "text": text} for value, text in PERSON_KNOWS.items()]
    return page(
        request, "explain.html", form=form, errors=errors, reference=reference, person=person, most=MOST,
        is_explained=is_explained,
    )  # fmt: skip
