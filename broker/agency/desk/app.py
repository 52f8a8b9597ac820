"""The desk put together: pages, who may see them, and what a browser is told when something is wrong.

An error is a page in plain words. A fault of ours is an incident number and nothing else: its own words may hold a
name, and go nowhere.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from importlib.metadata import version

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from broker.agency.desk.carried import KEY_BYTES, Carried
from broker.agency.desk.desk import AgencyFile, Desk
from broker.agency.desk.diagnostics import say
from broker.agency.desk.pages import (
    agency,
    agreements,
    asked,
    audit,
    danger,
    exports,
    family,
    figures,
    find,
    landed,
    link,
    looks,
    matches,
    person_report,
    protections,
    refusals,
    rights,
    sharing,
    sign_in,
    start,
    trials,
    wrong,
)
from broker.agency.desk.pages import development as development_page
from broker.agency.desk.pages.render import STATIC, page
from broker.agency.desk.sessions import Sessions
from broker.agency.desk.settings import Settings
from broker.agency.desk.signin.client_key import new_key
from broker.agency.desk.signin.development import NAME, DevelopmentIssuer, development
from broker.agency.desk.signin.headers import BrowserHeaders
from broker.agency.desk.signin.provider import Provider
from broker.agency.desk.signin.registry import SignedIssuers
from broker.agency.desk.signin.session import SignInNeeded
from broker.agency.desk.signin.sign_in import SignIn
from broker.agency.edges import Edges
from broker.agency.exits import where
from broker.agency.workspace import Workspace
from broker.errors import BrokerError, Misconfigured
from broker.hardening import NO_TELEMETRY

ROUTERS = (
    sign_in.router,
    start.router,
    find.router,
    family.router,
    landed.router,
    asked.router,
    danger.router,
    wrong.router,
    link.router,
    agency.router,
    trials.router,
    agreements.router,
    audit.router,
    exports.router,
    figures.router,
    looks.router,
    matches.router,
    person_report.router,
    protections.router,
    refusals.router,
    rights.router,
    sharing.router,
)
"""One for each group of pages."""


def create_app(desk: Desk) -> FastAPI:
    """The desk's app."""
    app = FastAPI(
        title="Desk", version=version("broker"), docs_url=None, redoc_url=None, openapi_url=None,
        redirect_slashes=False, telemetry=NO_TELEMETRY,
    )  # fmt: skip
    app.state.desk = desk
    app.state.sign_in = _sign_in(app, desk)
    app.add_middleware(BrowserHeaders, secure=desk.settings.is_secure, failed=_incident)
    app.mount("/static", StaticFiles(directory=STATIC))
    for router in ROUTERS:
        app.include_router(router)
    app.add_exception_handler(SignInNeeded, sign_in.leads_to_sign_in)
    app.add_exception_handler(BrokerError, _error)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http_error)
    return app


def make_desk(place: Workspace, settings: Settings, edges: Edges) -> Desk:
    """The desk of a workspace. Raises `Misconfigured` for a way to sign in that this place does not allow."""
    if settings.sign_in == "development" and not place.read_trust().rehearsal:
        said, hint = "development sign-in is for a rehearsal, which this is not", 'set sign_in = "issuers" in desk.toml'
        raise Misconfigured("sign-in-development", said, hint=hint)
    idle, most = dt.timedelta(minutes=settings.idle_minutes), dt.timedelta(hours=settings.most_hours)
    carried = Carried(edges.random_bytes(KEY_BYTES))
    return Desk(AgencyFile(place), settings, edges, Sessions(idle=idle, most=most), carried)


def _sign_in(app: FastAPI, desk: Desk) -> SignIn:
    if desk.settings.sign_in == "development":
        issuer = app.state.development = DevelopmentIssuer(
            development(desk.settings.public_url), desk.edges, new_key("ES256")
        )
        app.include_router(development_page.router)
        own = {NAME: Provider(issuer.issuer, issuer.client, issuer.edges)}
        return SignIn(desk, lambda: own)
    issuers = SignedIssuers(desk)
    issuers()  # A desk at which nobody could sign in does not start.
    return SignIn(desk, issuers)


def _error(request: Request, error: Exception) -> Response:
    if not isinstance(error, BrokerError):
        raise error
    status = 503 if isinstance(error, Misconfigured) else error.status
    return _page(request, status, said=error.message, hint=_for_people(error.hint), code=error.code)


def _for_people(hint: str | None) -> str:
    """A hint, unless it is about a command: nobody types one at the desk."""
    return "" if hint is None or re.search(r"`broker|--[a-z]", hint) else hint


def _malformed(request: Request, error: Exception) -> Response:
    said = "this page was not asked for in a way that it understands"
    return _page(request, 422, said=said, hint="go back and try again", code="schema-invalid")


def _http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    said, code = _SAID.get(error.status_code, ("this can't be done", f"http-{error.status_code}"))
    return _page(request, error.status_code, said=said, hint="", code=code)


def _incident(request: Request, error: Exception) -> Response:
    incident = uuid.uuid4().hex[:12]
    say(f"incident {incident}: {where(error)}")
    said, hint = "something went wrong on our side", f"tell whoever looks after the desk the incident {incident}"
    try:
        return _page(request, 500, said=said, hint=hint, code="internal")
    except Exception:  # A page can't be made, and that is what is wrong.
        return PlainTextResponse(f"{said}: {hint}", status_code=500)


def _page(request: Request, status: int, *, said: str, hint: str, code: str) -> Response:
    heading = _HEADINGS.get(status, "Sorry, there is a problem")
    return page(request, "error.html", status=status, heading=heading, said=said, hint=hint, code=code)


_HEADINGS = {403: "You can't do this", 404: "Page not found", 503: "The desk can't answer now"}
_SAID = {
    404: ("there is no such page", "page-unknown"),
    405: ("this page does not take that", "method-not-allowed"),
}
