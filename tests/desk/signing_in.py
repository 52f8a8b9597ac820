"""A desk whose issuer says what a test wants it to say, and a clock that a test moves."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
from desk_of_world import OUR_PAGE, TRAINED, URL
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse
from fastapi.testclient import TestClient
from world import ADDRESSES, NOW

from broker.agency.desk.app import create_app, make_desk
from broker.agency.desk.desk import Desk
from broker.agency.desk.settings import Settings
from broker.agency.desk.signin.client_key import new_key
from broker.agency.desk.signin.development import DevelopmentIssuer, development
from broker.agency.desk.signin.forms import Form
from broker.agency.desk.signin.provider import Provider
from broker.agency.desk.signin.session import fresh, signed_in
from broker.agency.desk.signin.sign_in import SignIn
from broker.agency.edges import Edges
from broker.agency.workspace import read_workspace
from broker.synthetic.parties import Asker, Parties, make_parties, staff_entry
from broker.trustlist.issuers import Issuer

STAFF = [
    Asker("sw", "council.social_worker", TRAINED, "Sam Wye"),
    Asker("ig", "council.ig_officer", TRAINED, "Iris Glen", ("ig_officer", "lead_ig_officer")),
]
SETTINGS = Settings(agency_name="Northshire Council", public_url=URL, sign_in="development")
_CLIENT = new_key("ES256")
Change = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass
class Clock:
    now: dt.datetime = NOW

    def later(self, **by: float) -> None:
        self.now += dt.timedelta(**by)


class SayingIssuer(DevelopmentIssuer):
    """The development issuer, whose claims, head, signature, answer and keys a test changes."""

    said: Change = staticmethod(lambda claims: claims)
    head: Mapping[str, Any] = {}
    signed: Callable[[str], str] = staticmethod(lambda text: text)
    answered: Callable[[httpx2.Request, httpx2.Response], httpx2.Response] = staticmethod(lambda _, answer: answer)
    renewal: str | None = None
    """The renewal that is good next; None gives none."""
    asked: list[httpx2.Request]

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.asked = [*getattr(self, "asked", []), request]
        form = dict(parse_qsl(request.read().decode()))
        if form.get("grant_type") == "refresh_token":
            return self.answered(request, self.renews(form))
        return self.answered(request, super().handle_request(request))

    def renews(self, form: Mapping[str, str]) -> httpx2.Response:
        if form["refresh_token"] != self.renewal:
            return httpx2.Response(400, json={"error": "invalid_grant"})
        now = self.edges.seconds()
        claims = {"iss": self.issuer.issuer, "aud": "desk", "sub": "sw", "iat": now, "exp": now + 300}
        return self._with_renewal(httpx2.Response(200, json={"id_token": super().signs(self.said(claims))}))

    def grants(self, form: Mapping[str, str]) -> httpx2.Response | None:
        granted = super().grants(form)
        return self._with_renewal(granted) if granted is not None else None

    def signs(self, claims: Mapping[str, Any], **head: Any) -> str:
        return self.signed(super().signs(self.said(dict(claims)), **{**self.head, **head}))

    def _with_renewal(self, answer: httpx2.Response) -> httpx2.Response:
        if not self.issuer.renew or self.renewal is None:
            return answer
        self.renewal += "+"
        return httpx2.Response(200, json={**answer.json(), "refresh_token": self.renewal})


@dataclass
class SigningIn:
    """A desk, its issuer and its clock. Its pages `/for-ig`, `/for-anybody` and `/fresh` say who is there."""

    app: FastAPI
    home: Path
    clock: Clock
    issuer: Any

    def begins_again(self, **issuer: Any) -> None:
        """The clock, the staff file, the issuer and all sessions are as at the start; see `signing_in`."""
        self.clock.now = NOW
        desk: Desk = self.app.state.desk
        kept = (self.home / "agency.toml").read_text(encoding="utf-8")
        if not kept.endswith("".join(map(staff_entry, STAFF))):
            self.writes_staff(*STAFF)
        known = Issuer.model_validate({**development(URL).model_dump(exclude_unset=True), **issuer})
        self.issuer = self.app.state.development = SayingIssuer(known, desk.edges, _CLIENT)
        provider = Provider(known, self.issuer.client, replace(desk.edges, transport=self.issuer))
        providers = {known.name: provider}
        self.app.state.sign_in = SignIn(desk, lambda: providers)
        desk.sessions.end_where(lambda _: True)

    def browser(self) -> TestClient:
        return TestClient(self.app, base_url=URL)

    def to_issuer(self, http: TestClient, path: str = "/sign-in") -> str:
        """Where a browser is sent that asks for `path`: the issuer's page."""
        return str(http.get(path).url)

    def back(self, http: TestClient, page: str, staff: str = "sw") -> str:
        """Where the issuer's page sends somebody back to who said who they are."""
        answer = http.post(page, data={"staff": staff}, headers=OUR_PAGE, follow_redirects=False)
        return str(answer.headers["location"])

    def signs_in(self, http: TestClient, staff: str = "sw", path: str = "/sign-in") -> httpx2.Response:
        return http.get(self.back(http, self.to_issuer(http, path), staff), follow_redirects=False)

    def signed_in(self, staff: str = "sw") -> TestClient:
        http = self.browser()
        assert self.signs_in(http, staff).status_code == 200
        return http

    def who(self, http: TestClient, path: str = "/for-anybody") -> str:
        """Whom a page takes somebody for; `sign-in` when it sends them there, otherwise the status."""
        answer = http.get(path, follow_redirects=False)
        if answer.status_code == 303 and answer.headers["location"] == "/sign-in":
            return "sign-in"
        return answer.text if answer.status_code == 200 else str(answer.status_code)

    def writes_staff(self, *askers: Asker) -> None:
        """The staff file from now on."""
        path = self.home / "agency.toml"
        kept = path.read_text(encoding="utf-8").partition("\n[[staff]]")[0] + "\n"
        path.write_text(kept + "".join(map(staff_entry, askers)), encoding="utf-8")


