"""Straight in from the case system: it posts a case reference, and its user goes on at the search. Never a name.

    <form method="post" action="https://desk.northshire.example/link" target="_blank">
      <input type="hidden" name="case" value="C-1042"><input type="hidden" name="reference" value="csc-20931">
      <button>Who else is helping?</button></form>

The case system's page is another site, so that the browser sends no session with it. What was posted is kept for a few
minutes under a random name; our own page leads on to it, and there the session counts.
"""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response

from broker.agency.desk.desk import desk_of
from broker.agency.desk.pages.find import WHO, find_page
from broker.agency.desk.pages.render import page
from broker.agency.desk.signin.forms import read_form
from broker.agency.desk.signin.session import signed_in
from broker.errors import BadInput, NotAllowed, NotFound
from broker.wire.fields import encode64

router = APIRouter()
KEPT = dt.timedelta(minutes=5)
MOST = 1_000
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9/_.-]{0,59}")
"""What a case system calls a case or a record. A name has blanks, or no digit."""


@dataclass(frozen=True)
class Waiting:
    """What was posted, until when it can be gone on with."""

    fields: Mapping[str, str]
    until: dt.datetime


class Links:
    """What case systems posted, by a random name; each is good once."""

    def __init__(self) -> None:
        self._held: dict[str, Waiting] = {}
        self._lock = threading.Lock()

    def keep(self, name: str, waiting: Waiting, *, now: dt.datetime) -> None:
        """Keeps it; what is over goes, and the oldest when there are too many."""
        with self._lock:
            self._held = {known: one for known, one in self._held.items() if one.until > now}
            while len(self._held) >= MOST:
                del self._held[next(iter(self._held))]
            self._held[name] = waiting

    def take(self, name: str, *, now: dt.datetime) -> Mapping[str, str] | None:
        """What is kept under `name`, which is then gone."""
        with self._lock:
            found = self._held.pop(name, None)
        return found.fields if found is not None and found.until > now else None


_LINKS = Links()


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
    name, now = encode64(desk.edges.random_bytes(16)), desk.edges.now()
    _LINKS.keep(name, Waiting(fields, now + KEPT), now=now)
    return page(request, "link.html", to=f"/link/{name}")


@router.get("/link/{name}")
def go_on(request: Request, name: str) -> Response:
    """The search page, with the references filled in."""
    session, desk = signed_in(request, *WHO), desk_of(request)
    fields = _LINKS.take(name, now=desk.edges.now())
    if fields is None:
        raise NotFound("link-over", "this link is over", hint="go back to your case system and try again")
    return find_page(request, session, fields, {})


def _is_reference(text: str) -> bool:
    return _REFERENCE.fullmatch(text) is not None and any(one.isdigit() for one in text)
