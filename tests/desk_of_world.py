"""An agency's desk in the World, and somebody's browser at it.

desk = desk_at(world, "council", hires=[Asker("ig", "council.ig_officer", TRAINED, "Iris Glen", ("ig_officer",))])
browser = desk.browser("ig")                 # signed in; redirects are followed as a browser does
shown = browser.get("/audit")
shown = browser.post("/audit/search", text="is:refused")
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI
from fastapi.testclient import TestClient
from world import World

from broker.agency.desk.app import create_app, make_desk
from broker.agency.desk.settings import Settings
from broker.agency.edges import Edges
from broker.agency.workspace import read_workspace
from broker.synthetic.parties import Asker, staff_entry

URL = "http://127.0.0.1:8450"
OUR_PAGE = {
    "origin": URL,
    "sec-fetch-site": "same-origin",
    "content-type": "application/x-www-form-urlencoded",
}
TRAINED = dt.date(2026, 9, 1)


@dataclass(frozen=True)
class Browser:
    """Somebody's browser. `http` keeps the cookies."""

    http: TestClient

    def signs_in(self, staff: str) -> None:
        """By the development issuer, as somebody does who sees its page."""
        question = self.http.get("/sign-in")
        answer = self.post(str(question.url), staff=staff)
        assert answer.status_code == 200, answer.text

    def get(self, path: str) -> httpx2.Response:
        return self.http.get(path)

    def post(self, path: str, **fields: str) -> httpx2.Response:
        """A form of our own page; fields named with a hyphen are given with an underscore doubled: `made__by`."""
        data = {name.replace("__", "-"): value for name, value in fields.items()}
        return self.http.post(path, data=data, headers=OUR_PAGE)


@dataclass(frozen=True)
class DeskAt:
    """The desk of one agency."""

    app: FastAPI
    home: Path

    def browser(self, staff: str | None = None) -> Browser:
        """A browser at which `staff` signed in; with None nobody did."""
        made = Browser(TestClient(self.app, base_url=URL))
        if staff is not None:
            made.signs_in(staff)
        return made

    def hires(self, *askers: Asker) -> None:
        """They are in the agency's staff file from now on."""
        with (self.home / "agency.toml").open("a", encoding="utf-8") as file:
            file.writelines(map(staff_entry, askers))


def desk_at(
    world: World, agency: str, *, hires: Sequence[Asker] = (), edges: Edges | None = None, **settings: Any
) -> DeskAt:
    """The desk of an agency of the World, which talks to the World's broker and linkage unit."""
    return desk_in(world.parties.home(agency), edges or world.edges(), hires=hires, **settings)


def desk_in(home: Path, edges: Edges, *, hires: Sequence[Asker] = (), **settings: Any) -> DeskAt:
    """The desk of an agency's folder; further options are settings of the desk."""
    name = f"{home.name.capitalize()} of Brackwater"
    made_of = Settings(agency_name=name, public_url=URL, sign_in="development", **settings)
    made = DeskAt(create_app(make_desk(read_workspace(home, clock=edges.now), made_of, edges)), home)
    made.hires(*hires)
    return made
