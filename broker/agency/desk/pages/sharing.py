"""Pause sharing now: one lead officer stops what our services tell, two officers resume it."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from broker.agency.acting import acting
from broker.agency.desk.desk import Desk, desk_of
from broker.agency.desk.pages.done import Back, done
from broker.agency.desk.pages.own_records import called_at, sources_of
from broker.agency.desk.pages.render import page
from broker.agency.desk.show.sharing import ALL, service_shown
from broker.agency.desk.signin.forms import Form
from broker.agency.desk.signin.session import Session, fresh, signed_in
from broker.agency.pausing import our_services, pause, read_paused, resume
from broker.agency.words import capital, day, listing
from broker.errors import Conflict, NotAllowed

router = APIRouter(prefix="/agency/sharing")
READS = ("data_person", "ig_officer", "lead_ig_officer", "supervisor")
PAUSES = ("lead_ig_officer",)
RESUMES = ("ig_officer", "lead_ig_officer")
_BACK = Back("/agency/sharing", "What we share now")


@router.get("")
def sharing(request: Request) -> Response:
    """Which of our services share, and which have paused."""
    return _page(request, signed_in(request, *READS), {}, {})


@router.post("")
def act(request: Request, form: Form) -> Response:
    """Pauses a service or all of them; proposes that one resumes, agrees to that, or keeps it paused."""
    does = form.get("do", "")
    session = signed_in(request, *(RESUMES if does in ("propose", "agree") else PAUSES))
    fresh(session)
    desk = desk_of(request)
    ours = our_services(desk.place)
    source = form.get("source", "")
    if source not in (ALL, *ours) or does not in ("pause", "propose", "agree"):
        return _page(request, session, form, {"source": "Select what is paused"})
    named = ours if source == ALL else (source,)
    by = acting(desk.place, desk.edges, session.staff)
    try:
        made = pause(by, named) if does == "pause" else resume(by, named, second=does == "agree")
    except (Conflict, NotAllowed) as error:
        return _page(request, session, form, {"source": capital(error.message)})
    finally:
        desk.standing.forget()
    called = called_at(desk)
    services = listing(called.service(one) for one in made.sources)
    if made.done == "resumed":
        return done(request, "Sharing again", [f"{services}: shared again from the next look-up on."], back=_BACK)
    if made.done == "resume-proposed":
        until = f" by {day(made.due)}" if made.due else ""
        return done(request, "Proposed", [f"{services}: paused until another officer agrees{until}."], back=_BACK)
    lines = [
        f"{services}: nobody is told what they hold, from the next look-up on.",
        "Whoever looks somebody up reads that they have paused and whom to ring, whether they know the person or not.",
        "What they protect stays protected. Tell your switchboard: people will ring.",
    ]
    return done(request, "Paused", lines, back=_BACK)


def _page(request: Request, session: Session, form: dict[str, str], errors: dict[str, str]) -> Response:
    desk = desk_of(request)
    return page(
        request,
        "sharing.html",
        services=_services(desk, session),
        choices=[{"value": ALL, "text": "All our services", "hint": ""}, *sources_of(desk)],
        may_pause=bool(session.roles & set(PAUSES)),
        may_resume=bool(session.roles & set(RESUMES)),
        form=form,
        errors=errors,
    )


def _services(desk: Desk, session: Session) -> list[object]:
    called = called_at(desk)
    paused = {one.source: one for one in read_paused(desk.place, desk.edges)}
    me = acting(desk.place, desk.edges, session.staff).staff
    return [service_shown(one, paused.get(one), called, me=me) for one in our_services(desk.place)]
