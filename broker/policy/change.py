"""What a comparison of two policy sets finds, as values: `Change` for a group of outcomes, `Diff` for all of it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from broker.policy import days
from broker.policy.decision import Terms
from broker.policy.interpret import Cell, Judgement
from broker.policy.levels import Level, openness
from broker.policy.obligations import TRANSFORMERS
from broker.policy.rewritten import Rewritten

ONWARD = ("none", "same_purpose_team", "with_source_agreement")
"""To whom it may be passed on, from nobody to the most."""
_SOME_DAY = dt.date(2001, 1, 1)


class Step(NamedTuple):
    """How one outcome becomes another. Where the level stays, one obligation comes or goes, or the terms change."""

    before: Level
    after: Level
    added: str = ""
    dropped: str = ""
    terms: tuple[Terms, Terms] | None = None

    @property
    def way(self) -> str:
        """`opens` where more is shown than before, `closes` where less is, else `neither`."""
        if self.terms:
            return _way_of_terms(*self.terms)
        if self.added or self.dropped:
            return "closes" if self.added in TRANSFORMERS else "opens" if self.dropped in TRANSFORMERS else "neither"
        # Saying that something is withheld and saying nothing show equally little.
        before, after = max(openness(self.before), 1), max(openness(self.after), 1)
        return "opens" if after > before else "closes" if after < before else "neither"


def _way_of_terms(before: Terms, after: Terms) -> str:
    """Further back, kept longer or passed on further `opens`, whatever becomes less besides."""
    was, now = _reach(before), _reach(after)
    if any(new > old for old, new in zip(was, now, strict=True)):
        return "opens"
    return "neither" if was == now else "closes"


def _reach(terms: Terms) -> tuple[int, int, int]:
    window = days.after(_SOME_DAY, terms.window) if terms.window else dt.date.max
    return window.toordinal(), days.after(_SOME_DAY, terms.keep).toordinal(), ONWARD.index(terms.onward)


@dataclass(frozen=True)
class Change:
    """One step of all `cells` that make it in the same case. `count` is of requests, over all the cells.

    `when` is what the facts must be for it, and says it all if `exact`. The example leaves the plain case in
    `departures` facts; `was` and `now` are the norm's judgement of it, for the cell `shown`.
    """

    cells: tuple[Cell, ...]
    step: Step
    count: int
    when: tuple[tuple[str, tuple[str, ...]], ...]
    exact: bool
    departures: int
    shown: Cell
    example: Mapping[str, str] = field(hash=False)
    was: Judgement
    now: Judgement
    sentence: str

    @property
    def is_plain(self) -> bool:
        """Whether it happens in a case in which every fact is plain."""
        return self.departures == 0

    def as_json(self) -> dict[str, Any]:
        """JSON-safe values."""
        return {
            "cells": [[cell.role, cell.purpose, cell.item] for cell in self.cells],
            "before": self.step.before,
            "after": self.step.after,
            "obligation_added": self.step.added,
            "obligation_dropped": self.step.dropped,
            "terms": [asdict(one) for one in self.step.terms] if self.step.terms else None,
            "way": self.step.way,
            "count": self.count,
            "when": {fact: list(values) for fact, values in self.when},
            "exact": self.exact,
            "departures": self.departures,
            "shown": [self.shown.role, self.shown.purpose, self.shown.item],
            "example": dict(self.example),
            "was": asdict(self.was),
            "now": asdict(self.now),
            "sentence": self.sentence,
        }


@dataclass(frozen=True)
class Diff:
    """`requests` were compared and `total` of them end differently. `old` and `new` are digests of policies.

    `changes` begin with those of the plain case. `rewritten` are all lines that are written differently, also those
    that change no outcome of this space: dates, training, who may sign, wording.
    """

    old: str
    new: str
    requests: int
    total: int
    changes: tuple[Change, ...]
    rewritten: tuple[Rewritten, ...]

    @property
    def changes_nothing(self) -> bool:
        """Whether everybody is answered as before: no outcome and no line that decides a fact is different."""
        return not self.changes and not any(one.decides for one in self.rewritten)

    def as_json(self) -> dict[str, Any]:
        """JSON-safe values, complete: the digest is of them."""
        return {
            "schema": "broker/policy-diff/v1",
            "old": self.old,
            "new": self.new,
            "requests": self.requests,
            "total": self.total,
            "changes": [change.as_json() for change in self.changes],
            "rewritten": [
                {"place": list(one.place), "before": one.before, "after": one.after} for one in self.rewritten
            ],
        }

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of all that changes, in hex: what is signed."""
        text = json.dumps(self.as_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()
