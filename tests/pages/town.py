"""The fictional place as processes over HTTP, and how somebody signs in at a desk of it."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page
from rich.console import Console

from broker.synthetic.demo import Demo
from broker.synthetic.population import Story

PEOPLE = 200


@dataclass(frozen=True)
class Town:
    """`broker` has the public pages, `desks` the address of each agency's desk, `stories` the people to ask about."""

    folder: Path
    broker: str
    desks: dict[str, str]
    stories: dict[str, Story]
    today: dt.date

    def home(self, agency: str) -> Path:
        return self.folder / "agencies" / agency

    def own_record(self, source: str, at: int = 0) -> str:
        """What a service of the place calls one of its records: its first column."""
        [export] = self.folder.glob(f"agencies/*/{source}/*.csv")
        lines = export.read_bytes().decode("utf-8-sig", "replace").splitlines()[1:]
        return lines[at].split(",")[0].strip('"')


@contextmanager
def running(folder: Path) -> Iterator[Town]:
    """The town while its processes run."""
    with (folder / "said.txt").open("w", encoding="utf-8") as said:
        demo = Demo(folder / "place", PEOPLE, 2026, Console(file=said, width=120))
        try:
            place, _, addresses, _ = demo.begin()
            yield Town(
                demo.folder, addresses.broker, demo.open_desks(), {one.id: one for one in place.stories}, place.today
            )
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
