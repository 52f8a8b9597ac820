"""Our agency: what is to do until it is live, its deliveries, and who looked at ours and for what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from broker.agency.broker_calls import read_list
from broker.agency.delivery import all_deliveries
from broker.agency.desk.desk import Desk, desk_of
from broker.agency.desk.pages.render import page
from broker.agency.desk.show.deliveries import Sent, by_service, sent_of
from broker.agency.desk.show.onboarding import Standing, steps
from broker.agency.desk.signin.session import signed_in
from broker.agency.officer import Officer
from broker.agency.words import day, plain, words
from broker.wire.agreements import Agreements

router = APIRouter(prefix="/agency")
ROLES = ("data_person", "ig_officer", "lead_ig_officer", "supervisor")
READS = (*ROLES, "auditor", "programme_lead")
_PLACES: Sequence[tuple[str, str, tuple[str, ...], str]] = (
    ("Deliveries and data quality", "/agency/deliveries", READS, "What arrived, what did not and why"),
    ("Who looked at ours", "/agency/looks", (*ROLES, "auditor"), "Which agencies, and for what reasons"),
    ("How sharing is used", "/figures", ("lead_ig_officer", "auditor", "programme_lead"), "Counts of the whole place"),
    ("Our rules", "/agreements", READS, "What we tell and what we are told, in sentences"),
    ("Pause or resume sharing", "/agency/sharing", ROLES, "Stop what our services tell, at once"),
)
"""Where somebody goes on from here: its words, where it leads, who may open it, what it is."""
_KEYS = ("delivery", "desk", "review")
_OFFICERS = {"ig_officer", "lead_ig_officer"}


@dataclass(frozen=True)
class _Looks:
    """Who looked at ours, and for what: rows of (name, number)."""

    by_agency: Sequence[tuple[str, int]]
    by_purpose: Sequence[tuple[str, int]]
    by_day: Sequence[tuple[str, int]]


@router.get("")
def onboarding(request: Request) -> Response:
    """What is to do, and how it stands."""
    session = signed_in(request, *READS)
    places = [(text, href, says) for text, href, whose, says in _PLACES if session.roles & set(whose)]
    return page(request, "agency.html", places=places, steps=steps(_standing(desk_of(request))))


@router.get("/deliveries")
def deliveries(request: Request) -> Response:
    """What was sent, what of it was not taken and why, and the trend."""
    signed_in(request, *READS)
    desk = desk_of(request)
    called = desk.words.read(desk.place).services
    return page(request, "deliveries.html", services=by_service(map(sent_of, all_deliveries(desk.place.state)), called))


@router.get("/looks")
def looks(request: Request) -> Response:
    """Who looked at ours and for what, in numbers. That somebody counted is logged."""
    session = signed_in(request, *ROLES, "auditor")
    desk = desk_of(request)
    place = desk.place
    officer, told = Officer(place, desk.edges, session.staff), desk.words.read(place)
    ours = f"typ:answer src:{place.agency}"
    reasons = {one.purpose: one.label for one in told.purposes}
    agencies = officer.counted(ours, "org").counts
    purposes = officer.counted(ours, "purpose").counts
    shown = _Looks(
        by_agency=[(plain(told.agencies.get(name, name)), count) for name, count in agencies],
        by_purpose=[(plain(reasons.get(name, words(name))), count) for name, count in purposes],
        by_day=[(day(dt.date.fromisoformat(name)), n) for name, n in officer.counted(ours, "day").counts][-31:],
    )
    return page(request, "agency_looks.html", looks=shown)


def _standing(desk: Desk) -> Standing:
    place = desk.place
    trust, secrets = place.read_trust(), place.read_secrets()
    ours = next((one for one in trust.agencies if one.agency == place.agency), None)
    keys = frozenset(name for name in _KEYS if secrets.numbers(name))
    sent = [sent_of(one) for one in all_deliveries(place.state)]
    newest: dict[str, Sent] = {one.source: one for one in sorted(sent, key=lambda one: one.at) if one.is_complete}
    return Standing(
        is_listed=ours is not None and ours.status == "active",
        keys=keys,
        agreements=_agreements(desk) if "desk" in keys else 0,
        staff=sum("caseworker" in one.desk for one in place.staff),
        officers=sum(bool(one.desk & _OFFICERS) for one in place.staff),
        delivered=len(newest),
        services=len(ours.sources) if ours else 0,
        worst_percent=max((one.percent for one in newest.values()), default=None),
        is_live=place.live,
    )


def _agreements(desk: Desk) -> int:
    """In how many agreements in force we are a party."""
    place = desk.place
    told = read_list(place, desk.edges, Agreements, signer=place.desk_signer(), path="/v1/agreements")
    return sum(
        one.state == "in_force" and any(party.agency == place.agency for party in one.parties)
        for one in told.agreements
    )
