"""Mistakes planted in the evaluator's own code are noticed by what it must hold."""

from __future__ import annotations

import ast
import sys
from random import Random

import brackwater_policies as place
import pytest

from benchmarks.policy import code_mutants, code_suite

SHARE = 20
"""Mutants tried in `make test`, of some 340."""


def test_the_code_as_it_is_holds() -> None:
    """The suite kills everything, so that a killed mutant says nothing."""
    known = code_suite.cases(place.files(), sets=2, each=30, seed=61)
    assert not code_suite.killed(None, known)


def test_planted_mistakes_are_noticed() -> None:
    """A seeded share: a wrong comparison, a forgotten rule or a turned condition decides about people."""
    known = code_suite.cases(place.files(), sets=4, each=40, seed=62)
    survived = code_suite.survivors(Random(63).sample(code_suite.every(), SHARE), known)
    assert len(survived) <= 3, [str(one) for one in survived]


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_nearly_every_planted_mistake_is_noticed() -> None:
    """All of them: at least 95 in 100. What is left changes how much is kept, and nothing that is decided."""
    known = code_suite.cases(place.files(), sets=16, each=150, seed=64)
    every = code_suite.every()
    survived = code_suite.survivors(every, known)
    assert 1 - len(survived) / len(every) >= 0.95, [str(one) for one in survived]


def test_a_mutant_is_not_the_code() -> None:
    """A mutant leaks into the modules that other tests use, or nothing was changed at all."""
    before = sys.modules["broker.policy.interpret"]
    with code_mutants.universe(code_mutants.mutant("interpret", 0)) as made:
        assert sys.modules["broker.policy.interpret"] is made["interpret"] is not before
    assert sys.modules["broker.policy.interpret"] is before
    found = [code_mutants.mutant("rules", number) for number in range(code_mutants.count("rules"))]
    assert len({ast.dump(one.tree) for one in found}) == len(found) > 20
