"""What every data set comes to before anybody links it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from broker.agency.matchkeys import Person

Codes: TypeAlias = npt.NDArray[np.int64]
Clear: TypeAlias = Mapping[str, Sequence[str | None]]
"""Columns in the clear, one value or None for each record: what Splink reads."""


@dataclass(frozen=True)
class Entry:
    """One record: who holds it, whose it truly is, and the person as the agency client reads it."""

    source: str
    truth: str
    person: Person


@dataclass(frozen=True, repr=False)
class DataSet:
    """A labelled set. `recipe` names Splink's set-up for it; `about` has groups of records to compare recall between.

    `limits` are the least (or most) figures that the set must reach, by the name of the figure.
    """

    name: str
    title: str
    entries: Sequence[Entry]
    clear: Clear
    recipe: str = "generic"
    about: Mapping[str, Sequence[str]] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    def truth(self) -> Codes:
        """The person of every record as a number from 0."""
        return codes(entry.truth for entry in self.entries)

    def sources(self) -> list[str]:
        """Every source once, in the alphabet's order."""
        return sorted({entry.source for entry in self.entries})


def codes(names: Any) -> Codes:
    """Equal names become equal numbers, from 0 in the order of first sight."""
    seen: dict[Any, int] = {}
    return np.array([seen.setdefault(name, len(seen)) for name in names], dtype=np.int64)
