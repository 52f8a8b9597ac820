"""A match model refitted to what a place's own pairs look like, without labels: expectation and maximisation.

    level patterns of pairs and how often each was seen  ->  the same model with other shares and chances

Dempster, Laird and Rubin 1977, for the classes of `Model`, whose fields are independent inside a class. Candidate pairs
are nearly all matches, so left alone it would lose what tells people of one household apart: every class but "same" is
held near the shipped model by a prior that weighs `ANCHOR` times the pairs seen, "same" by one of `SLACK` times. With
the prior the sum of both logarithms never falls; and as the shipped model, where it begins, is the prior's peak, the
pairs are never less likely at the end.

The slope and the bounds stay: without labels nothing says how honest the bits are. They are measured again on labelled
data before the new model goes on a trust list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from broker.errors import BadInput
from broker.linkage.levels import FIELDS, Levels
from broker.linkage.model import CLASSES, Model
from broker.linkage.population import levels_in

Table: TypeAlias = npt.NDArray[np.float64]
ANCHOR = 10.0
SLACK = 0.01
LEAST_PAIRS = 1_000
"""Fewer pairs say too little about a place to change anything."""
_ROUNDS = 500


@dataclass(frozen=True)
class Refit:
    """The refitted model, how likely the pairs were in every round (natural logarithm), with and without the prior."""

    model: Model
    pairs: int
    likelihood: tuple[float, ...]
    objective: tuple[float, ...]


def patterns_of(counts: Mapping[tuple[str, ...], int]) -> tuple[Levels, Table]:
    """The level patterns among the sums of a training run, and how often each was seen."""
    found = {key[1]: many for key, many in sorted(counts.items()) if key[0] == "pattern"}
    rows = [[levels_in(letters)[name] for name in FIELDS] for letters in found]
    return np.array(rows, dtype=np.uint8).reshape(-1, len(FIELDS)), np.array(list(found.values()), dtype=np.float64)


def refit(
    model: Model, levels: Levels, seen: Table, *, trained_on: str, anchor: float = ANCHOR, slack: float = SLACK
) -> Refit:
    """The model refitted to patterns, each seen so often. Raises `BadInput` for too few or impossible patterns."""
    pairs = int(seen.sum())
    if pairs < LEAST_PAIRS:
        raise BadInput("pairs-too-few", f"{pairs} pairs are too few to refit a model, it takes {LEAST_PAIRS}")
    most = [len(words) - 1 for words in FIELDS.values()]
    if levels.shape != (len(seen), len(most)) or (levels > np.array(most)).any():
        raise BadInput("pattern-invalid", "a level pattern is of another model", hint="run the training run again")
    state = _State.of(model)
    prior = _prior(state, anchor=anchor * pairs, slack=slack * pairs)
    likelihood, objective = [], []
    for _ in range(_ROUNDS):
        weights, total = state.expect(levels, seen)
        likelihood.append(total)
        objective.append(total + state.under(prior))
        if len(objective) > 1 and objective[-1] - objective[-2] <= 1e-9 * abs(objective[-2]):
            break
        state = _State.maximised(levels, weights, prior)
    share, chances = state.plain()
    better = replace(model, version=model.version + 1, trained_on=trained_on, share=share, chances=chances)
    return Refit(better, pairs, tuple(likelihood), tuple(objective))


@dataclass(frozen=True)
class _State:
    """Shares of the classes (classes,), and for every field the chances of its levels (classes, levels)."""

    share: Table
    chances: tuple[Table, ...]

    @classmethod
    def of(cls, model: Model) -> _State:
        fields = [np.array([model.chances[name][field] for name in CLASSES]) for field in FIELDS]
        share = np.array([model.share[name] for name in CLASSES])
        return cls(share / share.sum(), tuple(table / table.sum(axis=1, keepdims=True) for table in fields))

    @classmethod
    def maximised(cls, levels: Levels, weights: Table, prior: _State) -> _State:
        """The most likely state for pairs that belong to each class by `weights` (classes, patterns)."""
        share = _normal((weights.sum(axis=1) + prior.share)[None, :])[0]
        tables = []
        for column, before in enumerate(prior.chances):
            found = before.copy()
            for level in range(before.shape[1]):
                found[:, level] += weights[:, levels[:, column] == level + 1].sum(axis=1)
            tables.append(_normal(found))
        return cls(share, tuple(tables))

    def expect(self, levels: Levels, seen: Table) -> tuple[Table, float]:
        """How many pairs of each pattern belong to each class, and the logarithm of how likely all are."""
        logs = np.repeat(np.log(self.share)[:, None], len(levels), axis=1)
        for column, table in enumerate(self.chances):
            # A field that a side does not hold, level 0, says nothing.
            logs += np.concatenate((np.zeros((len(self.share), 1)), np.log(table)), axis=1)[:, levels[:, column]]
        top = logs.max(axis=0)
        each = np.exp(logs - top)
        whole = each.sum(axis=0)
        return each / whole * seen, float((seen * (np.log(whole) + top)).sum())

    def under(self, prior: _State) -> float:
        """The logarithm of the prior here, up to a constant. `prior` holds pseudo-counts in place of chances."""
        fields = zip(prior.chances, self.chances, strict=True)
        return float((prior.share * np.log(self.share)).sum() + sum((a * np.log(b)).sum() for a, b in fields))

    def plain(self) -> tuple[dict[str, float], Any]:
        share = {name: float(one) for name, one in zip(CLASSES, self.share, strict=True)}
        chances = {
            name: {field: tuple(map(float, self.chances[column][at])) for column, field in enumerate(FIELDS)}
            for at, name in enumerate(CLASSES)
        }
        return share, chances


def _prior(state: _State, *, anchor: float, slack: float) -> _State:
    """Pseudo-counts: the shipped model as if it had been seen so often."""
    strength = np.array([slack if name == "same" else anchor for name in CLASSES])[:, None]
    return _State(state.share * slack, tuple(table * strength for table in state.chances))


def _normal(table: Table) -> Table:
    """Each row as shares. The prior sees to it that none is nought."""
    shares: Table = table / table.sum(axis=1, keepdims=True)
    return shares
