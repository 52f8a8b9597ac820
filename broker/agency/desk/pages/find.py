"""Find a person: what you know, why you need it, and which of our own people is meant. No name is in an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from broker.agency.ask import band_of
from broker.agency.asking import open_desk, put
from broker.agency.desk.desk import Desk, desk_of
from broker.agency.desk.pages.render import page
from broker.agency.desk.place_words import purposes_of
from broker.agency.desk.search import HARM, RELATIONS, Answered, Search, Wrong, read_search, wrong_of
from broker.agency.desk.signin.forms import Form
from broker.agency.desk.signin.session import Session, signed_in
from broker.agency.family import Subject
from broker.agency.typed import Typed
from broker.errors import BadInput, NotFound
from broker.wire.fields import encode64

router = APIRouter()
WHO = ("caseworker", "supervisor")
TYPED = "typed"
"""The choice of somebody who means none of our own records."""


@dataclass(frozen=True, repr=False)
class _Again:
    """A form to be mended. It gets an address of its own: a browser keeps on its disk what a page was posted."""

    form: Mapping[str, str]
    errors: Mapping[str, str]


@router.get("/find")
def begin(request: Request) -> Response:
    """What do you know, and why do you need it?"""
    session = signed_in(request, *WHO)
    return find_page(request, session, {}, {})


@router.post("/find")
def find(request: Request, form: Form) -> Response:
    """Reads what was typed; whom of our own they may mean comes next, or the answer where nobody is meant."""
    session, desk = signed_in(request, *WHO), desk_of(request)
    place = desk.place
    try:
        purposes = [one.purpose for one in purposes_of(desk.words.read(place), session.profession)]
        today = desk.edges.now().date()
        search = read_search(form, purposes=purposes, today=today, synthetic=place.synthetic_numbers)
        search = _with_candidates(desk, search)
    except Wrong as wrong:
        return _again(request, session, _Again(form, wrong.errors))
    name = encode64(desk.edges.random_bytes(16))
    session.memory.keep(name, search)
    if not search.candidates and search.typed is not None:
        return _ask(request, session, search, search.typed, name=name)
    return RedirectResponse(f"/find/{name}", status_code=303)


@router.get("/find/again/{name}")
def again(request: Request, name: str) -> Response:
    """The form as it was filled in, with what is wrong of it."""
    session = signed_in(request, *WHO)
    found = session.memory.find(name, _Again)
    if found is None:
        return RedirectResponse("/find", status_code=303)
    return find_page(request, session, found.form, found.errors)


@router.get("/find/{name}")
def which(request: Request, name: str) -> Response:
    """Which person is meant: those of our own records, the youngest first."""
    session = signed_in(request, *WHO)
    return _which(request, _search(session, name), {})


@router.post("/find/{name}")
def choose(request: Request, name: str, form: Form) -> Response:
    """Asks about the chosen one."""
    session = signed_in(request, *WHO)
    search = _search(session, name)
    chosen = form.get("person", "")
    if chosen == TYPED and search.typed is not None:
        return _ask(request, session, search, search.typed, name=name)
    people = {str(at): one for at, one in enumerate((*search.candidates, *search.family))}
    if chosen not in people:
        return _which(request, search, {"person": "Select which person you mean"})
    own = people[chosen]
    return _ask(request, session, search, Typed(own.name, own.person), name=name)


def look_up(desk: Desk, session: Session, search: Search, chosen: Typed, *, why: str | None = None) -> Answered:
    """Asks the broker, and keeps the answer in the session's memory under its reference.

    `why` is the reason of an emergency. Raises what `ask.Desk.ask` raises.
    """
    place = desk.place
    with open_desk(place, desk.edges) as asking:
        asker = search.asker(session.member, emergency=why)
        told, warning = put(asking, place, chosen.person, asker=asker, purpose=search.purpose)
    subject = Subject(chosen.name, band_of(chosen.person, on=desk.edges.now().date()))
    answered = Answered(search, chosen, subject, told, desk.own_people().names, warning)
    session.memory.keep(told.answer.story.reference, answered)
    return answered


def _ask(request: Request, session: Session, search: Search, chosen: Typed, *, name: str) -> Response:
    if search.in_danger:
        session.memory.keep(name, replace(search, typed=chosen))
        return RedirectResponse(f"/danger/{name}", status_code=303)
    try:
        answered = look_up(desk_of(request), session, search, chosen)
    except BadInput as error:
        if error.code != "too-little-known":
            raise
        return _again(request, session, _Again(search.form, wrong_of(error).errors))
    return RedirectResponse(f"/family/{answered.told.answer.story.reference}", status_code=303)


def _again(request: Request, session: Session, again: _Again) -> Response:
    name = encode64(desk_of(request).edges.random_bytes(16))
    session.memory.keep(name, again)
    return RedirectResponse(f"/find/again/{name}", status_code=303)


def _with_candidates(desk: Desk, search: Search) -> Search:
    typed = search.typed.person if search.typed else None
    people = desk.own_people()
    found, family = people.meant(typed, search.reference)
    if search.reference and not found:
        said = "Your own records have nobody with this reference. Check it, or leave it out"
        raise Wrong({"reference": said})
    return replace(search, candidates=tuple(found), family=tuple(family))


def _search(session: Session, name: str) -> Search:
    found = session.memory.find(name, Search)
    if found is None:
        raise NotFound("search-over", "this search is over", hint="find the person again")
    return found


def _which(request: Request, search: Search, errors: dict[str, str]) -> Response:
    on = desk_of(request).edges.now().date()
    people = [(one, one.age(on)) for one in (*search.candidates, *search.family)]
    meant = len(search.candidates)
    return page(request, "which.html", search=search, people=people, meant=meant, errors=errors)


def find_page(
    request: Request, session: Session, form: Mapping[str, str], errors: Mapping[str, str], *, came_from: str = ""
) -> Response:
    """The search page, with what was typed and what is wrong of it; `came_from` is the case system that began it."""
    desk = desk_of(request)
    purposes = [
        {
            "value": one.purpose,
            "text": one.label,
            "hint": f"{one.lawful_basis} What to tell the family: {one.tell_family}",
        }
        for one in purposes_of(desk.words.read(desk.place), session.profession)
    ]
    return page(
        request, "find.html", form=form, errors=errors, purposes=purposes, came_from=came_from,
        relations=[{"value": name, "text": text} for name, text in RELATIONS.items()],
        harm=[{"value": name, "text": text} for name, text in HARM.items()], has_own=bool(desk.settings.people),
    )  # fmt: skip
