"""Who was turned away for want of proof, counted: the first at once, then one count for each ten minutes.

Each party that they said they were, or `unknown` for one that is not on the trust list, has a count for each reason. So
every refusal is in the record of the service, and a flood of them does not fill it.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from broker import observe
from broker.errors import BrokerError

SECONDS = 600
UNKNOWN = "unknown"

Counts = Mapping[str, Mapping[str, int]]
"""By party, then by the code of the reason."""
Write = Callable[[Counts], None]


@dataclass
class TurnedAway:
    """The counts of one service. `write` puts some into its record; what it could not write waits for the next time."""

    write: Write
    _counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _timer: threading.Timer | None = None

    def note(self, party: str, reason: str) -> None:
        """Counts one. Nothing is raised: whoever is turned away is told nothing of it."""
        with self._lock:
            self._counts[party, reason] += 1
            is_first = self._timer is None
            if is_first:
                self._timer = threading.Timer(SECONDS, self._again)
                self._timer.daemon = True
                self._timer.start()
        if is_first:
            self.flush()

    def flush(self) -> None:
        """Writes what was counted."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        if not counts:
            return
        by_party: dict[str, dict[str, int]] = {}
        for (party, reason), count in sorted(counts.items()):
            by_party.setdefault(party, {})[reason] = count
        try:
            self.write(by_party)
        except BrokerError as error:
            observe.unexpected("caller.uncounted", error)
            with self._lock:
                self._counts += counts

    def close(self) -> None:
        """Writes the rest. The service ends."""
        with self._lock:
            timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
        self.flush()

    def _again(self) -> None:
        with self._lock:
            self._timer = None
        self.flush()


@dataclass
class Once:
    """What was used within the last `seconds`, and up to as long again. It ends with the process."""

    seconds: int
    _used: tuple[set[str], set[str]] = field(default_factory=lambda: (set(), set()))
    _since: float = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def use(self, value: str, *, now: float) -> bool:
        """Whether this is its first use."""
        with self._lock:
            if (age := now - self._since) > self.seconds:
                self._used = (set(), self._used[0] if age <= 2 * self.seconds else set())
                self._since = now
            newer, older = self._used
            if value in newer or value in older:
                return False
            newer.add(value)
            return True
