"""Look-ups of our own staff that somebody has to look at: alerts, emergencies, what nothing explains, and a sample."""

from __future__ import annotations

from typing import cast

from fastapi import APIRouter, Request, Response

from broker.agency.desk.desk import desk_of
from broker.agency.desk.pages.done import Back, done
from broker.agency.desk.pages.render import page
from broker.agency.desk.show.look import MOST, LookShown, look_shown, outcomes
from broker.agency.desk.signin.forms import Form
from broker.agency.desk.signin.session import Session, signed_in
from broker.agency.officer import Officer
from broker.errors import NotFound
from broker.wire.audit_queue import LookOutcome, Queue

router = APIRouter(prefix="/looks")
ROLES = ("supervisor", "ig_officer", "lead_ig_officer")
READS = (*ROLES, "auditor")
_BACK = Back("/looks", "What else waits")
_HINT = "what is closed has its own list"
_SHORTEST = 10


@router.get("")
def queue(request: Request) -> Response:
    """What waits, the gravest first."""
    session = signed_in(request, *READS)
    return page(request, "looks.html", items=_items(_officer(request, session)), may_read=_may(session))


@router.get("/closed")
def closed(request: Request) -> Response:
    """What was closed, the latest first."""
    session = signed_in(request, *ROLES)
    officer = _officer(request, session)
    told = officer.reads_closed()
    return page(request, "looks.html", items=_shown(officer, told), closed=True, may_read=True)


@router.get("/closed/{reference}")
def closed_one(request: Request, reference: str) -> Response:
    """One that was closed: what came of it, and the note."""
    session = signed_in(request, *ROLES)
    officer = _officer(request, session)
    told = officer.reads_closed()
    note = next((officer.note(item) for item in told.items if item.reference == reference), "")
    return page(request, "look_closed.html", one=_of(_shown(officer, told), reference), note=note)


@router.get("/{reference}")
def one(request: Request, reference: str) -> Response:
    """One item."""
    session = signed_in(request, *READS)
    item = _found(_officer(request, session), reference)
    return _page(request, item, {}, {}, may_decide=_may(session))


@router.post("/{reference}")
def decide(request: Request, reference: str, form: Form) -> Response:
    """Takes it on, or says what came of it. Nobody decides about their own look-up: the broker refuses that."""
    session = signed_in(request, *ROLES)
    officer = _officer(request, session)
    item = _found(officer, reference)
    if form.get("do") == "take":
        officer.decides(reference, None, note=None)
        return _page(request, _found(officer, reference), {}, {})
    errors = {}
    if form.get("say") not in [known["value"] for known in outcomes()]:
        errors["say"] = "Select what you found"
    if len(form.get("note", "")) < _SHORTEST:
        errors["note"] = "Write what you found, in a sentence"
    if errors:
        return _page(request, item, form, errors)
    officer.decides(reference, cast(LookOutcome, form["say"]), note=" ".join(form["note"].split()))
    lines = ["What you found is in the record. Your note can be read by your own agency alone, under “Closed”."]
    return done(request, "Closed", lines, reference=reference, back=_BACK)


def _may(session: Session) -> bool:
    """Whether they decide, and read names and notes: an auditor does not."""
    return bool(session.roles & set(ROLES))


def _officer(request: Request, session: Session) -> Officer:
    desk = desk_of(request)
    return Officer(desk.place, desk.edges, session.staff, names=_may(session))


def _items(officer: Officer) -> list[LookShown]:
    return _shown(officer, officer.reads_queue())


def _shown(officer: Officer, told: Queue) -> list[LookShown]:
    return [look_shown(item, officer.sentence(item.hit, told.said, MOST), officer.called) for item in told.items]


def _found(officer: Officer, reference: str) -> LookShown:
    return _of(_items(officer), reference)


def _of(items: list[LookShown], reference: str) -> LookShown:
    for item in items:
        if item.reference == reference:
            return item
    raise NotFound("look-unknown", "nothing with this reference waits for us", hint=_HINT)


def _page(
    request: Request, item: LookShown, form: dict[str, str], errors: dict[str, str], *, may_decide: bool = True
) -> Response:
    return page(request, "look.html", one=item, outcomes=outcomes(), form=form, errors=errors, may_decide=may_decide)
