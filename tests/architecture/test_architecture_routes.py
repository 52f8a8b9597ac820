"""Every route is authenticated or on a named public list."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from repository import ROOT
from starlette.routing import Route

from broker.api import health, log
from broker.linkunit import app as linkunit
from broker.linkunit.settings import load_settings as load_unit_settings
from broker.pages import public
from broker.server import create_app, put_together, read_policies
from broker.settings import load_settings
from broker.store import engine, schema
from broker.synthetic.parties import ORIGIN, Addresses, make_parties

PUBLIC = {
    "broker": {*health.PUBLIC, *log.PUBLIC, *public.PUBLIC},
    "linkunit": {"/healthz", "/readyz", "/docs", "/openapi.json", "/v1/grants/{id}"},
}
_FILLED = {"{batch}": "0" * 32, "{digest}": "0" * 64}


def broker_app(folder: Path) -> FastAPI:
    sources = read_policies(ROOT / "policies").vocabulary.sources
    owners: dict[str, list[str]] = {}
    for name, source in sources.items():
        owners.setdefault(source.agency, []).append(name)
    addresses = Addresses("http://broker.test", "http://linkunit.test")
    parties = make_parties(folder, owners, addresses=addresses, place="brackwater", today=dt.date(2026, 11, 22))
    settings = load_settings(
        database_url=f"sqlite:///{folder / 'broker.db'}",
        secrets=parties.home("broker") / "secrets.json",
        **parties.trusted("broker"),
        policies=ROOT / "policies",
        public_url=addresses.broker,
        origin=ORIGIN,
    )
    schema.migrate(engine.open_store(settings.database_url))
    return create_app(put_together(settings))


def linkunit_app(folder: Path) -> FastAPI:
    addresses = Addresses("http://broker.test", "http://linkunit.test")
    parties = make_parties(
        folder,
        {"council": ["csc"]},
        addresses=addresses,
        place="brackwater",
        today=dt.date(2026, 11, 22),
    )
    return linkunit.create_app(
        load_unit_settings(
            secrets=parties.home("linkunit") / "secrets.json",
            **parties.trusted("linkunit"),
            ledger=folder / "ledger.db",
            public_url=addresses.linkage_unit,
        )
    )


@pytest.fixture(params=["broker", "linkunit"])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, FastAPI]:
    return request.param, {"broker": broker_app, "linkunit": linkunit_app}[request.param](tmp_path)


def addresses_of(app: FastAPI) -> set[tuple[str, str]]:
    """Every (method, path) that the app answers."""
    routes = [route for route in app.routes if isinstance(route, APIRoute | Route)]
    routes += [
        inner for route in app.routes for inner in getattr(getattr(route, "original_router", None), "routes", [])
    ]
    return {(method, route.path) for route in routes for method in (route.methods or {"GET"}) - {"HEAD"}}


def test_every_route_is_signed_for_or_on_the_public_list(service: tuple[str, FastAPI]) -> None:
    """A route that somebody forgot to lock answers whoever asks."""
    name, app = service
    guarded = sorted((method, path) for method, path in addresses_of(app) if path not in PUBLIC[name])
    answers = {}
    with TestClient(app) as client:
        for method, path in guarded:
            filled = path
            for mark, text in _FILLED.items():
                filled = filled.replace(mark, text)
            answer = client.request(method, filled, content=b"{}" if method != "GET" else None)
            answers[(method, path)] = (answer.status_code, answer.headers["content-type"], answer.json()["code"])

    assert len(guarded) >= {"broker": 5, "linkunit": 1}[name]
    assert set(answers.values()) == {(401, "application/problem+json", "caller-unproven")}


def test_the_public_list_names_only_what_is_there_and_writes_nothing(service: tuple[str, FastAPI]) -> None:
    """A public list that is longer than it need be is a door that opens one day; nothing public takes a body."""
    name, app = service
    found = addresses_of(app)
    plain = {(method, path.replace(":path}", "}")) for method, path in found}
    described = {(method.upper(), path) for path, ways in app.openapi()["paths"].items() for method in ways}

    assert PUBLIC[name] <= {path for _, path in found}
    assert {method for method, path in found if path in PUBLIC[name]} == {"GET"}
    assert described <= plain
