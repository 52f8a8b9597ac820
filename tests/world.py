"""World: a whole place in one process. Broker, linkage unit and agencies, each with its own keys, files and app.

    world = World(tmp_path, "sqlite:///...")
    with world:
        world.agency("council").posts(*export("csc", [Row(MINA, "C1")]))
        told = world.agency("council").asks(MINA.about())
        world.check()

Nothing is replaced: real keys, a real database, the real apps, the agencies' real command line. Between them is a
transport that carries requests to the app they are addressed to, keeps every body, and can lose them. The clock is
`world.now`. `world.check()` verifies again what must hold after everything that can happen.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import disclosing
import httpx2
from agency_of_world import Agency
from fastapi.testclient import TestClient

from broker import observe
from broker.agency.edges import Edges
from broker.keys import assertion
from broker.keys.trust import Trust
from broker.linkunit import app as linkunit_app
from broker.linkunit.settings import load_settings as load_unit_settings
from broker.parts import Parts
from broker.server import create_app, put_together
from broker.settings import load_settings
from broker.synthetic.parties import ORIGIN, Addresses, Asker, Parties, make_parties, publish
from broker.synthetic.servers import witness_settings
from broker.witness import app as witness_app
from broker.witness.settings import Settings as WitnessSettings
from broker.witness.settings import load_settings as load_witness_settings

POLICIES = Path(__file__).parent.parent / "policies"
NOW = dt.datetime(2026, 11, 22, 9, 30, tzinfo=dt.UTC)
ADDRESSES = Addresses(broker="http://127.0.0.1:18080", linkage_unit="http://127.0.0.1:18090")
WITNESSES = {"council": "http://127.0.0.1:18071", "nhs": "http://127.0.0.1:18072", "police": "http://127.0.0.1:18073"}
_PARTY_AT = {18080: "broker", 18090: "linkunit"} | {
    int(url.rpartition(":")[2]): f"witness {name}" for name, url in WITNESSES.items()
}
AGENCIES = {
    "council": ("csc", "eh", "yj", "hl", "as"),
    "school": ("ed",),
    "homes": ("hs",),
    "police": ("po",),
    "probation": ("pr",),
    "jobcentre": ("dw",),
    "nhs": ("hv", "mh", "ac"),
    "gp": ("gp",),
    "voluntary": ("su", "dv", "vc"),
    "fire": ("fr",),
}
_TRAINED = dt.date(2026, 9, 1)
STAFF = {
    "council": (
        Asker("sw", "council.social_worker", _TRAINED),
        Asker("kw", "council.keyworker", _TRAINED),
        Asker("mash", "council.mash_officer", _TRAINED),
        Asker("ho", "council.housing_officer", _TRAINED),
        Asker("untrained", "council.social_worker", dt.date(2024, 9, 1)),
    ),
    "school": (Asker("dsl", "school.dsl", _TRAINED),),
    "homes": (Asker("to", "homes.tenancy_officer", _TRAINED), Asker("deputy", "homes.tenancy_officer", _TRAINED)),
    "police": (Asker("pvp", "police.pvp", _TRAINED),),
    "nhs": (Asker("hv", "nhs.health_visitor", _TRAINED),),
    "jobcentre": (Asker("wc", "jobcentre.work_coach", _TRAINED),),
    "voluntary": (Asker("vw", "voluntary.worker", _TRAINED),),
}

KEPT = ExitStack()
"""What all worlds of a process share; `conftest` closes it at the end."""


@dataclass(frozen=True)
class Exchange:
    """One request and what came back; `answer` is None when it was lost on the way out or never got there."""

    party: str
    method: str
    path: str
    request: bytes
    status: int
    answer: bytes | None


@dataclass
class Fault:
    """Loses the next `times` exchanges with `party` whose path holds `path`, before or after they were handled."""

    party: str
    path: str = ""
    after: bool = False
    times: int = 1


@dataclass
class Network(httpx2.BaseTransport):
    """Carries requests to the app at their port; keeps the traffic; loses what a fault says.

    `looks` are what anybody may ask, of the audit log and of witnesses, and how keys get their access credentials: they
    come between the exchanges of a flow.
    """

    clients: dict[str, TestClient] = field(default_factory=dict)
    traffic: list[Exchange] = field(default_factory=list)
    looks: list[Exchange] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    passes: int = 0
    """So many exchanges more are let through before any fault counts."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        party, path = _PARTY_AT[request.url.port or 0], request.url.path
        fault = next((one for one in self.faults if one.times and one.party == party and one.path in path), None)
        if path == assertion.PATH:
            # What a fault loses is what the flow is about, unless it says otherwise.
            fault = fault if fault and fault.path == path else None
        elif self.passes:
            self.passes, fault = self.passes - 1, None
        if fault is not None:
            fault.times -= 1
        if party not in self.clients or (fault is not None and not fault.after):
            self._keep(party, request, None)
            raise httpx2.ConnectError("connection refused", request=request)
        before = disclosing.events()
        answer = self.clients[party].send(request, follow_redirects=False)
        if party == "broker":
            disclosing.check(request.method, path, status=answer.status_code, before=before)
        self._keep(party, request, answer)
        if fault is not None:
            raise httpx2.ReadError("connection reset", request=request)
        return httpx2.Response(answer.status_code, headers=answer.headers, content=answer.content, request=request)

    def _keep(self, party: str, request: httpx2.Request, answer: httpx2.Response | None) -> None:
        status, content = (answer.status_code, answer.content) if answer is not None else (0, None)
        is_look = party.startswith("witness") or request.url.path.startswith(("/audit/", assertion.PATH))
        kept = self.looks if is_look else self.traffic
        kept.append(Exchange(party, request.method, request.url.path, request.content, status, content))


