"""Who vouches for an agency's staff is what custodians signed: nothing that lies beside the desk adds an issuer."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from desk_of_world import URL
from fastapi import FastAPI
from fastapi.testclient import TestClient
from signing_in import SETTINGS, Clock, SayingIssuer, make_council, query_of
from world import NOW

from broker.agency.desk.app import create_app, make_desk
from broker.agency.desk.signin.client_key import new_key
from broker.agency.desk.signin.registry import read_draft
from broker.agency.edges import Edges
from broker.agency.workspace import read_workspace
from broker.errors import Misconfigured, Untrusted
from broker.synthetic.parties import Parties, publish
from broker.trustlist.issuers import parse_issuers, path_of, sentences

LOGIN = "http://127.0.0.1:8460"
TOML = f"""[[issuer]]
name = "northshire"
title = "Northshire account"
issuer = "{LOGIN}"
client_id = "desk"
algorithms = ["Ed25519"]
levels = {{ demonstration = 3 }}
[issuer.claims]
staff = "sub"
"""
PAGE = Path(__file__).parents[2] / "docs" / "for" / "desk.md"
EXAMPLES = re.findall(r"```toml\n(\[\[issuer\]\].*?)```", PAGE.read_text(encoding="utf-8"), re.S)
SETTINGS_LIVE = SETTINGS.model_copy(update={"sign_in": "issuers"})


@dataclass
class Place:
    """An agency, its account service, and a clock."""

    parties: Parties
    clock: Clock
    issuer: SayingIssuer

    @property
    def home(self) -> Path:
        return self.parties.home("council")

    def signs(self, text: str | None) -> None:
        """What custodians sign from now on."""
        data = text.encode() if text else None
        publish(self.parties, self.parties.trust, now=self.clock.now, files={path_of("council"): data})

    def desk(self) -> FastAPI:
        edges = replace(self.issuer.edges, transport=self.issuer)
        return create_app(make_desk(read_workspace(self.home, clock=edges.now), SETTINGS_LIVE, edges))

    def signs_in(self, app: FastAPI) -> TestClient:
        http = TestClient(app, base_url=URL)
        went = http.get("/sign-in/northshire", follow_redirects=False).headers["location"]
        back = self.issuer.sends_back(query_of(went), "sw", back_at=f"{URL}/sign-in/northshire/back")
        assert http.get(back).status_code == 200
        return http


@pytest.fixture
def place(tmp_path: Path) -> Place:
    parties, clock, own = make_council(tmp_path), Clock(), new_key("ES256")
    read_workspace(parties.home("council"), clock=lambda: NOW).add_secrets({"signin": own})
    edges = Edges(now=lambda: clock.now, random_bytes=os.urandom, pause=lambda _: None)
    [known] = parse_issuers(TOML.encode(), "issuers.toml")
    return Place(parties, clock, SayingIssuer(known, edges, own))


def test_a_file_beside_the_desk_adds_no_issuer(place: Place) -> None:
    """Whoever rules the desk's machine would vouch for anybody on the staff list."""
    (place.home / "issuers.toml").write_text(TOML)
    with pytest.raises(Misconfigured) as found:
        place.desk()
    assert found.value.code == "issuers-unsigned"
    place.signs(TOML.replace("northshire", "other"))
    (place.home / "issuers.toml").write_text(TOML)
    assert list(place.desk().state.sign_in.providers) == ["other"]


def test_the_signed_ones_count_as_they_are_now(place: Place) -> None:
    """An issuer that was taken off the list goes on vouching until somebody restarts the desk."""
    place.signs(TOML)
    app = place.desk()
    http = place.signs_in(app)
    assert http.get("/start", follow_redirects=False).status_code == 200
    first = app.state.sign_in.providers["northshire"]
    place.signs(TOML)
    assert app.state.sign_in.providers["northshire"] is first, "what is known of an issuer is kept"
    place.signs(None)
    assert http.get("/start", follow_redirects=False).status_code == 503
    place.signs(TOML.replace('name = "northshire"', 'name = "other"'))
    assert http.get("/start", follow_redirects=False).headers["location"] == "/sign-in"
    assert http.get("/sign-in/northshire").status_code == 404
    place.signs(TOML)
    assert http.get("/start", follow_redirects=False).headers["location"] == "/sign-in", "the session was over"


def test_signed_issuers_that_were_changed_are_refused(place: Place) -> None:
    """Whoever carries the trust list carries another issuer along."""
    place.signs(TOML)
    [signed] = (place.parties.trust_folder / "targets" / "issuers").iterdir()
    signed.write_bytes(TOML.replace("8460", "8461").encode())
    with pytest.raises(Untrusted) as found:
        place.desk()
    assert found.value.code == "trust-list-invalid"


def test_nobody_proposes_issuers_that_no_desk_could_read(place: Place) -> None:
    """Custodians sign it, and nobody signs in any more."""
    with pytest.raises(Misconfigured, match=r"levels.*issuers/council.toml"):
        place.signs(TOML.replace("= 3", "= 4"))


def test_custodians_read_what_they_sign() -> None:
    """They would compare a digest that nobody at the agency knows."""
    text = TOML.replace(
        "[issuer.claims]", 'hosts = ["keys.example"]\n[issuer.roles]\n"Desk IG" = "ig_officer"\n[issuer.claims]'
    )
    said = "\n".join(sentences(parse_issuers((text + 'roles = "groups"\n').encode(), "issuers.toml")))
    for one in (
        LOGIN,
        "keys.example",
        "Ed25519",
        "demonstration is 3",
        "level 2 of everybody",
        "Desk IG is ig_officer",
    ):
        assert one in said


@pytest.mark.parametrize("example", EXAMPLES, ids=["entra", "cis2"])
def test_the_examples_of_the_page_are_good(example: str, tmp_path: Path) -> None:
    """An agency begins with one of them, and can't say why its desk does not start."""
    (tmp_path / "issuers.toml").write_text(example)
    [issuer] = read_draft(tmp_path / "issuers.toml")
    assert "claims" in example and issuer.asked_levels
