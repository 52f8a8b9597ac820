"""The six outcomes, from closed to open. `signpost` tells who to ring; `refer` that a person must decide.

withhold_silently < withhold < refer < signpost < reduced < share
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, get_args

Level = Literal["withhold_silently", "withhold", "refer", "signpost", "reduced", "share"]

LEVELS: tuple[Level, ...] = get_args(Level)


def openness(level: Level) -> int:
    """The place of `level` in the order, 0 (`withhold_silently`) to 5 (`share`)."""
    return LEVELS.index(level)


def most_protective(levels: Iterable[Level]) -> Level:
    """The least open of `levels`, which hold at least one."""
    return min(levels, key=openness)
