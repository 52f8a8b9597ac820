"""One way to make a page: its template, who is signed in, what they may open, what was wrong.

    return page(request, "find.html", form=form, errors={"dob": "Enter a date such as 31 1 1980"})

`errors` has what was wrong by the id of its field: the summary on top and the words at the field are made from it, and
`form` has what was typed, which stays. Every text is escaped; only templates hold markup.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader

from broker.agency import words
from broker.agency.desk.desk import desk_of
from broker.agency.desk.show.banner import Notice, notices
from broker.agency.desk.signin.session import Session
from broker.errors import BrokerError, Misconfigured
from broker.wire.london import in_london

HERE = Path(__file__).resolve().parent.parent
STATIC = HERE / "static"
_SYSTEM = "govuk_frontend_jinja"
_CASEWORK = frozenset({"caseworker", "supervisor"})
_OFFICERS = frozenset({"ig_officer", "lead_ig_officer"})
_OVERSIGHT = _OFFICERS | {"supervisor"}
_RECORD = _OFFICERS | {"auditor"}
_FIGURES = frozenset({"programme_lead", "auditor"})
NAVIGATION: tuple[tuple[str, str, frozenset[str], str], ...] = (
    ("Find a person", "/find", _CASEWORK, "See who is already helping somebody and their family, and whom to ring"),
    ("Reference", "/reference", _CASEWORK, "Somebody read you one: you both land on the same people, unnamed"),
    ("Asked for", "/asked", _CASEWORK, "What became of what you asked for, and answers that have changed since"),
    (
        "Look-ups to review",
        "/looks",
        _OVERSIGHT | {"auditor"},
        "Look-ups of your own staff that somebody has to look at",
    ),
    ("Refusals", "/refusals", _OVERSIGHT, "What others need and were not shown, and emergencies to judge"),
    ("The record", "/audit", _RECORD, "Who looked, when and why, with proof"),
    ("Rights", "/rights", _OFFICERS, "What people ask about their own information"),
    ("Protections", "/protections", _OVERSIGHT, "Whom the place keeps safe, and what waits for a second person"),
    ("Matches", "/matches", frozenset({"reviewer"}), "Whether two records are about one person"),
    (
        "Agreements",
        "/agreements",
        _OVERSIGHT | {"data_person", "auditor", "programme_lead"},
        "Who tells whom what, in sentences",
    ),
    ("Figures", "/figures", _FIGURES, "How often sharing is used, what it covers, how well records match"),
    (
        "Our agency",
        "/agency",
        _OVERSIGHT | {"data_person", "auditor", "programme_lead"},
        "Deliveries, who looked at ours, what is still to do",
    ),
)
"""What stands in the bar and on the start page: its words, where it leads, to whom it is shown, what it is for."""

MOST_ITEMS = 10
"""So many stand in the bar of somebody with many roles."""
_SHORT = {"/looks": "Look-ups", "/audit": "Record"}
"""What is called otherwise where there is little room."""


def page(
    request: Request, name: str, *, status: int = 200, errors: Mapping[str, str] | None = None, **values: Any
) -> HTMLResponse:
    """The page of a template. With `errors` its title says so, and they are listed on top."""
    state = request.scope.get("state", {})
    session = values.pop("session", None) or state.get("session")
    known: dict[str, Any] = {
        "nonce": state.get("nonce", ""),
        "session": session,
        "desk": getattr(request.app.state, "desk", None),
        "notices": _notices(request, session),
        "navigation": bar(session.roles if session else (), at=request.url.path),
        "errors": errors or {},
        "form": {},
    }
    text = templates().get_template(name).render(known | values)
    return HTMLResponse(text, status_code=status)


def _notices(request: Request, session: Session | None) -> tuple[Notice, ...]:
    """What every page says on top to officers: it stays until it is dealt with."""
    if session is None or not session.roles & _OVERSIGHT:
        return ()
    desk = desk_of(request)
    try:
        return notices(desk.standing.read(desk.place))
    except BrokerError:  # The page says itself what is wrong.
        return ()


def navigation(roles: Iterable[str], *, at: str) -> list[dict[str, Any]]:
    """The items of the bar for somebody with these roles; `at` is where they are."""
    held = set(roles)
    return [
        {"text": text, "href": href, "says": says, "active": at == href or at.startswith(f"{href}/")}
        for text, href, whose, says in NAVIGATION
        if whose & held
    ]


def bar(roles: Iterable[str], *, at: str) -> list[dict[str, Any]]:
    """The same on one line: shorter, and what there is no room for is one click away, on the start page."""
    items = [one | {"text": _SHORT.get(one["href"], one["text"])} for one in navigation(roles, at=at)]
    if len(items) <= MOST_ITEMS:
        return items
    kept = {one["href"] for one in items[: MOST_ITEMS - 1]}
    here = next((one["href"] for one in items if one["active"]), "")
    if here and here not in kept:
        kept = {one["href"] for one in items[: MOST_ITEMS - 2]} | {here}
    return [*(one for one in items if one["href"] in kept), {"text": "More", "href": "/start", "active": False}]


@cache
def templates() -> Environment:
    """Our templates and the Design System's. Raises `Misconfigured` where the style sheet was never built."""
    made = Environment(
        loader=ChoiceLoader([PackageLoader("broker.agency.desk"), PrefixLoader({_SYSTEM: PackageLoader(_SYSTEM)})]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "day": words.day,
        "moment": words.moment,
        "listing": words.listing,
        "words": words.words,
        "capital": words.capital,
        "clock": clock,
    }
    made.globals |= {"asset": asset, "sentences": words.sentences}
    return made


@cache
def asset(name: str) -> str:
    """The address of a built file; it changes with the content, so that browsers may keep the file for ever."""
    try:
        content = (STATIC / name).read_bytes()
    except OSError:
        hint = "run `make assets`"
        raise Misconfigured("assets-missing", f"the desk's {name} was not built", hint=hint) from None
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"


def clock(at: dt.datetime) -> str:
    """14:05, in London's time."""
    return f"{in_london(at):%H:%M}"
