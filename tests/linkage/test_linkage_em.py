"""Refitting without labels: it finds what pairs were made from, and never makes them less likely."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from broker.errors import BadInput
from broker.linkage.em import patterns_of, refit
from broker.linkage.levels import FIELDS, Levels
from broker.linkage.model import CLASSES, Model, parse_model
from broker.tokens import packaged

SHIPPED = parse_model(packaged("uk-person-1.model.json"))
CLEAN = (0.97, 0.01, 0.005, 0.004, 0.003, 0.003, 0.002, 0.003)


def changed() -> Model:
    """A place whose matches agree otherwise than the shipped model thinks: fewer surnames, sloppy addresses."""
    same = dict(SHIPPED.chances["same"])
    same["surname"] = (0.70, 0.05, 0.03, 0.02, 0.02, 0.03, 0.15)
    same["address"] = (0.30, 0.20, 0.02, 0.08, 0.15, 0.25)
    same["sex"] = (0.9, 0.1)
    share = {"same": 0.55, "twin": 0.02, "namesake": 0.02, "household": 0.26, "unrelated": 0.15}
    return replace(SHIPPED, share=share, chances={**SHIPPED.chances, "same": same})


def simulated(model: Model, pairs: int, *, held: float = 0.8) -> tuple[Levels, np.ndarray]:
    """Patterns of pairs drawn from `model`; names, sex and birth always held, other fields with the chance `held`."""
    rng = np.random.default_rng(7)
    classes = rng.choice(
        len(CLASSES), size=pairs, p=[model.share[name] / sum(model.share.values()) for name in CLASSES]
    )
    found = np.zeros((pairs, len(FIELDS)), dtype=np.uint8)
    for column, name in enumerate(FIELDS):
        for at, kind in enumerate(CLASSES):
            mine = classes == at
            chances = np.array(model.chances[kind][name])
            found[mine, column] = 1 + rng.choice(len(chances), size=mine.sum(), p=chances / chances.sum())
        if name not in ("forename", "surname", "birth", "sex"):
            found[rng.random(pairs) > held, column] = 0
    rows = Counter(map(bytes, found))
    levels = np.array([list(row) for row in rows], dtype=np.uint8)
    return levels, np.array(list(rows.values()), dtype=np.float64)


def test_what_pairs_were_made_from_is_found() -> None:
    """A place that is not like the training data keeps a model that does not fit it."""
    truth = changed()
    found = refit(SHIPPED, *simulated(truth, 40_000), trained_on="a test").model

    assert found.share["same"] == pytest.approx(truth.share["same"], abs=0.02)
    for name in ("surname", "address", "sex"):
        before = np.abs(np.array(SHIPPED.chances["same"][name]) - truth.chances["same"][name]).max()
        after = np.abs(np.array(found.chances["same"][name]) - truth.chances["same"][name]).max()
        assert after < 0.03 < before, name


def test_the_likelihood_never_falls() -> None:
    """A round that makes the pairs less likely is a fault; where it stops would depend on luck."""
    found = refit(SHIPPED, *simulated(changed(), 5_000), trained_on="a test")
    steps = np.diff(found.objective)

    assert len(found.objective) < 500, "it did not converge"
    assert steps.min() >= -1e-9 * abs(found.objective[0])
    assert found.likelihood[-1] > found.likelihood[0]


def test_what_tells_a_household_apart_is_kept() -> None:
    """Pairs of which nearly all are matches teach the model that everybody is the same person."""
    alike = replace(changed(), share=dict.fromkeys(CLASSES, 0.0025) | {"same": 0.99})
    found = refit(SHIPPED, *simulated(alike, 20_000), trained_on="a test").model

    for kind in CLASSES[1:]:
        for name in FIELDS:
            assert found.chances[kind][name] == pytest.approx(SHIPPED.chances[kind][name], abs=0.02), (kind, name)


def test_the_same_pairs_give_the_same_file_of_the_next_version() -> None:
    """Two people who check a refitted model get two digests."""
    levels, seen = simulated(changed(), 3_000)
    one, other = (refit(SHIPPED, levels, seen, trained_on="a test").model for _ in range(2))

    assert one.to_json() == other.to_json()
    assert (one.version, one.slope, one.bounds) == (SHIPPED.version + 1, SHIPPED.slope, SHIPPED.bounds)
    assert parse_model(one.to_json()) == one


def test_too_few_pairs_or_other_patterns_change_nothing() -> None:
    """A model fitted to a handful of families is worse than the shipped one."""
    levels, seen = simulated(SHIPPED, 2_000)
    with pytest.raises(BadInput, match="too few"):
        refit(SHIPPED, levels[:3], seen[:3] * 0 + 3, trained_on="a test")
    with pytest.raises(BadInput, match="another model"):
        refit(SHIPPED, levels + 9, seen, trained_on="a test")
    with pytest.raises(BadInput, match="another model"):
        refit(SHIPPED, levels[:, :-1], seen, trained_on="a test")


def test_patterns_are_read_from_the_sums_of_a_run() -> None:
    """The letters of the wire and the levels of the model are counted from different ends."""
    levels, seen = patterns_of({("pattern", "bbcaaaabaaaa"): 3, ("record", "csc"): 9, ("pattern", "ibcaaaabaaaa"): 1})

    assert levels.tolist() == [[1, 1, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0], [8, 1, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0]]
    assert seen.tolist() == [3.0, 1.0]
