"""The desk signs people in at a real issuer: the certified npm `oidc-provider`, over HTTP.

What our own development issuer believes of us, strangers' code believes too: PKCE, private_key_jwt, the levels,
renewals that are good once, and the notices by which an issuer ends a session here.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from fastapi import Request
from fastapi.responses import PlainTextResponse
from joserfc.jwk import ECKey, OKPKey, RSAKey

from broker import listening
from broker.agency.desk.app import create_app, make_desk
from broker.agency.desk.settings import read_settings
from broker.agency.desk.signin.client_key import new_key, parse_key
from broker.agency.desk.signin.session import fresh, signed_in
from broker.agency.edges import Edges
from broker.agency.workspace import read_workspace
from broker.synthetic.parties import Addresses, Asker, make_parties, publish
from broker.trustlist.issuers import path_of

ROOT = Path(__file__).parent.parent.parent
HERE = Path(__file__).parent / "issuer"
ISSUER, DESK = "http://localhost:18461", "http://127.0.0.1:18462"
DESK_TOML = f'agency_name = "Northshire"\npublic_url = "{DESK}"\nport = 18462\n'
ISSUERS_TOML = f"""
[[issuer]]
name = "real"
title = "Northshire account"
issuer = "{ISSUER}"
client_id = "desk"
algorithms = ["%s"]
levels = {{ "urn:one" = 1, "urn:two" = 2 }}
renew = true
prompt = "consent"
[issuer.claims]
staff = "employee_id"
name = "name"
roles = "groups"
trained = "trained_on"
[issuer.roles]
"Desk Casework" = "caseworker"
"Desk IG" = "ig_officer"
"""
SAM = {"employee_id": "sw", "name": "Sam Wye", "groups": ["Desk Casework", "Choir"], "trained_on": "2026-10-01"}
KEYS = {
    "ES256": lambda: ECKey.generate_key("P-256"),
    "Ed25519": lambda: OKPKey.generate_key("Ed25519"),
    "PS256": lambda: RSAKey.generate_key(2048),
}


@dataclass
class Real:
    """Desk and issuer, both running. The desk's clock is `ahead` of the machine's, so that a test need not wait."""

    ahead: dt.timedelta = dt.timedelta(0)

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self.ahead

    def browser(self) -> httpx2.Client:
        return httpx2.Client(follow_redirects=True, timeout=20, trust_env=False)

    def signs_in(self, http: httpx2.Client, path: str = "/whoami", person: str = "sam", **said: Any) -> httpx2.Response:
        """Asks for a page, is sent to the issuer, says who they are there, and comes back."""
        asked = http.get(f"{DESK}{path}")
        assert asked.text == "who?", asked.text
        return http.get(str(asked.url), params={"as": person, **said})

    def who(self, http: httpx2.Client, path: str = "/whoami") -> str:
        answer = http.get(f"{DESK}{path}", follow_redirects=False)
        return answer.text if answer.status_code == 200 else answer.headers.get("location", str(answer.status_code))

    def says(self, **people: Any) -> None:
        """The agency's own records from now on."""
        httpx2.post(f"{ISSUER}/people", content=json.dumps(people), trust_env=False)


def node() -> list[str]:
    """The command of Node, with the issuer's packages in their place, as its lock has them."""
    spec = importlib.util.spec_from_file_location("build", ROOT / "assets" / "build.py")
    assert spec is not None and spec.loader is not None
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    found, npm = build.find_node()
    if not (HERE / "node_modules" / "oidc-provider").is_dir():
        subprocess.run([found, npm, "ci", "--ignore-scripts", "--no-fund", "--no-audit"], cwd=HERE, check=True)
    return [str(found)]


