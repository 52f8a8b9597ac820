"""The fictional place as processes over HTTP, and how somebody signs in at a desk of it."""

from __future__ import annotations

import datetime as dt
import io
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from people import Row, export
from playwright.sync_api import Page
from rich.console import Console

from broker.agency.cli import main as broker_agency
from broker.synthetic.demo import Demo
from broker.synthetic.parties import Addresses, Parties
from broker.synthetic.population import Place, Story

PEOPLE = 200
NEWCOMER = "fire"
"""The agency that has yet to join."""


@dataclass(frozen=True)
class Town:
    """`broker` has the public pages, `desks` the address of each agency's desk, `stories` the people to ask about."""

    demo: Demo
    place: Place
    parties: Parties
    addresses: Addresses
    desks: dict[str, str]
    stories: dict[str, Story]

    @property
    def broker(self) -> str:
        return self.addresses.broker

    @property
    def folder(self) -> Path:
        return self.demo.folder

    @property
    def today(self) -> dt.date:
        return self.place.today

    def desk(self, agency: str) -> str:
        """The address of an agency's desk, which is opened when the first asks for it."""
        if agency not in self.desks:
            self.desks.update(self.demo.open_desks([agency]))
        return self.desks[agency]

    def home(self, agency: str) -> Path:
        return self.folder / "agencies" / agency

    def own_record(self, source: str, at: int = 0) -> str:
        """What a service of the place calls one of its records: its first column."""
        [export] = self.folder.glob(f"agencies/*/{source}/*.csv")
        lines = export.read_bytes().decode("utf-8-sig", "replace").splitlines()[1:]
        return lines[at].split(",")[0].strip('"')

    def reference_of(self, source: str, name: str) -> str:
        """What a service calls its record of somebody with this in their name."""
        [export] = self.folder.glob(f"agencies/*/{source}/*.csv")
        lines = export.read_bytes().decode("utf-8-sig", "replace").splitlines()[1:]
        return re.split("[,;]", next(line for line in lines if name in line))[0].strip('"')

    def sends(self, agency: str, source: str, rows: Sequence[Row]) -> None:
        """A service delivers some more records, as `broker-agency send` does."""
        folder = self.home(agency) / "more"
        folder.mkdir(exist_ok=True)
        text, mapping = export(source, rows, delivery="delta", as_of=self.today.isoformat())
        (folder / f"{source}.csv").write_text(text, encoding="utf-8")
        (folder / f"{source}.mapping.toml").write_text(mapping, encoding="utf-8")
        said = io.StringIO()
        with redirect_stdout(said):
            code = broker_agency(["send", str(folder / f"{source}.csv"), "-w", str(self.home(agency))])
        assert code == 0, said.getvalue()


@contextmanager
def running(folder: Path) -> Iterator[Town]:
    """The town while its processes run."""
    with (folder / "said.txt").open("w", encoding="utf-8") as said:
        demo = Demo(folder / "place", PEOPLE, 2026, Console(file=said, width=120), late=frozenset({NEWCOMER}))
        try:
            place, parties, addresses, _ = demo.begin()
            stories = {one.id: one for one in place.stories}
            yield Town(demo, place, parties, addresses, demo.open_desks(), stories)
        finally:
            demo.stop()


def sign_in(page: Page, url: str, name: str) -> None:
    """Chooses who they are, as the demonstration lets everybody do."""
    page.goto(f"{url}/start")
    page.get_by_label(name).check()
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/start")


def screens() -> Path | None:
    """Where pictures of the pages go: `make screens` says so."""
    folder = os.environ.get("SCREENS")
    return Path(folder) if folder else None
