"""A figure against its limit, and the table of them that every benchmark ends with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table


@dataclass(frozen=True)
class Limit:
    """A figure against its limit; `at_most` says which side is good."""

    set: str
    name: str
    reached: float
    limit: float
    at_most: bool

    @property
    def holds(self) -> bool:
        return self.reached <= self.limit if self.at_most else self.reached >= self.limit

    @property
    def bound(self) -> str:
        return f"{'<=' if self.at_most else '>='} {self.limit:g}"

    def figures(self) -> dict[str, Any]:
        """For the JSON of the last line."""
        return {"set": self.set, "figure": self.name, "reached": round(self.reached, 4),
                "limit": self.bound, "holds": self.holds}  # fmt: skip


def limits_table(held: Sequence[Limit]) -> Table:
    """What was to be reached, what was, and whether it holds."""
    made = Table("set", "figure", "reached", "limit", "")
    for limit in held:
        result = "[green]holds" if limit.holds else "[red]does not hold"
        made.add_row(limit.set, limit.name, f"{limit.reached:,.4g}", limit.bound, result)
    return made