@contextmanager
def running_issuer(algorithm: str, public: dict[str, Any]) -> Iterator[None]:
    key = {**KEYS[algorithm]().as_dict(private=True), "kid": "one", "alg": algorithm, "use": "sig"}
    client = {
        "client_id": "desk", "jwks": {"keys": [public]}, "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": algorithm, "id_token_signed_response_alg": algorithm,
        "redirect_uris": [f"{DESK}/sign-in/real/back"], "post_logout_redirect_uris": [f"{DESK}/signed-out"],
        "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
        "backchannel_logout_uri": f"{DESK}/sign-in/real/ended", "backchannel_logout_session_required": True,
    }  # fmt: skip
    told = {"port": 18461, "issuer": ISSUER, "client": client, "people": {"sam": SAM}, "jwks": {"keys": [key]}}
    command = [*node(), str(HERE / "issuer.mjs"), json.dumps(told)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "listening\n", "the issuer does not start"
        yield
        process.terminate()


@contextmanager
def running_desk(home: Path, edges: Edges) -> Iterator[None]:
    app = create_app(make_desk(read_workspace(home, clock=edges.now), read_settings(home), edges))

    @app.get("/whoami")
    def whoami(request: Request) -> PlainTextResponse:
        found = signed_in(request)
        return PlainTextResponse(f"{found.staff} {found.trained} {','.join(sorted(found.roles))}")

    @app.get("/fresh")
    def fresh_only(request: Request) -> PlainTextResponse:
        fresh(signed_in(request))
        return PlainTextResponse("fresh")

    server = uvicorn.Server(uvicorn.Config(app, port=18462, **listening.options(connections=20)))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module", params=sorted(KEYS))
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Real]:
    made, algorithm = Real(), request.param
    edges, today = Edges(now=made.now, random_bytes=os.urandom, pause=time.sleep), made.now().date()
    staff = {"council": [Asker("sw", "council.social_worker", today, desk=("caseworker", "ig_officer"))]}
    nowhere = Addresses("http://127.0.0.1:1", "http://127.0.0.1:1")
    folder = tmp_path_factory.mktemp("real")
    parties = make_parties(
        folder, {"council": ("csc",)}, addresses=nowhere, place="brackwater", today=today, staff=staff
    )
    home, own = parties.home("council"), new_key(algorithm)
    (home / "desk.toml").write_text(DESK_TOML, encoding="utf-8")
    files = {path_of("council"): (ISSUERS_TOML % algorithm).encode()}
    publish(parties, parties.trust, now=made.now(), files=files)
    read_workspace(home, clock=edges.now).add_secrets({"signin": own})
    with running_issuer(algorithm, parse_key(own).public), running_desk(home, edges):
        yield made


@pytest.fixture
def real(both: Real) -> Real:
    both.ahead = dt.timedelta(0)
    both.says(sam=SAM)
    return both


SW = "sw 2026-10-01 caseworker"


def test_somebody_signs_in_at_a_real_issuer(real: Real) -> None:
    """The whole code flow, as a stranger's certified code expects it of us."""
    with real.browser() as http:
        landed = real.signs_in(http)

        assert "url=/whoami" in landed.text
        assert real.who(http) == SW
        assert not [one for one in http.cookies.jar if "eyJ" in str(one.value)]


def test_one_factor_is_not_enough(real: Real) -> None:
    """The issuer says how somebody signed in, and we hold them to it."""
    with real.browser() as http:
        assert real.signs_in(http, acr="urn:one").status_code == 403
        assert real.who(http) == "/sign-in"


def test_somebody_who_is_not_ours_stays_out(real: Real) -> None:
    """Whoever the issuer knows and the staff file does not."""
    real.says(sam=SAM, pat={**SAM, "employee_id": "pat"})
    with real.browser() as http:
        refused = real.signs_in(http, person="pat")

        assert (refused.status_code, "staff-unknown" in refused.text) == (403, True)


def test_a_step_up_makes_them_prove_it_again(real: Real) -> None:
    """`prompt=login` and `max_age=0` have the issuer ask; its `auth_time` is what we go by."""
    with real.browser() as http:
        earlier = int(time.time()) - 600
        real.signs_in(http, ts=earlier)
        assert (real.who(http), real.who(http, "/fresh")) == (SW, "/sign-in")
        landed = real.signs_in(http, "/fresh")

        assert "url=/fresh" in landed.text
        assert real.who(http, "/fresh") == "fresh"


def test_a_role_that_is_gone_there_is_gone_here(real: Real) -> None:
    """The renewal brings what the agency's records say now, time after time."""
    with real.browser() as http:
        real.signs_in(http)
        real.says(sam={**SAM, "groups": ["Desk IG"], "trained_on": "2026-11-01"})
        before = real.who(http)
        for minutes in (5, 10):
            real.ahead = dt.timedelta(minutes=minutes)
            after = real.who(http)

        assert (before, after) == (SW, "sw 2026-11-01 ig_officer")


def test_who_is_out_there_is_out_here(real: Real) -> None:
    """Signing out at the issuer ends the session here at once, by its notice and not by any cookie."""
    with real.browser() as http, real.browser() as other:
        real.signs_in(http)
        real.signs_in(other)
        shown = http.get(f"{ISSUER}/session/end", params={"client_id": "desk"}).text
        [secret] = re.findall(r'name="xsrf" value="(\w+)"', shown)
        http.post(f"{ISSUER}/session/end/confirm", data={"xsrf": secret, "logout": "yes"})

        assert real.who(http) == "/sign-in"
        assert real.who(other) == SW


def test_a_leaver_is_out_within_minutes(real: Real) -> None:
    """An account that is closed at the issuer renews nothing."""
    with real.browser() as http:
        real.signs_in(http)
        real.says()
        real.ahead = dt.timedelta(minutes=5)

        assert real.who(http) == "/sign-in"
