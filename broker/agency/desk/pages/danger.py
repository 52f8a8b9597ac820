"""Someone is in danger: emergency access on a page of its own, for somebody who has just proved who they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from broker.agency.desk.desk import desk_of
from broker.agency.desk.pages.family import answered_in
from broker.agency.desk.pages.find import look_up
from broker.agency.desk.pages.render import page
from broker.agency.desk.search import TOO_LITTLE, Search
from broker.agency.desk.signin.forms import Form
from broker.agency.desk.signin.session import Session, fresh, signed_in
from broker.agency.free_text import SHORTEST_REASON, check_reason
from broker.errors import BadInput, NotFound
from broker.wire.fields import encode64

router = APIRouter()
WHO = ("caseworker", "supervisor")
DANGERS: Mapping[str, str] = {
    "child_harm": "A child may be seriously harmed",
    "adult_harm": "An adult may be seriously harmed",
    "missing": "Somebody is missing and may come to harm",
    "self_harm": "Somebody may take their own life or hurt themselves",
}
MOST = 1_000


@router.get("/family/{reference}/danger")
def from_answer(request: Request, reference: str) -> Response:
    """The same person is in danger: leads to the page, with what was typed of them."""
    session = signed_in(request, *WHO)
    answered = answered_in(session, reference)
    name = encode64(desk_of(request).edges.random_bytes(16))
    session.memory.keep(name, replace(answered.search, typed=answered.chosen, in_danger=True))
    return RedirectResponse(f"/danger/{name}", status_code=303)


@router.get("/danger/{name}")
def explain(request: Request, name: str) -> Response:
    """What it opens, who is told, and what is owed afterwards."""
    session = signed_in(request, *WHO)
    search = _search(session, name)
    fresh(session)
    return _page(request, search, {}, {})


@router.post("/danger/{name}")
def open_up(request: Request, name: str, form: Form) -> Response:
    """Opens what is normally hidden."""
    session = signed_in(request, *WHO)
    search = _search(session, name)
    fresh(session)
    errors = _errors(form)
    if errors or search.typed is None:
        return _page(request, search, form, errors)
    why = " ".join(f"{DANGERS[form['danger']]}. {form['why']}".split())
    try:
        answered = look_up(desk_of(request), session, search, search.typed, why=why)
    except BadInput as error:
        if error.code != "too-little-known":
            raise
        return _page(request, search, form, {"why": TOO_LITTLE})
    return RedirectResponse(f"/family/{answered.told.answer.story.reference}", status_code=303)


def _errors(form: Mapping[str, str]) -> dict[str, str]:
    errors: dict[str, str] = {}
    if form.get("danger") not in DANGERS:
        errors["danger"] = "Select what the danger is"
    why = " ".join(form.get("why", "").split())
    try:
        check_reason(why)
    except BadInput:
        said = "Say who is in danger of what, and what you must know now"
        errors["why"] = f"{said}, in {SHORTEST_REASON} characters or more"
    if len(why) > MOST:
        errors["why"] = f"What you write must be {MOST:,} characters or fewer"
    if form.get("understood") != "yes":
        errors["understood"] = "Confirm that somebody is in danger now"
    return errors


def _search(session: Session, name: str) -> Search:
    found = session.memory.find(name, Search)
    if found is None or found.typed is None:
        raise NotFound("search-over", "this search is over", hint="find the person again")
    return found


def _page(request: Request, search: Search, form: Mapping[str, str], errors: Mapping[str, str]) -> Response:
    dangers = [{"value": value, "text": text} for value, text in DANGERS.items()]
    return page(request, "danger.html", search=search, form=form, errors=errors, dangers=dangers, most=MOST)
