"""What each field adds to a pair's weight: the whole of it, in whatever order, and the right way round."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from broker.linkage.levels import FIELDS, conflicts, without_numbers_apart
from broker.linkage.model import STEP, Model, parse_model
from broker.linkage.waterfall import waterfall
from broker.tokens import packaged

MODEL: Model = parse_model(packaged("uk-person-1.model.json"))
NAMES = tuple(FIELDS)


def pair(**levels: str) -> np.ndarray:
    """A pair whose fields agree so; all others are not held."""
    return np.array([FIELDS[name].index(levels.get(name, "not held")) for name in NAMES], dtype=np.uint8)


TWINS = pair(forename="differs", surname="same", birth="same", address="same home")


def weight(found: np.ndarray) -> float:
    """The weight before it is rounded and kept in its bounds."""
    row = found[np.newaxis]
    return float(MODEL.slope * MODEL.scores(without_numbers_apart(row, conflicts(row)))[0])


@pytest.mark.parametrize("seed", range(40))
def test_the_fields_together_are_the_weight(seed: int) -> None:
    """What a reviewer is shown does not add up to the weight that decided."""
    rng = random.Random(seed)
    found = np.array([rng.randrange(len(FIELDS[name])) * rng.randrange(2) for name in NAMES], dtype=np.uint8)
    told = waterfall(MODEL, found)
    assert told.before + sum(told.added) == pytest.approx(weight(found), abs=1e-6)
    assert all(added == 0 for added, level in zip(told.added, found, strict=True) if level == 0)
    [bits], [conflict] = MODEL.weigh(found[np.newaxis])
    if abs(bits) < 20 and not conflict and bits != MODEL.bounds.certain - STEP:
        assert bits == pytest.approx(weight(found), abs=STEP / 2 + 1e-9)


def test_every_order_counts_alike() -> None:
    """The figure of a field depends on the order of a list."""
    held, added = np.flatnonzero(TWINS), np.zeros(len(NAMES))
    orders = list(itertools.permutations(held))
    for order in orders:
        known = np.zeros_like(TWINS)
        for column in order:
            before = weight(known)
            known[column] = TWINS[column]
            added[column] += (weight(known) - before) / len(orders)
    assert waterfall(MODEL, TWINS).added == pytest.approx(tuple(added))


def test_what_agrees_speaks_for_one_person_and_what_differs_against() -> None:
    """A reviewer sees a bar that points the wrong way."""
    alike = dict(zip(NAMES, waterfall(MODEL, pair(forename="same", surname="same", birth="same")).added, strict=True))
    assert min(alike["forename"], alike["surname"], alike["birth"]) > 0
    twins = dict(zip(NAMES, waterfall(MODEL, TWINS).added, strict=True))
    assert twins["forename"] < 0 < twins["birth"]
    assert set(waterfall(MODEL, pair()).added) == {0.0}


def test_numbers_that_rule_it_out_are_no_bar() -> None:
    """A conflict is said by its band; as a bar it would be counted twice."""
    apart = pair(forename="same", birth="same", nhs="both whole, apart")
    told = dict(zip(NAMES, waterfall(MODEL, apart).added, strict=True))
    assert (told["nhs"], told["forename"] > 0) == (0, True)
