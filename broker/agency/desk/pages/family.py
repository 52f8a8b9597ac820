"""The family page: who to contact, people, what has happened, what can't be seen and why; and the card to print.

An answer is in the memory of the session that asked for it, under its spoken reference, and nowhere else.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from broker.agency.desk.desk import desk_of
from broker.agency.desk.pages.render import page
from broker.agency.desk.place_words import agency_name
from broker.agency.desk.search import Answered
from broker.agency.desk.show.family import family_page
from broker.agency.desk.signin.session import Session, signed_in
from broker.agency.family import Subject
from broker.agency.typed import UNNAMED
from broker.errors import BadInput, NotFound
from broker.wire.reference import reference_prefix, spoken_reference

router = APIRouter()
WHO = ("caseworker", "supervisor")


@router.get("/family/{reference}")
def family(request: Request, reference: str) -> Response:
    """Who is already helping this person and this family, and what you may know."""
    session = signed_in(request, *WHO)
    answered = answered_in(session, reference)
    shown = family_page(answered.told.answer.story, answered.subject, own_names=answered.own_names)
    desk = desk_of(request)
    told = [agency_name(desk.words.read(desk.place), one) for one in shown.emergency.told] if shown.emergency else []
    return page(
        request, "family.html", shown=shown, told=told, warning=answered.warning, case=answered.search.case,
        names=bool(desk.settings.people),
    )  # fmt: skip


@router.get("/family/{reference}/card")
def card(request: Request, reference: str) -> Response:
    """One sheet of paper: the reference and whom to ring. It names nobody of the family."""
    session = signed_in(request, *WHO)
    answered = answered_in(session, reference)
    nobody = Subject(UNNAMED, answered.subject.age_band)
    shown = family_page(answered.told.answer.story, nobody, own_names={})
    return page(request, "card.html", shown=shown, case=answered.search.case)


def answered_in(session: Session, reference: str) -> Answered:
    """The answer with this reference, as somebody may have heard it. Raises `NotFound` when it is not here any more."""
    try:
        name = spoken_reference(reference_prefix(reference))
    except BadInput:
        name = reference
    found = session.memory.find(name, Answered)
    if found is None:
        hint = "answers are here for as long as you are signed in; find the person again"
        raise NotFound("answer-not-here", "there is no answer with this reference in your session", hint=hint)
    return found
