"""Signing in and out.

After the issuer sent somebody back, a page of our own leads on: only from there does the browser send the session's
cookie, which is SameSite=Strict. The other cookie, of a sign-in under way, has to come along from the issuer's side.
"""

from __future__ import annotations

import datetime as dt
import re
from contextlib import suppress
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Match

from broker.agency.desk.desk import Desk, desk_of
from broker.agency.desk.diagnostics import say
from broker.agency.desk.pages.render import page
from broker.agency.desk.sessions import NAME_LENGTH, Held
from broker.agency.desk.signin.forms import MOST_BYTES, Form, parse_form
from broker.agency.desk.signin.pending import LASTS, Pending
from broker.agency.desk.signin.session import StepUpNeeded, cookie_name, session_of
from broker.agency.desk.signin.sign_in import SignIn
from broker.agency.desk.signin.vouching import Unvouched
from broker.errors import NotAllowed, Unavailable

router = APIRouter()
START = "/start"
MOST_PATH = 600
_OURS = re.compile(r"(?:/[A-Za-z0-9_~.-]+)+/?")
"""A path of ours: nothing that a browser would take for another host."""


@router.get("/sign-in")
def how(request: Request) -> Response:
    """By which account; where there is only one, straight on."""
    providers = _sign_in(request).providers
    if len(providers) == 1:
        return RedirectResponse(f"/sign-in/{next(iter(providers))}", status_code=303)
    return page(request, "sign_in.html", issuers=[one.issuer for one in providers.values()])


@router.get("/sign-in/{issuer}")
def go(request: Request, issuer: str) -> Response:
    """Off to the issuer. A page of another site full of pictures from here would undo a sign-in under way."""
    if request.headers.get("sec-fetch-dest", "document") != "document":
        raise NotAllowed("sign-in-embedded", "people sign in on a page of its own", hint="go to the desk")
    desk, sign_in = desk_of(request), _sign_in(request)
    provider = sign_in.provider(issuer)
    address, cookie = sign_in.sends_to(provider, request.cookies.get(_under_way(desk), ""))
    return _with_under_way(RedirectResponse(address, status_code=303), desk, cookie)


@router.get("/sign-in/{issuer}/back")
def back(request: Request, issuer: str) -> Response:
    """Back from the issuer: a session begins."""
    desk, sign_in = desk_of(request), _sign_in(request)
    cookie = request.cookies.get(_under_way(desk), "")
    query = {name: value for name, value in request.query_params.multi_items()}
    session, pending = sign_in.comes_back(sign_in.provider(issuer), query, cookie)
    response = page(request, "signed_in.html", to=pending.goes_to)
    most = int(dt.timedelta(hours=desk.settings.most_hours).total_seconds())
    response.set_cookie(
        cookie_name(desk), session, max_age=most, secure=desk.settings.is_secure, httponly=True, samesite="strict"
    )
    response.delete_cookie(_under_way(desk), secure=desk.settings.is_secure, httponly=True, samesite="lax")
    return response


@router.post("/sign-out")
def sign_out(request: Request, form: Form) -> Response:
    """Ends the session here, and shows where to end it at the issuer."""
    desk = desk_of(request)
    held = desk.sessions.end(request.cookies.get(cookie_name(desk), ""))
    if held is not None:
        say(f"sign-out: {held.vouched.staff}")
    request.state.session = None
    response = page(request, "signed_out.html", elsewhere=_elsewhere(_sign_in(request), held))
    response.delete_cookie(cookie_name(desk), secure=desk.settings.is_secure, httponly=True, samesite="strict")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@router.get("/signed-out")
def signed_out(request: Request) -> Response:
    """Where an issuer sends somebody who signed out there."""
    session_of(request)
    return page(request, "signed_out.html", elsewhere=None)


