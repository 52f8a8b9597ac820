"""The desk as one value: whose it is, who may sign in, and whom it asks. Every page finds it in `request.app.state`."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import cached_property

from fastapi import Request

from broker.agency.desk.carried import Carried
from broker.agency.desk.own_people import OwnPeople, Register
from broker.agency.desk.place_words import Words
from broker.agency.desk.sessions import Sessions
from broker.agency.desk.settings import Settings
from broker.agency.desk.standing import Standings
from broker.agency.edges import Edges
from broker.agency.workspace import FILE_NAME, Workspace, read_workspace
from broker.errors import Misconfigured


@dataclass
class AgencyFile:
    """`agency.toml`, read again whenever it changes: a leaver is out, and a role is another, at the next request."""

    first: Workspace
    _stamp: tuple[int, int, int] = (0, 0, 0)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def read(self) -> Workspace:
        """What it says now. Raises `Misconfigured` while it can't be read: nobody is let in on what it said before."""
        path = self.first.folder / FILE_NAME
        try:
            found = path.stat()
        except OSError:
            raise Misconfigured("workspace-missing", f"there is no {path}", hint="put it back") from None
        stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
        with self._lock:
            if stamp != self._stamp:
                self.first = read_workspace(self.first.folder, clock=self.first.clock)
                self._stamp = stamp
            return self.first


@dataclass(frozen=True)
class Desk:
    """One agency's desk."""

    agency_file: AgencyFile
    settings: Settings
    edges: Edges
    sessions: Sessions
    carried: Carried

    @property
    def place(self) -> Workspace:
        """The agency's workspace as its file is now."""
        return self.agency_file.read()

    @property
    def agency_name(self) -> str:
        """What stands on top of every page."""
        return self.settings.agency_name

    @cached_property
    def words(self) -> Words:
        """What the place calls agencies, services and purposes."""
        return Words(self.edges)

    @cached_property
    def standing(self) -> Standings:
        """How the agency stands at the broker, as officers read on every page."""
        return Standings(self.edges)

    @cached_property
    def _own_people(self) -> OwnPeople:
        folder, place = self.agency_file.first.folder, self.agency_file.first
        files = [folder / one for one in self.settings.people]
        return OwnPeople(files, synthetic_numbers=place.synthetic_numbers)

    def own_people(self) -> Register:
        """Everybody in our own records. Raises `Misconfigured` or `BadInput` when an export can't be read."""
        place = self.place
        key = place.read_secrets().bytes32("reference") if self.settings.people else b""
        return self._own_people.read(reference_key=key, today=self.edges.now().date())


def desk_of(request: Request) -> Desk:
    """The desk that a request came to."""
    desk = request.app.state.desk
    if not isinstance(desk, Desk):
        raise TypeError("this app is no desk")
    return desk
