"""Requests drawn by a seed: as they could be asked, and with facts as no part of the broker would write them."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from broker.policy.interpret import Cell
from broker.policy.policies import Policies

STRANGE: tuple[Any, ...] = (
    None,
    "",
    "unknown",
    "nonsense",
    "No",
    "yes ",
    "\x00",
    "ä" * 500,
    0,
    1,
    -1.5,
    True,
    b"no",
    [],
)
STRANGE += (["no"], {}, {"no": "yes"}, ("none",), float("nan"), object())
"""Values that are none of any fact's."""


def requests(policies: Policies, count: int, *, rng: Random) -> Iterator[tuple[Cell, dict[str, str]]]:
    """`count` well-formed requests: about half of items that are scheduled, about half near the plain case."""
    every = _cells(policies)
    scheduled = [
        Cell(role, purpose, item)
        for (role, purpose), agreements in policies.schedule.items()
        for item in dict.fromkeys(item for clauses in agreements.values() for item in clauses)
    ]
    for _ in range(count):
        cell = rng.choice(scheduled if rng.random() < 0.5 else every)
        yield cell, facts(policies, rng=rng, plain=rng.choice((0.0, 0.7, 0.9)))


def facts(policies: Policies, *, rng: Random, plain: float) -> dict[str, str]:
    """One value for each fact: with the chance `plain` the first that the vocabulary lists, which restricts nothing."""
    return {
        name: fact.values[0] if rng.random() < plain else rng.choice(fact.values)
        for name, fact in policies.vocabulary.facts.items()
    }


def malformed(policies: Policies, *, rng: Random) -> tuple[Cell, Any]:
    """A cell and facts of which something is amiss: strange values, missing facts, facts that there are not."""
    vocabulary = policies.vocabulary
    strange = facts(policies, rng=rng, plain=rng.choice((0.0, 0.9)))
    amiss: dict[Any, Any] = dict(strange)
    for name in rng.sample(list(strange), rng.randint(1, len(strange))):
        if rng.random() < 0.3:
            del amiss[name]
        else:
            amiss[name] = rng.choice(STRANGE)
    if rng.random() < 0.2:
        amiss[rng.choice(("", "no_such_fact", "Risk", 7, None))] = rng.choice(STRANGE)
    role = rng.choice((*vocabulary.roles, "", "no.role", "council.social_worker "))
    purpose = rng.choice((*vocabulary.purposes, "", "fraud", "early help"))
    item = rng.choice((*vocabulary.items, "", ".", "no.item", "csc.", "csc.cp_plan.x"))
    return Cell(role, purpose, item), amiss


def _cells(policies: Policies) -> list[Cell]:
    vocabulary = policies.vocabulary
    known = [
        Cell(role, purpose, item)
        for role, entry in vocabulary.roles.items()
        for purpose in entry.purposes
        for item in vocabulary.items
    ]
    one, strange = known[0], next(iter(vocabulary.items))
    foreign = [
        Cell(role, purpose, strange)
        for role, entry in vocabulary.roles.items()
        for purpose in (*vocabulary.purposes, "no_purpose")
        if purpose not in entry.purposes
    ]
    return [*known, *foreign, Cell("no.role", one.purpose, strange), Cell(one.role, one.purpose, "no.item")]
