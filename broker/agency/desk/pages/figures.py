"""How sharing is used, for whoever leads or audits the programme: counts, coverage, match quality. Nobody is seen."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from broker.agency.broker_calls import read_list
from broker.agency.desk.desk import desk_of
from broker.agency.desk.pages.render import page
from broker.agency.desk.show.figures import figures_shown
from broker.agency.desk.signin.session import signed_in
from broker.wire.figures import Figures

router = APIRouter(prefix="/figures")
ROLES = ("programme_lead", "lead_ig_officer", "auditor")


@router.get("")
def figures(request: Request) -> Response:
    """All of them on one page."""
    signed_in(request, *ROLES)
    desk = desk_of(request)
    told = read_list(desk.place, desk.edges, Figures, signer=desk.place.desk_signer(), path="/v1/figures")
    return page(request, "figures.html", shown=figures_shown(told, desk.words.read(desk.place)))
