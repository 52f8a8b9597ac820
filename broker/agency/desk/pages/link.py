"""Straight in from the case system: it posts a case reference, and its user goes on at the search. Never a name.

    <form method="post" action="https://desk.northshire.example/link" target="_blank">
      <input type="hidden" name="case" value="C-1042"><input type="hidden" name="reference" value="csc-20931">
      <button>Who else is helping?</button></form>

The case system's page is another site, so that the browser sends no session with it. What was posted goes back to the
browser, sealed, as an address of ours that is good for a few minutes and once (`desk.carried`); our own page leads on
to it, and there the session counts. `Origin` keeps other sites' forms out and opens nothing: whoever made it up would
get a search page with a case reference on it, which says where that came from.
"""

from __future__ import annotations

import datetime as dt
import re

from fastapi import APIRouter, Request
from fastapi.responses import Response

from broker.agency.desk.carried import NONCE_BYTES
from broker.agency.desk.desk import desk_of
from broker.agency.desk.pages.find import WHO, find_page
from broker.agency.desk.pages.render import page
from broker.agency.desk.signin.forms import read_form
from broker.agency.desk.signin.session import signed_in
from broker.errors import BadInput, NotAllowed, NotFound

router = APIRouter()
KEPT = dt.timedelta(minutes=5)
_WHAT, _FROM = "link", "from"
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9/_.-]{0,59}")
"""What a case system calls a case or a record. A name has blanks, or no digit."""


@router.post("/link")
async def come(request: Request) -> Response:
    """A case system sends its user here. Nobody is looked up yet."""
    desk = desk_of(request)
    if request.headers.getlist("origin") not in ([one] for one in desk.settings.case_systems):
        hint = "whoever looks after the desk names the case system in desk.toml"
        raise NotAllowed("link-from-elsewhere", "this did not come from a case system of ours", hint=hint)
    form = await read_form(request)
    fields = {name: form[name] for name in ("case", "reference") if form.get(name)}
    if set(form) - {"case", "reference"} or not fields or not all(map(_is_reference, fields.values())):
        raise BadInput("link-invalid", "a case system gives a case reference and a record's, and nothing else")
    [origin] = request.headers.getlist("origin")
    until, nonce = desk.edges.now() + KEPT, desk.edges.random_bytes(NONCE_BYTES)
    sealed = desk.carried.sealed(_WHAT, {**fields, _FROM: origin}, until=until, nonce=nonce)
    return page(request, "link.html", to=f"/link/{sealed}")


@router.get("/link/{name}")
def go_on(request: Request, name: str) -> Response:
    """The search page, with the references filled in."""
    session, desk = signed_in(request, *WHO), desk_of(request)
    now = desk.edges.now()
    fields = desk.carried.opened(_WHAT, name, now=now)
    if fields is None or not desk.carried.use(name, now=now, lasts=KEPT):
        raise NotFound("link-over", "this link is over", hint="go back to your case system and try again")
    return find_page(request, session, fields, {}, came_from=fields.pop(_FROM))


def _is_reference(text: str) -> bool:
    return _REFERENCE.fullmatch(text) is not None and any(one.isdigit() for one in text)
