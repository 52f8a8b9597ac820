"""What a replay of logged decisions finds, as values; `replay` makes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from broker.policy.levels import LEVELS, openness


@dataclass(frozen=True)
class Logged:
    """One row, and how often it was logged."""

    row: Mapping[str, Any] = field(repr=False)
    count: int = 1

    @property
    def digest(self) -> str:
        """The digest that the row says it was decided under."""
        return str(self.row.get("policy_digest", ""))


@dataclass(frozen=True)
class Differing:
    """A row that does not come out as it was written: `fields` differ; none of them when it can't be read."""

    role: str
    purpose: str
    item: str
    before: str
    after: str
    fields: tuple[str, ...]
    count: int


@dataclass(frozen=True)
class Replay:
    """How many decisions came out identical and differing; those made under other policies are `elsewhere`."""

    identical: int
    differing: int
    elsewhere: int
    first: tuple[Differing, ...]

    @property
    def is_identical(self) -> bool:
        """Whether all that were made again came out as they were written."""
        return not self.differing


@dataclass(frozen=True)
class Shift:
    """Decisions of one kind that come out otherwise, and the obligations that only one of the two carries.

    A question that was refused for its asker has the item `*`, and is `admitted` when it is not refused any more.
    """

    role: str
    purpose: str
    item: str
    before: str
    after: str
    dropped: tuple[str, ...]
    added: tuple[str, ...]
    count: int

    @property
    def opens(self) -> bool:
        """Whether more is shown than was. Of the two that show nothing neither is more open."""
        return _openness(self.after) > _openness(self.before)


@dataclass(frozen=True)
class Simulation:
    """What other policies would have made of `total` decisions; `unreadable` rows are not among them."""

    total: int
    unreadable: int
    shifts: tuple[Shift, ...]

    @property
    def changed(self) -> int:
        """How many decisions would have come out otherwise."""
        return sum(shift.count for shift in self.shifts)


def _openness(level: str) -> int:
    if level == "admitted":
        return len(LEVELS)
    return next((max(1, openness(one)) for one in LEVELS if one == level), 0)
