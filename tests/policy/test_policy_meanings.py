"""Four meanings of one set of policies: the interpreter (the norm), the evaluator, the analyser, and Cedar."""

from __future__ import annotations

from random import Random

import pytest
from brackwater_policies import policies
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.policy import meanings, random_policies
from broker.policy import cedar
from broker.policy.policies import Policies

RNGS = st.integers(0, 2**32).map(Random)


def test_three_meanings_agree_on_random_requests() -> None:
    """What the broker decides is not what the agreements mean, or the proofs are about something else."""
    compared = meanings.agree(policies(), 4_000, rng=Random(11))
    assert compared.mismatches == 0, compared.first


def test_three_meanings_agree_in_every_function() -> None:
    """The same for each of the distinct functions of facts, however rarely it is asked."""
    compared = meanings.agree_everywhere(policies(), rng=Random(12), each=60)
    assert compared.mismatches == 0, compared.first
    assert compared.requests > 60 * 40


def test_cedar_agrees() -> None:
    """An engine that knows nothing of ours comes to another level, or to an error."""
    compared = meanings.agree_with_cedar(policies(), 1_000, rng=Random(13))
    assert compared.mismatches == 0, compared.first


def test_the_export_is_valid_cedar() -> None:
    """Cedar's own checker finds a request that ends in an error, where a `forbid` would be skipped."""
    assert meanings.Oracle(policies()).valid
    assert cedar.as_cedar(policies()) == cedar.as_cedar(policies())


@settings(max_examples=8, deadline=None)
@given(RNGS)
def test_three_meanings_agree_for_any_policies(rng: Random) -> None:
    """The meanings agree for the shipped agreements alone, and part with the next one."""
    made = random_policies.drawn(rng)
    compared = meanings.agree_everywhere(made, rng=rng, each=20)
    assert compared.mismatches == 0, compared.first
    assert meanings.agree(made, 60, rng=rng).mismatches == 0


@settings(max_examples=4, deadline=None)
@given(RNGS)
def test_cedar_agrees_for_any_policies(rng: Random) -> None:
    """The export leaves out a kind of rule that the shipped agreements don't use."""
    made = random_policies.drawn(rng)
    assert meanings.Oracle(made).valid
    compared = meanings.agree_with_cedar(made, 200, rng=rng)
    assert compared.mismatches == 0, compared.first


def _many(count: int) -> list[Policies]:
    return [random_policies.drawn(Random(seed)) for seed in range(count)]


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_all_meanings_agree_at_length() -> None:
    """The figures of `make bench-policy`, and a hundred random sets of policies in their whole space."""
    assert meanings.agree(policies(), 1_000_000, rng=Random(21)).mismatches == 0
    assert meanings.agree_everywhere(policies(), rng=Random(22)).mismatches == 0
    assert meanings.agree_with_cedar(policies(), 100_000, rng=Random(23)).mismatches == 0
    for made in _many(100):
        assert meanings.agree_everywhere(made, rng=Random(24), each=2_000).mismatches == 0
        assert meanings.agree_with_cedar(made, 2_000, rng=Random(25)).mismatches == 0