class World:
    """See the module. `policies` is the folder of the agreements; further options are settings of the broker."""

    def __init__(
        self, folder: Path, database_url: str, *, policies: Path = POLICIES, unit: Mapping[str, Any] | None = None,
        witnesses: Sequence[str] = (), **settings: Any,
    ) -> None:  # fmt: skip
        self.now = NOW
        self.folder = folder
        self.network = Network()
        self.diagnostics = io.StringIO()
        self.said: list[str] = []
        self.parties = _parties_in(folder, tuple(witnesses))
        home = self.parties.home("broker")
        self.settings = load_settings(
            database_url=database_url, secrets=home / "secrets.json", policies=policies,
            public_url=ADDRESSES.broker, origin=ORIGIN, linkage_unit_url=ADDRESSES.linkage_unit,
            **{"answer_step_ms": 0, **self.parties.trusted("broker"), **settings},
        )  # fmt: skip
        self.unit_settings = load_unit_settings(
            secrets=self.parties.home("linkunit") / "secrets.json", **self.parties.trusted("linkunit"),
            ledger=self.parties.home("linkunit") / "linkunit.db", public_url=ADDRESSES.linkage_unit, **(unit or {}),
        )  # fmt: skip
        self.parts: Parts
        self._witnesses = [f"witness {name}" for name in witnesses]
        self._open = {name: ExitStack() for name in ("broker", "linkunit", *self._witnesses)}

    def __enter__(self) -> World:
        observe.configure("tests", strict=True, stream=self.diagnostics)
        for party in (*self._witnesses, "linkunit", "broker"):
            self.start(party)
        return self

    def __exit__(self, *_: object) -> None:
        for party in ("broker", "linkunit", *self._witnesses):
            self.stop(party)
        observe.configure("tests", strict=True)

    def start(self, party: str) -> None:
        """Starts the broker, the linkage unit or a witness (`witness nhs`), as after a restart: all is read again."""
        if party == "broker":
            self.parts = put_together(self.settings, now=lambda: self.now, transport=self.network)
            app = create_app(self.parts)
        elif party in self._witnesses:
            app = witness_app.create_app(self.witness_settings(party.split()[1]), clock=lambda: self.now)
        else:
            app = linkunit_app.create_app(self.unit_settings, clock=lambda: self.now)
        client = TestClient(app, raise_server_exceptions=False)
        self.network.clients[party] = self._open[party].enter_context(client)

    def witness_settings(self, agency: str) -> WitnessSettings:
        return load_witness_settings(**witness_settings(self.parties, agency))

    def stop(self, party: str) -> None:
        """Stops it; requests to it find nobody."""
        self.network.clients.pop(party, None)
        self._open[party].close()
        if party == "broker" and hasattr(self, "parts"):
            self.parts.store.engine.dispose()

    @contextmanager
    def down(self, party: str) -> Iterator[None]:
        """The broker or the linkage unit does not answer for a while."""
        client = self.network.clients.pop(party)
        try:
            yield
        finally:
            self.network.clients[party] = client

    def loses(self, party: str, *, path: str = "", after: bool = False, times: int = 1) -> Fault:
        """From now on exchanges are lost, before or `after` the other side handled them."""
        fault = Fault(party, path, after, times)
        self.network.faults.append(fault)
        return fault

    def later(self, **by: float) -> None:
        """Moves the clock, by the units of `datetime.timedelta`."""
        self.now += dt.timedelta(**by)

    def trusts(self, trust: Trust) -> None:
        """From now on the trust list says this: enough custodians signed it, and nobody restarts anything."""
        self.parties = publish(self.parties, trust, now=self.now)

    def agency(self, name: str) -> Agency:
        return Agency(name, self.parties.home(name), self.edges(), self.said)

    def edges(self, random_bytes: Callable[[int], bytes] = os.urandom) -> Edges:
        """What an agency touches the world with here."""
        return Edges(now=lambda: self.now, random_bytes=random_bytes, pause=self._pause, transport=self.network)

    def _pause(self, seconds: float) -> None:
        self.now += dt.timedelta(seconds=seconds)

    @property
    def traffic(self) -> list[Exchange]:
        return self.network.traffic

    def check(self) -> None:
        """Verifies every promise that must hold whatever happened. Raises `AssertionError` or `Untrusted`."""
        from promises import check

        check(self)

    def outside(self, *, files: bool = True) -> dict[str, bytes]:
        """Everything that is outside the agencies, and what they said on their screens, by a name for it."""
        places = {"diagnostics": self.diagnostics.getvalue().encode(), "screens": "\n".join(self.said).encode()}
        for at, one in enumerate([*self.traffic, *self.network.looks]):
            name = f"{at} {one.party} {one.method} {one.path}"
            places |= {
                f"{name} sent": one.request,
                f"{name} answered": one.answer or b"",
                f"{name} path": name.encode(),
            }
        if files:
            folders = [self.parties.home("broker"), self.parties.home("linkunit"), self.folder / "keys"]
            folders += [self.parties.home(name) / "state" for name in AGENCIES]
            database = re.fullmatch(r"sqlite:///(.*)", self.settings.database_url)
            folders += [Path(database[1]).parent] if database else []
            places |= {str(path): path.read_bytes() for path in files_in(folders)}
        return places


def _parties_in(folder: Path, witnesses: tuple[str, ...]) -> Parties:
    """The parties of a world: their keys are made once in each process of tests, their files are each world's own."""
    made = _made_parties(witnesses)
    shutil.copytree(made.folder, folder, dirs_exist_ok=True)
    return replace(made, folder=folder)


@cache
def _made_parties(witnesses: tuple[str, ...]) -> Parties:
    folder = Path(KEPT.enter_context(tempfile.TemporaryDirectory(prefix="parties-", ignore_cleanup_errors=True)))
    return make_parties(
        folder, AGENCIES, addresses=ADDRESSES, place="brackwater", today=NOW.date(), staff=STAFF,
        witnesses={name: WITNESSES[name] for name in witnesses},
    )  # fmt: skip


def files_in(folders: Sequence[Path]) -> Iterator[Path]:
    """Every file under `folders`; one that goes while we look is not there."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            with contextlib.suppress(FileNotFoundError):
                if path.is_file():
                    yield path
