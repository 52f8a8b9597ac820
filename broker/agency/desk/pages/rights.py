"""What people ask about their own information: taken in, its clock, decided by a colleague."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Query, Request, Response

from broker.agency.acting import Acting, acting
from broker.agency.desk.desk import Desk, desk_of
from broker.agency.desk.pages.done import START, Back, done
from broker.agency.desk.pages.own_records import called_at, colleagues, sources_of
from broker.agency.desk.pages.render import page
from broker.agency.desk.pages.typed_day import typed_day
from broker.agency.desk.show import right as show
from broker.agency.desk.show.paging import paged
from broker.agency.desk.signin.forms import Form
from broker.agency.desk.signin.session import Session, signed_in
from broker.agency.people_rights import decide_right, move_clock, read_rights, take_right
from broker.agency.right_page import NEXT, tell_person
from broker.agency.words import capital, day
from broker.errors import BadInput, Conflict, NotFound
from broker.wire.london import london_date
from broker.wire.rights import ClockAct, Ground, Right, RightCase, RightOutcome

router = APIRouter(prefix="/rights")
Number = Annotated[str, Query(alias="page")]
TAKES = ("caseworker", "supervisor", "ig_officer", "lead_ig_officer", "data_person")
DECIDES = ("ig_officer", "lead_ig_officer")
_BACK = Back("/rights", "People's rights")


@router.get("")
def waiting(request: Request, number: Number = "1") -> Response:
    """What waits to be decided, the earliest due first."""
    return _list(request, number, taken=False)


@router.get("/taken")
def taken(request: Request, number: Number = "1") -> Response:
    """All that was taken in and is kept."""
    return _list(request, number, taken=True)


@router.get("/new")
def new(request: Request) -> Response:
    """The form to take one in."""
    signed_in(request, *TAKES)
    return _new(request, {}, {})


@router.post("/new")
def take(request: Request, form: Form) -> Response:
    """Takes it in; it counts at once."""
    session = signed_in(request, *TAKES)
    desk = desk_of(request)
    today = london_date(session.now)
    received = typed_day(form["received"], today=today) if form.get("received") else today
    errors = {}
    if form.get("which") not in show.RIGHTS:
        errors["which"] = "Select what they ask"
    if form.get("source") not in [one["value"] for one in sources_of(desk)]:
        errors["source"] = "Select the service that holds the record"
    if not form.get("record"):
        errors["record"] = "Enter what your own system calls the record"
    if received is None or received > today:
        errors["received"] = "Enter a day such as 20 11 2026, today or before"
    if errors or received is None:
        return _new(request, form, errors)
    which, by = cast(Right, form["which"]), _by(desk, session)
    try:
        made = take_right(by, which, form["source"], record=form["record"], received=received)
    except (NotFound, Conflict) as error:
        return _new(request, form, {"record": capital(error.message)})
    does = "acknowledged" if which == "complaint" else "answered"
    lines = [f"It is to be {does} by {day(made.due)}." if made.due else "", show.RIGHTS[which][1]]
    lines += show.told_lines(made.told, made.untold)
    back = _BACK if session.roles & set(DECIDES) else START
    return done(request, "Taken in", lines, reference=made.reference, back=back)


@router.get("/case/{reference}")
def one(request: Request, reference: str) -> Response:
    """One of them."""
    session = signed_in(request, *DECIDES)
    return _page(request, _found(_by(desk_of(request), session), reference), {}, {})


@router.post("/case/{reference}")
def decide(request: Request, reference: str, form: Form) -> Response:
    """Decides it. Whoever took it in reads who decides; the broker refuses them too."""
    session = signed_in(request, *DECIDES)
    desk = desk_of(request)
    case = _found(_by(desk, session), reference)
    if _is_own(desk, session, case):
        return _page(request, case, {}, {"others": "You took it in: a colleague decides it"})
    say, ground = form.get("say", ""), form.get("ground") or None
    errors = show.wrong_decision(case, say, ground)
    if errors:
        return _page(request, case, form, errors)
    outcome, because = cast(RightOutcome, say), cast(Ground | None, ground)
    try:
        made = decide_right(_by(desk, session), reference, outcome, ground=because)
    except BadInput as error:
        return _page(request, case, form, {"ground": show.other_ground(error.hint or "")})
    except Conflict as error:
        if error.code == "right-decided":  # There is nothing left to fill in.
            raise
        return _page(request, case, form, {"say": show.not_yet(error.message, error.hint or "")})
    lines = [tell_person(outcome, because), *show.told_lines(made.told, made.untold)]
    return done(request, "Decided", lines, reference=made.reference, back=_BACK)


@router.post("/case/{reference}/clock")
def clock(request: Request, reference: str, form: Form) -> Response:
    """Says what happened to the time there is to answer."""
    session = signed_in(request, *DECIDES)
    desk = desk_of(request)
    case = _found(_by(desk, session), reference)
    today = london_date(session.now)
    on = typed_day(form["on"], today=today) if form.get("on") else today
    errors = show.wrong_clock(case, form.get("act", ""))
    if on is None or on > today:
        errors["on"] = "Enter a day such as 20 11 2026, today or before"
    if errors or on is None:
        return _page(request, case, form, errors)
    act = cast(ClockAct, form["act"])
    try:
        made = move_clock(_by(desk, session), reference, act, on=on)
    except (BadInput, Conflict) as error:
        # It fitted how the matter stands, so that what does not fit is the day; or it was moved in between.
        said = f"{capital(error.message)}: {error.hint}" if error.code == "right-day" else capital(error.message)
        return _page(request, _found(_by(desk, session), reference), form, {"on": said})
    lines = [f"It is to be answered by {day(made.due)}." if made.due else "", NEXT.get(act, "")]
    return done(request, "Recorded", lines, reference=made.reference, back=_BACK)


def _by(desk: Desk, session: Session) -> Acting:
    return acting(desk.place, desk.edges, session.staff)


def _is_own(desk: Desk, session: Session, case: RightCase) -> bool:
    return bool(case.outcomes) and case.staff == _by(desk, session).staff


def _found(by: Acting, reference: str) -> RightCase:
    """What waits, with what can be decided; otherwise what was taken in and is settled."""
    for is_taken in (False, True):
        for one in read_rights(by, taken=is_taken):
            if one.reference == reference.upper():
                return one
    raise NotFound("right-unknown", "we have nothing with this reference", hint="look at the list")


def _list(request: Request, number: str, *, taken: bool) -> Response:
    session, desk = signed_in(request, *DECIDES), desk_of(request)
    called = called_at(desk)
    every = read_rights(_by(desk, session), taken=taken)
    some, links = paged(every, number, "/rights/taken" if taken else "/rights")
    shown = [show.right_shown(one, called) for one in some]
    return page(request, "rights.html", rights=shown, taken=taken, links=links)


def _new(request: Request, form: dict[str, str], errors: dict[str, str]) -> Response:
    rights = [{"value": name, "text": text, "hint": hint} for name, (text, hint) in show.RIGHTS.items()]
    return page(
        request, "right_new.html", form=form, errors=errors, rights=rights,
        sources=sources_of(desk_of(request)),
    )  # fmt: skip


def _page(request: Request, case: RightCase, form: dict[str, str], errors: dict[str, str]) -> Response:
    session, desk = signed_in(request, *DECIDES), desk_of(request)
    is_own = _is_own(desk, session, case)
    return page(
        request, "right.html", one=show.right_shown(case, called_at(desk)), form=form, errors=errors,
        grounds=show.grounds(), is_own=is_own, others=colleagues(desk, session, DECIDES) if is_own else "",
    )  # fmt: skip