def make_council(folder: Path) -> Parties:
    """An agency with `STAFF`."""
    staff = {"council": STAFF}
    return make_parties(
        folder, {"council": ("csc",)}, addresses=ADDRESSES, place="brackwater", today=NOW.date(), staff=staff
    )


def signing_in(home: Path, settings: Settings = SETTINGS, **issuer: Any) -> SigningIn:
    """A desk in an agency's folder; `issuer` changes what the registry says of the issuer."""
    clock = Clock()
    edges = Edges(now=lambda: clock.now, random_bytes=os.urandom, pause=lambda _: None)
    desk = make_desk(read_workspace(home, clock=edges.now), settings, edges)
    app = create_app(desk)
    _add_pages(app)
    made = SigningIn(app, home, clock, app.state.development)
    made.begins_again(**issuer)
    return made


def _add_pages(app: FastAPI) -> None:
    @app.get("/for-anybody")
    def anybody(request: Request) -> PlainTextResponse:
        found = signed_in(request)
        return PlainTextResponse(f"{found.staff} {found.profession} {found.trained} {','.join(sorted(found.roles))}")

    @app.get("/for-ig")
    def for_ig(request: Request) -> PlainTextResponse:
        return PlainTextResponse(signed_in(request, "ig_officer", "lead_ig_officer").name)

    @app.get("/fresh")
    def fresh_only(request: Request) -> PlainTextResponse:
        found = signed_in(request)
        fresh(found)
        return PlainTextResponse(found.name)

    @app.get("/fails")
    def fails() -> None:
        raise ValueError("Mina Hartley, 3 May 2019")

    @app.post("/posted")
    def posted(form: Form) -> dict[str, str]:
        return form


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))
