"""One delivery of a workspace at a time: two nightly jobs that overlap must not begin the same delivery twice.

The operating system lets go of the lock when a process dies, so a power cut leaves none behind.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, where an agency schedules one job; a second one is refused by the broker row by row.
    fcntl = None  # type: ignore[assignment]


@contextmanager
def alone(state: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Holds the workspace's lock; calls `waiting` once when somebody else holds it, and waits for them."""
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    if fcntl is None:
        yield
        return
    handle = os.open(state / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