@router.post("/sign-in/{issuer}/ended")
async def ended(request: Request, issuer: str) -> Response:
    """An issuer says that somebody's session there has ended (back channel): theirs here ends at once."""
    received = bytearray()
    async for part in request.stream():
        received += part
        if len(received) > MOST_BYTES:
            return PlainTextResponse("", status_code=413)
    notice = parse_form(bytes(received)).get("logout_token", "")
    return await run_in_threadpool(_told, _sign_in(request), issuer, notice)


@router.get("/sign-in/{issuer}/left")
def left(request: Request, issuer: str, iss: str = "", sid: str = "") -> Response:
    """The same from a hidden frame of the issuer's page (front channel): its id comes along, our cookie does not."""
    sign_in = _sign_in(request)
    provider = sign_in.provider(issuer)
    if iss == provider.issuer.issuer and 0 < len(sid) <= 255:
        sign_in.ends(issuer, sid=sid)
    return PlainTextResponse("")


def leads_to_sign_in(request: Request, error: Exception) -> Response:
    """What somebody gets who asked for a page and is not signed in, or not recently enough; later they are led back."""
    desk, is_step_up = desk_of(request), isinstance(error, StepUpNeeded)
    # The page of a form has the form's own address; whoever was out for long begins at the beginning.
    path = request.url.path if request.method == "GET" or is_step_up else START
    if len(path) > MOST_PATH or not _OURS.fullmatch(path) or not _is_page(request):
        path = START
    if request.method == "GET" and request.headers.get("sec-fetch-site") == "cross-site" and not is_step_up:
        # They followed a link from elsewhere, and the browser kept the session's cookie back: they may be signed in.
        return page(request, "onward.html", to=path)
    replaces = request.cookies.get(cookie_name(desk), "")
    pending = Pending(goes_to=path, is_step_up=is_step_up, replaces=replaces if len(replaces) <= NAME_LENGTH else "")
    leads: Response = RedirectResponse("/sign-in", status_code=303)
    if request.method != "GET":
        # Browsers hold redirects of a form to the policy's `form-action` too: the issuer would be out of reach.
        leads = page(request, "onward.html", to="/sign-in")
    return _with_under_way(leads, desk, _sign_in(request).carries(pending))


def _is_page(request: Request) -> bool:
    """Whether the address of a request can be gone to: some are only posted to."""
    scope = {**request.scope, "method": "GET"}
    return any(one.matches(scope)[0] is Match.FULL for one in request.app.routes)


def _told(sign_in: SignIn, issuer: str, notice: str) -> Response:
    try:
        sign_in.is_told(sign_in.provider(issuer), notice)
    except Unvouched:
        return PlainTextResponse('{"error":"invalid_request"}', status_code=400, media_type="application/json")
    return PlainTextResponse("")


def _elsewhere(sign_in: SignIn, held: Held | None) -> dict[str, str] | None:
    """The issuer's own page for signing out. It is told who asks, and nothing that it once signed."""
    provider = sign_in.providers.get(held.vouched.issuer) if held else None
    ends = ""
    with suppress(Unavailable):
        ends = provider.description.end_session if provider else ""
    if provider is None or not ends:
        return None
    back_at = f"{sign_in.desk.settings.public_url}/signed-out"
    asked = urlencode({"client_id": provider.issuer.client_id, "post_logout_redirect_uri": back_at})
    return {"title": provider.issuer.title, "href": f"{ends}?{asked}"}


def _sign_in(request: Request) -> SignIn:
    found = request.app.state.sign_in
    if not isinstance(found, SignIn):
        raise TypeError("this app has no sign-in")
    return found


def _under_way(desk: Desk) -> str:
    return f"{cookie_name(desk)}-sign-in"


def _with_under_way(response: Response, desk: Desk, cookie: str) -> Response:
    most, secure = int(LASTS.total_seconds()), desk.settings.is_secure
    response.set_cookie(_under_way(desk), cookie, max_age=most, secure=secure, httponly=True, samesite="lax")
    return response
