"""The page on which somebody says who they are in a demonstration. A live desk does not have it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from broker.agency.desk.desk import desk_of
from broker.agency.desk.pages.render import page
from broker.agency.desk.signin.development import NAME, DevelopmentIssuer
from broker.agency.desk.signin.forms import Form
from broker.agency.roles import DESK_ROLES
from broker.errors import NotAllowed

router = APIRouter()


@router.get("/development/authorize")
def who(request: Request) -> Response:
    """Who are you?"""
    listed = desk_of(request).place.staff
    staff = [(one, [name for role, name in DESK_ROLES.items() if role in one.desk]) for one in listed]
    return page(request, "sign_in_development.html", staff=staff)


@router.post("/development/authorize")
def chosen(request: Request, form: Form) -> Response:
    """Somebody said who they are."""
    desk, issuer = desk_of(request), request.app.state.development
    if not isinstance(issuer, DevelopmentIssuer) or form.get("staff") not in {one.id for one in desk.place.staff}:
        raise NotAllowed("staff-unknown", "you are not on this desk's staff list")
    back_at = request.app.state.sign_in.back_at(NAME)
    query = dict(request.query_params.multi_items())
    return RedirectResponse(issuer.sends_back(query, form["staff"], back_at=back_at), status_code=303)
