"""Protections of people of our own records: set by one, confirmed by another, ended by two."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Query, Request, Response

from broker.agency.acting import Acting, acting
from broker.agency.desk.desk import Desk, desk_of
from broker.agency.desk.pages.done import START, Back, done
from broker.agency.desk.pages.own_records import called_at, sources_of
from broker.agency.desk.pages.render import page
from broker.agency.desk.pages.typed_day import typed_day
from broker.agency.desk.show.paging import paged
from broker.agency.desk.show.protection import kinds, protection_shown
from broker.agency.desk.signin.forms import Form
from broker.agency.desk.signin.session import Session, signed_in
from broker.agency.protecting import Protected, act_on, read_register
from broker.agency.words import capital, day
from broker.errors import BadInput, Conflict, NotFound
from broker.wire.delivery import Protection
from broker.wire.protection import Registered

router = APIRouter(prefix="/protections")
SETS = ("caseworker", "supervisor", "ig_officer", "lead_ig_officer")
KEEPS = ("supervisor", "ig_officer", "lead_ig_officer")
_BACK = Back("/protections", "Protections")


@router.get("")
def register(request: Request, page_number: Annotated[str, Query(alias="page")] = "1") -> Response:
    """Our entries: what waits for somebody first."""
    session, desk = signed_in(request, *KEEPS), desk_of(request)
    called = called_at(desk)
    some, links = paged(read_register(_by(desk, session)), page_number, "/protections")
    return page(request, "protections.html", protections=[protection_shown(one, called) for one in some], links=links)


@router.get("/new")
def new(request: Request) -> Response:
    """The form to protect somebody."""
    signed_in(request, *SETS)
    return _new(request, {}, {})


@router.post("/new")
def protect(request: Request, form: Form) -> Response:
    """Protects somebody from the next look-up on."""
    session = signed_in(request, *SETS)
    desk = desk_of(request)
    today, errors = desk.edges.now().date(), dict[str, str]()
    review_by = typed_day(form.get("review_by", ""), today=today)
    if form.get("kind") not in [one["value"] for one in kinds()]:
        errors["kind"] = "Select how they are protected"
    if form.get("source") not in [one["value"] for one in sources_of(desk)]:
        errors["source"] = "Select the service that holds the record"
    if not form.get("record"):
        errors["record"] = "Enter what your own system calls the record"
    if review_by is None or review_by <= today:
        errors["review_by"] = "Enter a day to come, such as 1 5 2027"
    if errors:
        return _new(request, form, errors)
    by, source = _by(desk, session), form["source"]
    which = Protected(source, by.pseudonym(source, form["record"]), cast(Protection, form["kind"]))
    try:
        made = act_on(by, which, "set", second=False, review_by=review_by)
    except (NotFound, Conflict) as error:
        return _new(request, form, {"record": capital(error.message)})
    lines = [
        "It holds from now on: nobody is shown what it hides.",
        f"A second person confirms it by {day(made.due)}. It goes on protecting even if nobody does."
        if made.due
        else "",
        "Put it into your own system as well, so that your next delivery says the same.",
    ]
    back = _BACK if session.roles & set(KEEPS) else START
    return done(request, "Protected", lines, reference=made.reference, back=back)


@router.post("/{reference}")
def act(request: Request, reference: str, form: Form) -> Response:
    """Confirms it, proposes that it ends, or agrees to that. The broker refuses whoever was the first person."""
    session = signed_in(request, *KEEPS)
    desk = desk_of(request)
    entry = _found(_by(desk, session), reference)
    if entry.ref is None or form.get("do") not in ("confirm", "lift", "agree"):
        raise BadInput("protection-act", "that can't be done with this entry here", hint="go back to the list")
    which, do = Protected(entry.source, entry.ref, entry.kind), form["do"]
    made = act_on(_by(desk, session), which, "confirm" if do == "confirm" else "lift", second=do != "lift")
    if do == "confirm":
        title, lines = "Confirmed", [f"It stays, and is looked at again by {day(made.review_by)}."]
    elif made.in_force:
        until = f" by {day(made.due)}" if made.due else ""
        title, lines = "Proposed", [f"It goes on protecting until a second person agrees{until}."]
    else:
        title, lines = "Lifted", ["It protects nobody any more. Take it out of your own system too."]
    return done(request, title, lines, reference=made.reference, back=_BACK)


def _by(desk: Desk, session: Session) -> Acting:
    return acting(desk.place, desk.edges, session.staff)


def _found(by: Acting, reference: str) -> Registered:
    for one in read_register(by):
        if one.reference == reference:
            return one
    raise NotFound("protection-unknown", "we have no entry with this reference", hint="look at the list")


def _new(request: Request, form: dict[str, str], errors: dict[str, str]) -> Response:
    return page(
        request, "protection_new.html", form=form, errors=errors, kinds=kinds(),
        sources=sources_of(desk_of(request)),
    )  # fmt: skip
