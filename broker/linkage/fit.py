"""Labelled pairs -> a match model: how often each level is seen in each class, and one slope that makes bits honest.

The chances are counts, smoothed, so that what was never seen is rare and not impossible. Few pairs of relatives or
strangers both hold an identifier, but it is known beforehand that two people's differ. The fields of a class are not
quite independent, so the sum of logarithms says more than it knows; the slope, found by Newton's method on the same
pairs with the classes weighed alike, takes that back (Platt 1999, without the intercept: even odds stay even).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from broker.linkage.levels import FIELDS, Levels
from broker.linkage.model import CLASSES, Bits, Bounds, Model

Labels = npt.NDArray[np.int64]
"""For each pair the position of its class in `CLASSES`."""

_NUMBERS = frozenset({"nhs", "nino", "upn"})
_NUMBERS_OF_TWO = (0.002, 0.01, 0.05, 0.938)
"""Of two people's numbers: the same by a mix-up, one half alike by chance or by where they were issued, apart."""
_KNOWN_PAIRS = 200.0
"""As many pairs as this knowledge counts for."""
_COARSE = {"address": (2, (1, 3)), "birth": (6, (1, 2, 3, 4, 7))} | dict.fromkeys(_NUMBERS, (2, (1, 3)))
"""A level at which one side holds too little to say which of some others it is, and those others."""
_ROUNDS = 50
_RAREST = 1e-4


@dataclass(frozen=True)
class Name:
    """What a model is called, for which evidence slots it is, and on what it was trained."""

    name: str
    atoms: str
    version: int
    trained_on: str


def fit(
    levels: Levels, labels: Labels, *, name: Name, bounds: Bounds, smoothing: float = 0.5, strangers: float = 1.0
) -> Model:
    """The model of labelled pairs. `smoothing` is how many pairs every level of every class is given for nothing.

    `strangers` says how many times as many unrelated pairs share a label where the model is used: their number grows
    with the square of the people, and everybody else's with the people.
    """
    counts = np.bincount(labels, minlength=len(CLASSES)) + smoothing
    counts[CLASSES.index("unrelated")] *= strangers
    share = {c: float(n / counts.sum()) for c, n in zip(CLASSES, counts, strict=True)}
    coarse = {field: _share_of_coarse(levels[:, column], field) for column, field in enumerate(FIELDS)}
    chances = {
        c: {field: _chances(levels[labels == at, column], _prior(c, field, smoothing), field, coarse=coarse[field])
            for column, field in enumerate(FIELDS)}
        for at, c in enumerate(CLASSES)
    }  # fmt: skip
    model = Model(name.name, name.atoms, name.version, name.trained_on, share, chances, 1.0, bounds)
    seen = np.where(labels == CLASSES.index("unrelated"), strangers, 1.0)
    return replace(model, slope=_slope(model, levels, labels == 0, seen=seen))


def _prior(of_class: str, field: str, smoothing: float) -> Bits:
    """Pairs that every level is given before any is counted."""
    prior = np.full(len(FIELDS[field]) - 1, smoothing)
    if field in _NUMBERS and of_class != "same":
        prior += _KNOWN_PAIRS * np.array(_NUMBERS_OF_TWO)
    return prior


def _share_of_coarse(column: npt.NDArray[np.uint8], field: str) -> float:
    """How often, of the pairs that might be at a field's coarse level, they are: whose they are makes no difference."""
    if field not in _COARSE:
        return 0.0
    level, parts = _COARSE[field]
    coarse, fine = int((column == level).sum()), int(np.isin(column, parts).sum())
    return (coarse + 0.5) / (coarse + fine + 1)


def _chances(column: npt.NDArray[np.uint8], prior: Bits, field: str, *, coarse: float) -> tuple[float, ...]:
    counts = np.bincount(column, minlength=len(prior) + 1)[1:] + prior
    if field in _COARSE:
        level, parts = _COARSE[field]
        fine = counts[[part - 1 for part in parts]]
        either = fine.sum() + counts[level - 1]
        counts[[part - 1 for part in parts]] = fine / fine.sum() * either * (1 - coarse)
        counts[level - 1] = either * coarse
    chances = np.maximum(counts / counts.sum(), _RAREST)
    return tuple(float(chance) for chance in chances / chances.sum())


def _slope(model: Model, levels: Levels, same: npt.NDArray[np.bool_], *, seen: Bits) -> float:
    """The slope under which the stated odds fit the pairs best; `seen` is how many pairs each one stands for."""
    bits = model.scores(levels) * np.log(2)
    slope = 1.0
    for _ in range(_ROUNDS):
        chance = 1 / (1 + np.exp(-np.clip(slope * bits, -50, 50)))
        gradient = (seen * (same - chance) * bits).sum()
        curvature = (seen * chance * (1 - chance) * bits**2).sum() + 1e-9
        step = float(np.clip(gradient / curvature, -0.5, 0.5))
        slope = float(np.clip(slope + step, 0.1, 2.0))
        if abs(step) < 1e-6:
            break
    return round(slope, 4)


def share_of(labels: Labels) -> Mapping[str, int]:
    """How many pairs of each class there are."""
    return dict(zip(CLASSES, np.bincount(labels, minlength=len(CLASSES)).tolist(), strict=True))
