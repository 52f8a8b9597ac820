"""Where everybody begins: what they may do here, and what they looked at since they signed in."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from broker.agency.desk.pages.render import navigation, page
from broker.agency.desk.search import Answered
from broker.agency.desk.signin.session import session_of, signed_in
from broker.agency.words import moment

router = APIRouter()
PLAIN = ("help", "privacy", "cookies", "accessibility")
"""Pages that say the same to everybody."""


@router.get("/")
def root(request: Request) -> Response:
    """Leads to the start page."""
    return RedirectResponse("/start", status_code=303)


@router.get("/start")
def start(request: Request) -> Response:
    """What you may do here, by your role."""
    session = signed_in(request)
    recent = [
        (name, one.subject.name, moment(one.told.answer.story.asked_at)) for name, one in session.memory.every(Answered)
    ]
    return page(request, "start.html", items=navigation(session.roles, at="/start"), recent=recent)


def _plain(name: str) -> None:
    @router.get(f"/{name}", name=name)
    def plain(request: Request) -> Response:
        session_of(request)
        return page(request, f"{name}.html")


for _name in PLAIN:
    _plain(_name)
