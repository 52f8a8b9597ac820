"""The linkage unit and the broker as real processes, over HTTP on loopback."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import httpx2

from broker.errors import Unavailable
from broker.synthetic.parties import ORIGIN, Addresses, Parties, witness_name

_READY_SECONDS = 60.0


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """One process of ours, its diagnostics in a file."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    url: str
    log: Path
    ready: str = "/readyz"
    process: subprocess.Popen[bytes] | None = None
    _stream: IO[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Starts the process and waits until it is ready. Raises `Unavailable` when it stops or takes too long."""
        self._stream = self.log.open("ab")
        environment = {**os.environ, **self.environment}
        self.process = subprocess.Popen(
            self.command, env=environment, stdout=self._stream, stderr=self._stream, stdin=subprocess.DEVNULL
        )
        until = time.monotonic() + _READY_SECONDS
        with httpx2.Client(timeout=2) as http:
            while time.monotonic() < until:
                if self.process.poll() is not None:
                    raise Unavailable("server-stopped", f"the {self.name} stopped at its start", hint=f"see {self.log}")
                try:
                    if http.get(f"{self.url}{self.ready}").status_code == 200:
                        return
                except httpx2.TransportError:
                    pass
                time.sleep(0.1)
        raise Unavailable("server-slow", f"the {self.name} is not ready", hint=f"see {self.log}")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stops the process and waits for it."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout=20)
        if self._stream is not None:
            self._stream.close()


def linkage_unit(parties: Parties, addresses: Addresses) -> Server:
    """The linkage unit of the demonstration."""
    home = parties.home("linkunit")
    environment = {
        "LINKUNIT_SECRETS": str(home / "secrets.json"),
        **{f"LINKUNIT_{name.upper()}": str(path) for name, path in parties.trusted("linkunit").items()},
        "LINKUNIT_LEDGER": str(home / "linkunit.db"),
        "LINKUNIT_PUBLIC_URL": addresses.linkage_unit,
        "LINKUNIT_PORT": addresses.linkage_unit.rpartition(":")[2],
    }
    return Server("linkage unit", _command("linkunit"), environment, addresses.linkage_unit, home / "diagnostics.jsonl")


def witness(parties: Parties, agency: str) -> Server:
    """The witness that an agency of the demonstration runs."""
    home = parties.witness(agency)
    [url] = [one.url for one in parties.trust.witnesses if one.name == agency]
    environment = {
        **{f"WITNESS_{name.upper()}": str(value) for name, value in witness_settings(parties, agency).items()},
        "WITNESS_PORT": url.rpartition(":")[2],
    }
    command = [sys.executable, "-m", "broker.witness", "serve"]
    return Server(f"witness of {agency}", command, environment, url, home / "diagnostics.jsonl")


def witness_settings(parties: Parties, agency: str) -> dict[str, str | Path | bool]:
    """The settings of an agency's witness, but for its port."""
    home = parties.witness(agency)
    return {
        "name": witness_name(agency),
        "secrets": home / "secrets.json",
        "logs": home / "logs.txt",
        "database": home / "witness.db",
        "rehearsal": True,
    }


def broker(parties: Parties, addresses: Addresses, *, policies: Path, database_url: str = "") -> Server:
    """The broker of the demonstration; its tables are made first."""
    home = parties.home("broker")
    environment = broker_environment(parties, addresses, policies=policies, database_url=database_url)
    subprocess.run(_command("migrate"), env={**os.environ, **environment}, check=True, stdout=subprocess.DEVNULL)
    return Server("broker", _command("serve"), environment, addresses.broker, home / "diagnostics.jsonl")


def broker_environment(
    parties: Parties, addresses: Addresses, *, policies: Path, database_url: str = ""
) -> dict[str, str]:
    """The settings of the demonstration's broker."""
    home = parties.home("broker")
    return {
        "BROKER_DATABASE_URL": database_url or f"sqlite:///{home / 'broker.db'}",
        "BROKER_SECRETS": str(home / "secrets.json"),
        **{f"BROKER_{name.upper()}": str(path) for name, path in parties.trusted("broker").items()},
        "BROKER_POLICIES": str(policies),
        "BROKER_PUBLIC_URL": addresses.broker,
        "BROKER_PORT": addresses.broker.rpartition(":")[2],
        "BROKER_ORIGIN": ORIGIN,
        "BROKER_LINKAGE_UNIT_URL": addresses.linkage_unit,
    }


def _command(verb: str) -> list[str]:
    return [sys.executable, "-m", "broker", verb]
