"""What somebody at the desk is looking at now: in this process only, for as long as they are signed in.

A search and its answer have names that tell nothing, so that an address in the browser tells nothing either. The
oldest goes when there are too many; all go when the session ends.
"""

from __future__ import annotations

import threading
from typing import TypeVar

MOST = 24
Kept = TypeVar("Kept")


class Memory:
    """By name, what was kept last. Any thread may use it."""

    def __init__(self) -> None:
        self._kept: dict[str, object] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return "<Memory>"

    def keep(self, name: str, thing: object) -> None:
        """Keeps `thing` under `name`, as the latest."""
        with self._lock:
            self._kept.pop(name, None)
            self._kept[name] = thing
            while len(self._kept) > MOST:
                del self._kept[next(iter(self._kept))]

    def find(self, name: str, kind: type[Kept]) -> Kept | None:
        """What is kept under `name`, if it is of `kind`."""
        with self._lock:
            found = self._kept.get(name)
        return found if isinstance(found, kind) else None

    def drop(self, name: str) -> None:
        """Forgets what is kept under `name`."""
        with self._lock:
            self._kept.pop(name, None)

    def every(self, kind: type[Kept]) -> list[tuple[str, Kept]]:
        """All of `kind` with their names, the latest first."""
        with self._lock:
            return [(name, one) for name, one in reversed(self._kept.items()) if isinstance(one, kind)]
