"""A lead officer tries a change of a clause: who would have been affected last month? Then they put it forward."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from broker.agency import trying
from broker.agency.acting import acting
from broker.agency.desk.desk import desk_of
from broker.agency.desk.pages.agreements import who_signs
from broker.agency.desk.pages.render import page
from broker.agency.desk.show.change import change_shown
from broker.agency.desk.show.cover import uncoded
from broker.agency.desk.show.trial import levels, steps
from broker.agency.desk.signin.forms import Form
from broker.agency.desk.signin.session import signed_in
from broker.agency.words import capital
from broker.errors import BadInput
from broker.wire.trial import ClauseText

router = APIRouter(prefix="/agreements")
ROLES = ("lead_ig_officer",)


@router.get("/try/{clause}")
def form(request: Request, clause: str) -> Response:
    """The clause as it stands, and what it might become."""
    signed_in(request, *ROLES)
    held = _held(request, clause)
    return _form(request, held, {"text": held.text}, {})


@router.post("/try/{clause}")
def begin(request: Request, clause: str, form: Form) -> Response:
    """Begins to work it out."""
    session = signed_in(request, *ROLES)
    desk = desk_of(request)
    held, to = _held(request, clause), form.get("to", "")
    if to not in [one["value"] for one in levels(held.text)]:
        return _form(request, held, form, {"to": "Select what is to become of it"})
    # What a browser sends back lacks the blanks in front of the first line, which say how deep it stands.
    margin = held.text[: len(held.text) - len(held.text.lstrip())]
    wanted = f"{margin}{form.get('text', '').strip()}\n" if to == "own" else trying.with_level(held.text, to)
    try:
        begun = trying.begin(acting(desk.place, desk.edges, session.staff), clause, wanted)
    except BadInput as error:
        said = f"{capital(error.message)}{f': {error.hint}' if error.hint else ''}"
        return _form(request, held, form, {"text" if to == "own" else "to": said})
    return RedirectResponse(f"/agreements/trials/{begun.id}", status_code=303)


@router.get("/trials/{name}")
def trial(request: Request, name: str) -> Response:
    """How far it is; at the end all that would change, and what it would have made of last month's decisions."""
    signed_in(request, *ROLES)
    return _trial(request, name, {}, {})


@router.post("/trials/{name}")
def put_forward(request: Request, name: str, form: Form) -> Response:
    """Keeps it as a proposal, for two people of two organisations to sign."""
    signed_in(request, *ROLES)
    desk = desk_of(request)
    called = form.get("name", "")
    try:
        trying.put_forward(desk.place, trying.read_trial(desk.place, desk.edges, name), called)
    except BadInput as error:
        said = f"{capital(error.message)}{f': {error.hint}' if error.hint else ''}"
        return _trial(request, name, form, {"name": said})
    return RedirectResponse(f"/agreements/changes/{called}", status_code=303)


def _held(request: Request, clause: str) -> ClauseText:
    desk = desk_of(request)
    return trying.read_clause(desk.place, desk.edges, clause)


def _form(request: Request, held: ClauseText, form: dict[str, str], errors: dict[str, str]) -> Response:
    return page(request, "trial_new.html", held=held, levels=levels(held.text), form=form, errors=errors)


def _trial(request: Request, name: str, form: dict[str, str], errors: dict[str, str]) -> Response:
    desk = desk_of(request)
    found = trying.read_trial(desk.place, desk.edges, name)
    change = change_shown(found.clause, found.proposal, []) if found.proposal else None
    return page(
        request, "trial.html", trial=found, change=change, steps=steps(found), form=form, errors=errors,
        signs=who_signs(desk), said=[uncoded(line) for line in found.said.splitlines()],
    )  # fmt: skip
