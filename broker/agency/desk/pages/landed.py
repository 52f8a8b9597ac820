"""Somebody gave you a reference on the telephone: it leads to your own answer, or to whose look-up it is."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from broker.agency.acting import acting
from broker.agency.broker_calls import record_once
from broker.agency.desk.desk import desk_of
from broker.agency.desk.pages.render import page
from broker.agency.desk.place_words import agency_name
from broker.agency.desk.search import Answered
from broker.agency.desk.signin.forms import Form
from broker.agency.desk.signin.session import signed_in
from broker.agency.words import capital, words
from broker.errors import BadInput, NotFound
from broker.wire.landing import Landing, LandingRequest
from broker.wire.reference import reference_prefix, spoken_reference

router = APIRouter()
WHO = ("caseworker", "supervisor")


@router.get("/reference")
def begin(request: Request) -> Response:
    """Which reference were you told?"""
    signed_in(request, *WHO)
    return page(request, "reference.html")


@router.post("/reference")
def land(request: Request, form: Form) -> Response:
    """Leads to it."""
    session, desk = signed_in(request, *WHO), desk_of(request)
    try:
        reference = spoken_reference(reference_prefix(form.get("spoken", "")))
    except BadInput:
        said = "The reference was misheard or mistyped: its last character does not fit. Ask for it again"
        return page(request, "reference.html", form=form, errors={"spoken": said})
    if session.memory.find(reference, Answered) is not None:
        return RedirectResponse(f"/family/{reference}", status_code=303)
    place, by = desk.place, acting(desk.place, desk.edges, session.staff)
    asked = LandingRequest(v=1, staff=by.staff, reference=reference)
    try:
        told = record_once(place, desk.edges, Landing, signer=place.desk_signer(), path="/v1/landings", body=asked)
    except NotFound:
        said = "No look-up with this reference concerns your agency. Ask for it again"
        return page(request, "reference.html", form=form, errors={"spoken": said})
    by.check(told.receipt.leaf, told.receipt.proof, typ="admin", act="landed")
    known, said_by = desk.own_people().names, desk.words.read(place)
    purposes = {one.purpose: one.label for one in said_by.purposes}
    people = [known_as(person, known) for person in told.records]
    return page(
        request, "landed.html", told=told, people=people, asker=agency_name(said_by, told.asker),
        role=capital(words(told.role.partition(".")[2])), purpose=purposes.get(told.purpose, words(told.purpose)),
        is_ours=told.asker == place.agency,
    )  # fmt: skip


def known_as(person: tuple[bytes, ...], names: Mapping[bytes, str]) -> str:
    """What we call somebody of whom these are records; empty where our exports here don't have them."""
    return next((names[one] for one in person if one in names), "")
