"""The memory of both services: no name of anybody in it, and nobody who may look but root.

Real processes. With the test-only variable their memory is read as a core dump would hold it, and searched; without it,
no core is written and a neighbour of the same user can't open it.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import canaries
import memory
import pytest
from agency_of_world import Agency
from people import EVERYBODY, ISOLDE, MINA, OTTO, Row, export
from quick_folder import sqlite_in
from world import AGENCIES, NOW, POLICIES, STAFF

from broker.agency.edges import real_edges
from broker.hardening import FOR_TESTS
from broker.synthetic import servers
from broker.synthetic.parties import Addresses, Parties, make_parties
from broker.vaults.secretfile import read_secrets


@dataclass
class Services:
    """Both services as processes without privileges."""

    parties: Parties
    unit: servers.Server
    broker: servers.Server

    @property
    def processes(self) -> dict[str, int]:
        return {one.name: one.process.pid for one in (self.unit, self.broker) if one.process is not None}


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Callable[..., Services]]:
    with ExitStack() as opened:

        def started(**environment: str) -> Services:
            folder = tmp_path_factory.mktemp("services", numbered=True)
            addresses = Addresses(*(f"http://127.0.0.1:{servers.free_port()}" for _ in range(2)))
            parties = make_parties(
                folder / "place", AGENCIES, addresses=addresses, place="brackwater", today=NOW.date(), staff=STAFF
            )
            unit = servers.linkage_unit(parties, addresses)
            broker = servers.broker(parties, addresses, policies=POLICIES, database_url=sqlite_in(folder, migrated))
            for service in (unit, broker):
                service.environment = {**service.environment, "BROKER_ANSWER_STEP_MS": "0", **environment}
                service.command = [*memory.UNPRIVILEGED, *service.command]
                opened.callback(service.stop, signal.SIGKILL)
                service.start()
            return Services(parties, unit, broker)

        yield started


@pytest.fixture(scope="module")
def services(start: Callable[..., Services]) -> Services:
    """Both, with their memory open to a test that asks for it."""
    return start(**{FOR_TESTS: "1"})


def test_no_name_is_in_the_memory_of_either_service(services: Services) -> None:
    """A core dump of the broker or the linkage unit named somebody."""
    said: list[str] = []
    council, police = (Agency(name, services.parties.home(name), real_edges(), said) for name in ("council", "police"))
    family = [Row(MINA, "C1", {"csc.cp_plan": "2026-09-01"}, parents=("C2", "C3")), Row(OTTO, "C2"), Row(ISOLDE, "C3")]
    council.posts(*export("csc", family))
    police.posts(*export("po", [Row(OTTO, "X9", {"po.da_incidents": "2"}), Row(MINA, "X1")]))
    for person in (MINA, OTTO):
        assert council.asking(person.about(), staff="sw").code == 0, said[-1]
    details = {detail for person in EVERYBODY for detail in person.canaries()}
    needles = {spelling for detail in details for spelling in canaries.spellings(detail)}
    # Eight digits and the first bytes of a digest stand by chance in so many megabytes.
    needles = {one for one in needles if len(one) >= 8 and not one.isdigit()}
    for name, pid in services.processes.items():
        party = "broker" if name == "broker" else "linkunit"
        secrets = read_secrets(services.parties.home(party) / "secrets.json", owner=party)
        kept = secrets.bytes32("label" if party == "broker" else "oprf")
        found = memory.find({*needles, kept}, memory.contents(pid))
        assert kept in found, f"the search of the {name} finds nothing at all"
        assert found == {kept}, f"details of people are in the memory of the {name}"


def test_no_secret_is_an_argument_or_a_variable(services: Services) -> None:
    """Every process of the machine may read the one, every process of the user the other, and logs keep both."""
    for name, pid in services.processes.items():
        party = "broker" if name == "broker" else "linkunit"
        held = read_secrets(services.parties.home(party) / "secrets.json", owner=party).values
        needles = {spelling for value in held.values() for spelling in canaries.written(value)}
        told = [Path(f"/proc/{pid}/{where}").read_bytes() for where in ("cmdline", "environ")]
        told += [path.read_bytes() for path in services.parties.home(party).glob("*.jsonl")]
        assert b"broker" in told[0] and b"_SECRETS=" in told[1]
        assert not memory.find(needles, told)


def test_a_neighbour_reads_the_memory_only_where_a_test_asked_for_it(start: Callable[..., Services]) -> None:
    """Another process of the service's own user, such as a backup or a shell, could copy every key."""
    services = start()
    for name, pid in services.processes.items():
        assert not memory.neighbour_reads(pid), f"a neighbour reads the memory of the {name}"
        limit = next(line for line in Path(f"/proc/{pid}/limits").read_text().splitlines() if "core file" in line)
        assert limit.split()[4:6] == ["0", "0"], f"the {name} may write a core dump"


@contextmanager
def python(*program: str, folder: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Python process without privileges that has said that it is ready."""
    lines = "\n".join([*program, "print('ready', flush=True)", "import time", "time.sleep(60)"])
    process = subprocess.Popen(
        [*memory.UNPRIVILEGED, sys.executable, "-c", lines],
        cwd=folder,
        env={**os.environ, **environment, "PYTHONPATH": str(POLICIES.parent)},
        stdout=subprocess.PIPE,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)),
    )
    assert process.stdout is not None and process.stdout.readline() == b"ready\n"
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


HARDEN = "from broker.hardening import harden; harden()"


@pytest.mark.parametrize(("hardened", "environment"), [(True, {}), (False, {FOR_TESTS: "1"})])
def test_a_crash_leaves_no_core(tmp_path: Path, hardened: bool, environment: dict[str, str]) -> None:
    """The same process with the test-only variable is readable and leaves one, so this looks at the right thing."""
    with python(HARDEN, folder=tmp_path, **environment) as process:
        assert memory.neighbour_reads(process.pid) is (not hardened and memory.NEIGHBOURS_MAY)
        process.send_signal(signal.SIGABRT)
        assert process.wait(timeout=30) == -signal.SIGABRT
    pattern = Path("/proc/sys/kernel/core_pattern").read_text().strip()
    if hardened or not pattern.startswith(("|", "/")):
        assert bool(list(tmp_path.glob("core*"))) is not hardened
