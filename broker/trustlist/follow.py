"""The trust list of a process that runs: the newest that verified, until it expires.

Whoever answers a request asks `at(now)` first. One look at the folder says whether anything was published since; what
was is verified before it counts. A folder that does not verify changes nothing: the last good list holds until it
expires, an event says so, and then nothing is answered any more.

    trust_list.followed   version              a newer one is in force
    trust_list.refused    code                 what is in the folder does not verify; tried again every few seconds
    trust_list.unusable   code                 what is in force asks for a key or a model that this process lacks
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

from broker import observe
from broker.errors import BrokerError, Unavailable
from broker.keys.trust import Trust
from broker.trustlist import written
from broker.trustlist.verify import TrustList, open_trust_list

Made = TypeVar("Made")
AGAIN_SECONDS = 5.0
"""A folder may be half copied: what did not verify is tried again, and not at every request."""


@dataclass(frozen=True)
class Source:
    """Where a party finds its trust list, the root that it pinned, and what it has seen."""

    folder: Path
    root: Path
    seen: Path

    def open(self, now: dt.datetime) -> TrustList:
        """The trust list as of `now`. Raises `Untrusted` or `Misconfigured`."""
        return open_trust_list(self.folder, root=self.root, seen=self.seen, now=now)


class Followed:
    """One trust list for all the threads of a process. `seconds` counts them and never goes back."""

    def __init__(self, source: Source, opened: TrustList, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self._source = source
        self._held = opened
        self.first = opened.trust
        self._file = source.folder / written.METADATA / "timestamp.json"
        self._looked_at = _mark(self._file)
        self._refused_at: float | None = None
        self.seconds = seconds
        self._verifying = Lock()

    def at(self, now: dt.datetime) -> TrustList:
        """The trust list in force. Raises `Unavailable` when it has expired and nothing newer verifies."""
        if self._is_due(now):
            with self._verifying:
                if self._is_due(now):
                    self._look(now)
        if now >= self._held.expires:
            hint = "tell the operator"
            raise Unavailable("trust-list-expired", "the trust list that was in force here has expired", hint=hint)
        return self._held

    def trust_at(self, now: dt.datetime) -> Trust:
        """The trust document of `at`."""
        return self.at(now).trust

    def _is_due(self, now: dt.datetime) -> bool:
        if self._refused_at is not None:
            return self.seconds() - self._refused_at >= AGAIN_SECONDS or _mark(self._file) != self._looked_at
        return _mark(self._file) != self._looked_at or now >= self._held.expires

    def _look(self, now: dt.datetime) -> None:
        mark = _mark(self._file)
        try:
            found = self._source.open(now)
        except BrokerError as error:
            self._looked_at, self._refused_at = mark, self.seconds()
            observe.event("trust_list.refused", code=error.code, version=self._held.version)
            return
        self._looked_at, self._refused_at = mark, None
        if found.trust != self._held.trust:
            observe.event("trust_list.followed", version=found.version)
            self._held = found
        else:
            # The same value as before, so that whoever keeps something for it keeps it.
            self._held = found.with_trust(self._held.trust)


class Standing(Generic[Made]):
    """What a process makes of the trust list in force, such as its keys: made once for each, when it is first asked.

    `make` is given what was made of the list before. It may refuse, as when a key is on the list that this process does
    not hold: then nothing is answered.
    """

    def __init__(self, followed: Followed, make: Callable[[Trust, Made], Made], *, first: Made) -> None:
        self._followed = followed
        self._make = make
        self._held = (followed.first, first)
        self.noted = followed.first
        """The trust document that whoever keeps records has noted as the one in force."""
        self._refused: tuple[Trust, float] | None = None
        self._making = Lock()

    def at(self, now: dt.datetime) -> Made:
        """What was made of the trust list in force. Raises `Unavailable`; what is wrong is in the diagnostics."""
        trust = self._followed.trust_at(now)
        held = self._held
        if held[0] is trust:
            return held[1]
        with self._making:
            if self._held[0] is not trust:
                self._held = (trust, self._made(trust))
            return self._held[1]

    def latest(self) -> Made:
        """What was made last, whether the trust list is still that one or not."""
        return self._held[1]

    def _made(self, trust: Trust) -> Made:
        hint = "tell the operator"
        wrong = Unavailable("trust-list-unusable", "what the trust list in force asks for is not here", hint=hint)
        if self._refused and self._refused[0] is trust and self._followed.seconds() < self._refused[1]:
            raise wrong
        try:
            made = self._make(trust, self._held[1])
        except BrokerError as error:
            self._refused = (trust, self._followed.seconds() + AGAIN_SECONDS)
            observe.event("trust_list.unusable", code=error.code)
            raise wrong from error
        self._refused = None
        return made


def _mark(file: Path) -> tuple[int, int, int]:
    """Differs after every publication, which replaces this one file in one step."""
    try:
        found = file.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_mtime_ns, found.st_ino, found.st_size)
