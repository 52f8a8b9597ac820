"""This is the wrong person: which services of an answer are about somebody else. It holds at once, for everybody."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from broker.agency.acting import acting
from broker.agency.desk.desk import desk_of
from broker.agency.desk.pages.family import answered_in
from broker.agency.desk.pages.render import page
from broker.agency.desk.search import Answered
from broker.agency.desk.signin.forms import Form
from broker.agency.desk.signin.session import signed_in
from broker.agency.family import Member, members
from broker.agency.kept_answers import kept_answer
from broker.agency.pair_review import say_verdict
from broker.agency.receipts import KeptBlock
from broker.wire.answer import Involvement

router = APIRouter()
WHO = ("caseworker", "supervisor")
_NONE = "Tick the services that are about somebody else"
_ALL = "Leave a service of the same person unticked. If all is about somebody else, find the person again"


@router.get("/family/{reference}/wrong")
def which(request: Request, reference: str) -> Response:
    """Which services are about somebody else?"""
    answered = answered_in(signed_in(request, *WHO), reference)
    return _page(request, answered, {}, {})


@router.post("/family/{reference}/wrong")
def say(request: Request, reference: str, form: Form) -> Response:
    """Records it."""
    session, desk = signed_in(request, *WHO), desk_of(request)
    answered = answered_in(session, reference)
    pairs, ticked = _pairs(answered, {name for name, value in form.items() if value == "wrong"})
    if not pairs:
        return _page(request, answered, form, {"wrong-0-0": _ALL if ticked else _NONE})
    kept = {one.handle: one for one in kept_answer(desk.place, answered.told.answer.story.reference).blocks}
    found: list[tuple[KeptBlock, KeptBlock]] = [(kept[one.handle], kept[other.handle]) for one, other in pairs]
    say_verdict(acting(desk.place, desk.edges, session.staff), found, "not_the_same")
    return page(request, "wrong_said.html", reference=reference, search=answered.search)


def _family(answered: Answered) -> list[Member]:
    """The people of whom more than one service tells: of one alone nothing can be apart."""
    return members(answered.told.answer.story, answered.subject, own_names=answered.own_names)


def _pairs(answered: Answered, ticked: set[str]) -> tuple[list[tuple[Involvement, Involvement]], bool]:
    pairs: list[tuple[Involvement, Involvement]] = []
    any_ticked = False
    for number, member in enumerate(_family(answered)):
        wrong = [one for at, one in enumerate(member.involvements) if f"wrong-{number}-{at}" in ticked]
        right = [one for at, one in enumerate(member.involvements) if f"wrong-{number}-{at}" not in ticked]
        any_ticked = any_ticked or bool(wrong)
        pairs += [(one, other) for one in wrong for other in right]
    return pairs, any_ticked


def _page(request: Request, answered: Answered, form: dict[str, str], errors: dict[str, str]) -> Response:
    family = [
        (number, member.heading, [(at, one.service) for at, one in enumerate(member.involvements)])
        for number, member in enumerate(_family(answered))
    ]
    reference, can_tell = answered.told.answer.story.reference, any(len(services) > 1 for *_, services in family)
    return page(request, "wrong.html", form=form, errors=errors, family=family, reference=reference, can_tell=can_tell)
