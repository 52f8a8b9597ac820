"""The agreements in sentences, from where we stand; and changes of them, which two people of two organisations sign."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from broker.agency import proposed_files
from broker.agency.broker_calls import read_list
from broker.agency.commands_grant import own_key
from broker.agency.desk.desk import Desk, desk_of
from broker.agency.desk.pages.done import Back, done
from broker.agency.desk.pages.render import page
from broker.agency.desk.settings import Granter
from broker.agency.desk.show.change import change_shown, digest_of
from broker.agency.desk.signin.forms import Form
from broker.agency.desk.signin.session import Session, fresh, signed_in
from broker.agency.proposals import check_proposal, signed
from broker.agency.words import plain
from broker.errors import Misconfigured, NotAllowed, NotFound
from broker.wire.agreements import Agreements
from broker.wire.grant import GrantSignature
from broker.wire.policy_change import Proposal

router = APIRouter(prefix="/agreements")
READS = ("ig_officer", "lead_ig_officer", "data_person", "auditor", "supervisor", "programme_lead")
SIGNS = ("lead_ig_officer",)


@router.get("")
def agreements(request: Request) -> Response:
    """What we tell and what we are told, as sentences."""
    signed_in(request, *READS)
    desk = desk_of(request)
    told = _told(desk)
    return page(request, "agreements.html", told=told, us=desk.place.agency, proposals=proposed_files.names(desk.place))


@router.get("/changes/{name}")
def change(request: Request, name: str) -> Response:
    """A proposed change: all of it in sentences, and what it would have made of last month's decisions."""
    session = signed_in(request, *READS)
    return _change(request, session, name, {})


@router.post("/changes/{name}")
def sign(request: Request, name: str, form: Form) -> Response:
    """Signs it, as one of the two. The operator puts it in force with another organisation's signature."""
    session, desk = signed_in(request, *SIGNS), desk_of(request)
    own = desk.settings.granters.get(session.staff)
    if own is None:
        hint = "desk.toml names who of the staff is a granter of the trust list, and their own secret file"
        raise NotAllowed("granter-unknown", "you sign no changes of agreements at this desk", hint=hint)
    if form.get("read") != "yes":
        return _change(request, session, name, {"read": "Say that you have read all that changes"})
    fresh(session)
    place, put = desk.place, proposed_files.read_proposal(desk.place, name)
    if form.get("terms") != digest_of(put):
        return _change(request, session, name, {"read": "It was changed while you read it. Read it again"})
    try:
        made = _signed(desk, own, put, passphrase=form.get("passphrase", ""))
    except Misconfigured as error:
        if error.code not in ("passphrase-missing", "secrets-sealed"):
            raise
        return _change(request, session, name, {"passphrase": "Enter the passphrase of your own key"})
    path = proposed_files.keep_signature(place, name, made)
    lines = [
        f"Your signature is in the file {path.name}, in the folder of proposals. Send it to the operator.",
        "The change comes into force once somebody of another organisation has signed exactly the same.",
    ]
    return done(request, "Signed", lines, back=Back("/agreements", "The agreements"))


@router.get("/{name}")
def one(request: Request, name: str) -> Response:
    """One agreement, clause by clause."""
    signed_in(request, *READS)
    desk = desk_of(request)
    told = _told(desk)
    found = next((one for one in told.agreements if one.id == name), None)
    if found is None:
        raise NotFound("agreement-unknown", "there is no such agreement", hint="look at the list")
    return page(request, "agreement.html", told=told, one=found, us=desk.place.agency)


def _told(desk: Desk) -> Agreements:
    place = desk.place
    return read_list(place, desk.edges, Agreements, signer=place.review_signer(), path="/v1/agreements")


def _signed(desk: Desk, own: Granter, put: Proposal, *, passphrase: str) -> GrantSignature:
    listed, now = desk.place.read_trust(), desk.edges.now()
    check_proposal(put, place=listed.place, now=now)
    granter, secrets = listed.granter(own.id), desk.place.folder / own.secrets
    key = own_key(granter, secrets, listed=listed, today=now.date(), ask=lambda _: passphrase)
    return signed(put, granter.id, key)


def _change(request: Request, session: Session, name: str, errors: dict[str, str]) -> Response:
    desk = desk_of(request)
    put = proposed_files.read_proposal(desk.place, name)
    shown = change_shown(name, put, proposed_files.signers(desk.place, name))
    may_sign = bool(session.roles & set(SIGNS)) and session.staff in desk.settings.granters
    return page(request, "change.html", change=shown, may_sign=may_sign, errors=errors, signs=who_signs(desk))


def who_signs(desk: Desk) -> dict[str, str]:
    """The names of those here who sign changes, and the organisations of those elsewhere who do."""
    own = {staff: granter.id for staff, granter in desk.settings.granters.items()}
    listed = desk.place.read_trust().granters
    here = {one.id: one.organisation for one in listed if one.id in own.values()}
    named = [f"{one.name or one.id} ({here[own[one.id]]})" for one in desk.place.staff if own.get(one.id) in here]
    others = sorted({one.organisation for one in listed} - set(here.values()))
    return {"here": plain(" or ".join(named)), "elsewhere": plain(" or ".join(others))}
