"""What an officer takes along of the record of look-ups, in one place: a table, events for other systems, evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from fastapi import APIRouter, Request, Response

from broker.agency.desk.desk import desk_of
from broker.agency.desk.pages.audit import ROLES, officer_at
from broker.agency.desk.pages.render import page
from broker.agency.desk.signin.forms import Form
from broker.agency.desk.signin.session import fresh, signed_in
from broker.agency.saved_searches import saved_searches
from broker.agency.taking_along import FORMS, MOST, MOST_EVIDENCE, take_along
from broker.agency.taking_along import Form as FileForm
from broker.agency.words import capital
from broker.audit.query import parse
from broker.errors import BadInput

router = APIRouter(prefix="/exports")
_HINTS = {
    "csv": "Who looked, when, why, what was told and by which clause. Your own staff stand in it by name, "
    "unless an auditor takes it.",
    "fhir": "For a system of the health service. It names agencies and reasons, and no person.",
    "ocsf": "For a system that watches over security. It names agencies and reasons, and no person.",
    "evidence": f"The {MOST_EVIDENCE} latest, each with a proof that anybody checks with one file and without us. "
    "You prove again who you are.",
}


_KEPT = "exports"


@dataclass(frozen=True, repr=False)
class _Kept:
    """What was typed before a fresh sign-in."""

    form: dict[str, str]


@router.get("")
def front(request: Request) -> Response:
    """What can be taken along; whoever had to sign in again for it finds what they had typed."""
    session = signed_in(request, *ROLES)
    kept = session.memory.find(_KEPT, _Kept)
    session.memory.drop(_KEPT)
    return _page(request, kept.form if kept else {}, {})


@router.post("")
def take(request: Request, form: Form) -> Response:
    """The file; or, coming from a search without saying in which form, the page with that search in it."""
    session = signed_in(request, *ROLES)
    if form.get("do") == "choose":
        return _page(request, form, {})
    text, wanted = form.get("text", ""), form.get("form", "")
    if wanted not in FORMS:
        return _page(request, form, {"form": "Select what you want to take along"})
    if wanted == "evidence":
        # Here and not in the address, nor in what the browser carries to the issuer: a search may name somebody.
        session.memory.keep(_KEPT, _Kept({"text": text, "form": wanted}))
        fresh(session)
        session.memory.drop(_KEPT)
    try:
        parse(text)
        made = take_along(officer_at(desk_of(request), session), text, cast(FileForm, wanted))
    except BadInput as error:
        hint = f": {error.hint}" if error.hint else ""
        return _page(request, form, {"text": f"{capital(error.message)}{hint}"})
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"'}
    return Response(made.content, media_type=made.media_type, headers=headers)


def _page(request: Request, form: dict[str, str], errors: dict[str, str]) -> Response:
    forms = [{"value": name, "text": text, "hint": _HINTS[name]} for name, (_, _, text) in FORMS.items()]
    saved = saved_searches(desk_of(request).place)
    return page(request, "exports.html", forms=forms, form=form, errors=errors, saved=saved.items(), most=MOST)
