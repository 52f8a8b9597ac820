"""Laws that hold for any policies at all, over their whole space: risk, protections, agreements, the presumption."""

from __future__ import annotations

import json
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.policy import random_policies
from benchmarks.policy.requests import facts as some_facts
from broker.policy.interpret import Cell, judge
from broker.policy.levels import LEVELS, openness
from broker.policy.load import load_policies
from broker.policy.outcomes import cell_outcomes, cells
from broker.policy.policies import Policies
from broker.policy.space import minus, space

SPOKEN = range(openness("refer"), len(LEVELS))
"""Withheld openly and withheld silently are equally closed."""
RNGS = st.integers(0, 2**32).map(Random)


def some_cells(policies: Policies, rng: Random) -> list[Cell]:
    scheduled = [
        Cell(role, purpose, item)
        for (role, purpose), agreements in policies.schedule.items()
        for clauses in agreements.values()
        for item in clauses
    ]
    return rng.sample(scheduled, min(10, len(scheduled))) + rng.sample(cells(policies), 2)


@settings(max_examples=6, deadline=None)
@given(RNGS)
def test_more_risk_never_closes_and_a_protection_never_opens(rng: Random) -> None:
    """Rules that close only at low risk, or because of a protection, do the opposite together."""
    policies = random_policies.drawn(rng, monotone=True)
    within = space(policies.vocabulary)
    for cell in some_cells(policies, rng):
        made = cell_outcomes(policies, cell).at_least
        for level in range(1, len(LEVELS)):
            for low, high in (("none", "concern"), ("concern", "significant_harm")):
                assert not minus(within.moved(made[level], "risk", before=low, after=high), made[level]), cell
            for kind in ("safe_address", "witness"):
                assert not minus(within.moved(made[level], "protection", before=kind, after="none"), made[level]), cell


@settings(max_examples=6, deadline=None)
@given(RNGS)
def test_one_more_rule_never_opens_anything(rng: Random) -> None:
    """A new protection of the place, or a new exception of an agreement, opens something for somebody."""
    before = random_policies.files(rng)
    after = dict(before)
    file = rng.choice(sorted(name for name in before if name.startswith(("agreements/", "protections"))))
    data = json.loads(before[file])
    rule = random_policies.limit(rng, "X1")
    data["protections" if file == "protections.yaml" else "exceptions"].append(rule)
    old, new = load_policies(before), load_policies({**after, file: json.dumps(data)})
    for cell in some_cells(old, rng):
        was, now = (cell_outcomes(policies, cell).at_least for policies in (old, new))
        assert not any(minus(now[level], was[level]) for level in range(1, len(LEVELS))), cell


@settings(max_examples=6, deadline=None)
@given(RNGS)
def test_one_more_agreement_never_closes_anything(rng: Random) -> None:
    """Joining an agreement takes away what another one shares."""
    before = random_policies.files(rng)
    number = rng.choice((0, 7))  # before all others, or after them
    after = {**before, f"agreements/{number}.yaml": json.dumps(random_policies.agreement(rng, number))}
    old, new = load_policies(before), load_policies(after)
    for cell in some_cells(old, rng):
        was, now = (cell_outcomes(policies, cell).at_least for policies in (old, new))
        assert not any(minus(was[level], now[level]) for level in SPOKEN), cell


@settings(max_examples=6, deadline=None)
@given(RNGS)
def test_nothing_but_a_rule_refuses_what_is_scheduled(rng: Random) -> None:
    """The presumption: where no rule speaks against it, something else keeps back what an agreement schedules."""
    policies = random_policies.drawn(rng)
    for cell in some_cells(policies, rng):
        scheduled = policies.schedule.get((cell.role, cell.purpose), {})
        for _ in range(15):
            facts = some_facts(policies, rng=rng, plain=0.8) | {"break_glass": "no"}
            made = judge(policies, cell, facts)
            for name in scheduled:
                share = scheduled[name].get(cell.item)
                rules = (*policies.rules, *policies.exceptions[name])
                against = [rule for rule in rules if rule.effect != "share" and rule.applies(facts)]
                if share and not against:
                    assert openness(made.level) >= openness(share.level)


@settings(max_examples=6, deadline=None)
@given(RNGS)
def test_no_judgement_is_without_its_reason(rng: Random) -> None:
    """Something is decided, and neither a clause nor a condition says why."""
    policies = random_policies.drawn(rng)
    for cell in some_cells(policies, rng):
        for _ in range(10):
            made = judge(policies, cell, some_facts(policies, rng=rng, plain=0.5))
            assert made.clause or made.rules
            if made.level not in ("share", "withhold_silently") and made.clause:
                share = policies.clause(made.agreement, made.clause)
                assert share is not None and (made.rules or share.level == made.level)
