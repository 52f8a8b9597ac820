"""Mistakes planted in the code of the log are noticed by its tests: a verifier that checks too little looks sound."""

from __future__ import annotations

from random import Random

import audit_mutants
import pytest

SHARE = 5
"""Mutants tried in `make test`, of some 2,000."""


def test_the_code_as_it_is_holds() -> None:
    """The tests kill everything, so that a killed mutant says nothing."""
    assert not audit_mutants.killed(None, audit_mutants.QUICK)


def test_planted_mistakes_are_noticed() -> None:
    """A seeded share: a check left out, a wrong comparison, a turned condition."""
    chosen = Random(71).sample(audit_mutants.every(audit_mutants.QUICKLY), SHARE)
    survived = audit_mutants.survivors(chosen, audit_mutants.QUICK)
    assert len(survived) <= 2, [str(one) for one in survived]


@pytest.mark.long
@pytest.mark.timeout(7_200)
def test_nearly_every_planted_mistake_is_noticed() -> None:
    """All of them: at least 95 in 100. What is left changes words, or a limit that nothing reaches."""
    assert not audit_mutants.killed(None)
    every = audit_mutants.every()
    survived = audit_mutants.survivors(every)
    assert 1 - len(survived) / len(every) >= 0.95, [str(one) for one in survived]
