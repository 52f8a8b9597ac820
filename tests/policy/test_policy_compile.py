"""The evaluator of the run time means what the reference interpreter means, for one item and for many."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace

import pytest
from brackwater_policies import ON, asker, policies, record

from broker.policy.compile import compiled
from broker.policy.condition import Condition, holds
from broker.policy.decide import decide, decide_all
from broker.policy.interpret import Cell, judge
from broker.policy.levels import openness
from broker.policy.masks import Masker
from broker.policy.packed import layout, one_hot
from broker.policy.rules import from_limit

VOCABULARY = policies().vocabulary
FACTS = VOCABULARY.facts
SCHEDULED = sorted(
    (role, purpose, item)
    for (role, purpose), agreements in policies().schedule.items()
    for clauses in agreements.values()
    for item in clauses
)


def _cell(rng: random.Random) -> Cell:
    if rng.random() < 0.8:
        return Cell(*rng.choice(SCHEDULED))
    roles, purposes = [*VOCABULARY.roles, "nobody.known"], [*VOCABULARY.purposes, "curiosity"]
    return Cell(rng.choice(roles), rng.choice(purposes), rng.choice([*VOCABULARY.items, "ed.nothing", "zz"]))


def _facts(rng: random.Random) -> dict[str, str]:
    often = rng.choice((0.1, 0.5))
    return {name: rng.choice(fact.values) if rng.random() < often else fact.values[0] for name, fact in FACTS.items()}


@pytest.mark.parametrize("seed", range(4))
def test_the_compiled_evaluator_equals_the_interpreter(seed: int) -> None:
    """At run time something else is decided than the policies mean."""
    rng = random.Random(seed)
    for _ in range(1000):
        cell, facts = _cell(rng), _facts(rng)
        assert compiled(policies()).judge(cell, one_hot(VOCABULARY, facts)) == judge(policies(), cell, facts)


def test_changed_policies_are_compiled_anew() -> None:
    """After a change the old evaluator goes on deciding."""
    cell = Cell("council.social_worker", "child_safeguarding", "ed.attendance")
    facts = {name: fact.values[0] for name, fact in FACTS.items()}
    x = one_hot(VOCABULARY, facts)
    assert compiled(policies()).judge(cell, x).level == "share"
    edit = {"id": "X1", "when": Condition.model_validate({"break_glass": "no"})}
    always = policies().protections.protections[0].model_copy(update=edit)
    stricter = replace(policies(), rules=(*policies().rules, from_limit(always, VOCABULARY)))
    assert compiled(stricter) is not compiled(policies())
    assert compiled(stricter).judge(cell, x).level == "withhold_silently" == judge(stricter, cell, facts).level


CONDITIONS = [
    {"risk": ["none", "concern"], "any": [{"wishes": "agrees"}, {"not": {"deceased": "no"}}]},
    {"not": {"any": [{"age": ["0_4", "5_12"], "risk": "none"}, {"not": {"match": "confirmed", "wishes": "agrees"}}]}},
    {"not": {"not": {"protection": ["witness", "adopted"]}}},
    {"risk": ["none", "concern", "significant_harm"]},
    {"risk": "none", "not": {"risk": "none"}},
    {"any": [{"risk": "none"}, {"not": {"risk": "none"}}]},
]


@pytest.mark.parametrize("written", CONDITIONS)
def test_masks_hold_when_the_condition_holds(written: dict[str, object]) -> None:
    """A condition with `any` or `not` is compiled to another one."""
    condition, rng = Condition.model_validate(written), random.Random(5)
    masker = Masker(layout(VOCABULARY))
    masks, turned = masker.met(condition), masker.turned(masker.met(condition))
    for _ in range(600):
        facts = _facts(rng)
        x = one_hot(VOCABULARY, facts)
        assert any(not x & mask for mask in masks) is holds(condition, facts)
        assert any(not x & mask for mask in turned) is not holds(condition, facts)


def test_items_decided_together_are_decided_as_each_alone() -> None:
    """One item of a record changes what is decided about the next."""
    items = [item for item in VOCABULARY.items if item.startswith("ed.")] + ["ed.nothing", "po.offences"]
    for facts in (
        {},
        {"match": "probable"},
        {"protection": ("safe_address", "adopted")},
        {"wishes": None, "age": None},
    ):
        for requester in (asker(), asker(relation="none"), asker(break_glass=True), asker("nobody.known")):
            held = record("ed", **facts)
            together = decide_all(policies(), requester, held, items=items, on=ON)
            assert together == tuple(decide(policies(), requester, held, item=item, on=ON) for item in items)
            assert [made.item for made in together] == items
    assert decide_all(policies(), asker(), record("ed"), items=(), on=ON) == ()


def test_every_agreement_sees_the_facts_as_they_are_under_it() -> None:
    """Training that lapsed under one agreement counts as current under it because it is under another."""
    requester = asker("council.social_worker", "child_safeguarding", training_on=dt.date(2026, 1, 5))
    made = decide(policies(), requester, record("ed"), item="ed.attendance", on=ON)
    assert made.level == "share"
    late = decide(policies(), requester, record("ed"), item="ed.attendance", on=dt.date(2027, 1, 5))
    assert (late.level, late.rules) == ("withhold", ("S4",))
    assert openness(late.level) < openness(made.level)
