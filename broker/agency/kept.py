"""What was made of files, until one of them changes: a desk that runs for weeks sees a new trust list at once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Kept(Generic[Made]):
    """One value and what its files were like when it was made."""

    def __init__(self) -> None:
        self._held: tuple[Hashable, Made] | None = None

    def of(self, mark: Hashable, make: Callable[[], Made]) -> Made:
        """The value made for this `mark`, made now if there is none. Raises what `make` raises, and keeps nothing."""
        held = self._held
        if held is None or held[0] != mark:
            self._held = held = (mark, make())
        return held[1]


def mark_of(*paths: Path) -> Hashable:
    """Differs after any of these files was replaced or written."""
    found = list[tuple[int, int, int] | None]()
    for path in paths:
        try:
            at = path.stat()
        except OSError:
            found.append(None)
        else:
            found.append((at.st_mtime_ns, at.st_ino, at.st_size))
    return tuple(found)
