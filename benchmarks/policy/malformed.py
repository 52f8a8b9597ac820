"""Facts that no part of the broker would write: still a decision, and never a more open one than the unknown gets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from benchmarks.policy import requests
from broker.policy.compile import compiled
from broker.policy.interpret import Judgement, judge
from broker.policy.levels import LEVELS
from broker.policy.packed import one_hot
from broker.policy.policies import Policies

IN_ONE_STEP = 1_000


@dataclass(frozen=True)
class Fuzzed:
    """`undecided`: an error, or no judgement. `opened`: another one than for the facts declared unknown instead."""

    requests: int
    undecided: int
    opened: int
    first: str = ""


def fuzz(policies: Policies, count: int, *, rng: Random, progress: Callable[[int], object] = lambda _: None) -> Fuzzed:
    """`count` cells with malformed facts, decided by the interpreter and by the evaluator."""
    evaluator, vocabulary = compiled(policies), policies.vocabulary
    undecided, opened, first = 0, 0, ""
    for n in range(1, count + 1):
        cell, amiss = requests.malformed(policies, rng=rng)
        try:
            norm, quick = judge(policies, cell, amiss), evaluator.judge(cell, one_hot(vocabulary, amiss))
        except Exception as error:  # noqa: BLE001 - any error at all is what is looked for
            undecided, first = undecided + 1, first or f"{cell} {amiss!r}: {error!r}"
            continue
        decided = isinstance(norm, Judgement) and norm.level in LEVELS and bool(norm.rules or norm.clause)
        undecided += not decided
        alike = norm == quick == judge(policies, cell, known(policies, amiss))
        opened += not alike
        if not (decided and alike):
            first = first or f"{cell} {amiss!r}"
        if n % IN_ONE_STEP == 0:
            progress(IN_ONE_STEP)
    return Fuzzed(count, undecided, opened, first)


def known(policies: Policies, amiss: Any) -> dict[str, str]:
    """`amiss` with the value declared for unknown wherever there is none that the vocabulary lists."""
    found = {}
    for name, fact in policies.vocabulary.facts.items():
        value = amiss.get(name)
        found[name] = value if isinstance(value, str) and value in fact.values else fact.unknown
    return found
