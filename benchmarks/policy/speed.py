"""How fast this machine runs plain Python: the figure beside which all times are to be read."""

from __future__ import annotations

import time

LOOP = 500_000


def loops_per_second() -> float:
    """Rounds a second of a fixed loop of additions and masks; the best of three."""
    return LOOP / min(_seconds() for _ in range(3))


def _seconds() -> float:
    total, began = 0, time.perf_counter()
    for n in range(LOOP):
        total = (total + n) & 0xFFFF
    return time.perf_counter() - began
