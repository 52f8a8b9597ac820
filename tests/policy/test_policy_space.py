"""The analyser's sets of fact vectors: counted whole, worked out exactly, and equal to the norm vector by vector."""

from __future__ import annotations

import random
from functools import cache

import brackwater_policies as place
import pytest

from broker.policy.condition import Condition, holds
from broker.policy.interpret import Cell, judge
from broker.policy.levels import LEVELS, openness
from broker.policy.meaning import Meaning, meanings
from broker.policy.obligations import TRANSFORMERS
from broker.policy.outcomes import Outcomes, by_meaning, cell_outcomes, cells, levels, work_out
from broker.policy.space import PLAIN, Space, facts_of, form, merged, minus, plain, space

VOCABULARY = place.policies().vocabulary
FACTS = facts_of(VOCABULARY)
EVERYTHING = 6_635_520
CONDITIONS = (
    {"risk": "none"},
    {"risk": ["none", "concern"], "not": {"age": "13_15"}},
    {"any": [{"protection": "witness"}, {"wishes": "agrees", "match": ["probable", "weak"]}]},
    {"not": {"any": [{"deceased": "yes"}, {"third_party": "yes"}]}, "objection": "upheld"},
)


def vector(rng: random.Random, strangeness: float = 0.3) -> dict[str, str]:
    """Facts that are mostly plain."""
    everyday = plain(VOCABULARY)
    return {name: rng.choice(FACTS[name]) if rng.random() < strangeness else everyday[name] for name in FACTS}


def only(within: Space, facts: dict[str, str]) -> int:
    """The set of the one vector, or class, that has `facts`."""
    result = within.everything
    for name, value in facts.items():
        result &= within.holding(name, value)
    return result


@cache
def grouped() -> tuple[dict[Meaning, list[Cell]], Space]:
    found = by_meaning(meanings(place.policies(), FACTS), cells(place.policies()))
    return found, merged(FACTS, (wanted for meaning in found for wanted in meaning.forms()))


@cache
def worked_out() -> dict[Cell, Outcomes]:
    found, within = grouped()
    made = {meaning: work_out(meaning, within) for meaning in found}
    return {cell: made[meaning] for meaning, same in found.items() for cell in same}


def test_the_space_is_every_combination() -> None:
    """A fact or a value is left out of the analysis, so that a proof is none."""
    whole = space(VOCABULARY)
    assert whole.size == whole.bits == EVERYTHING
    assert whole.count(whole.everything) == EVERYTHING
    assert sum(whole.count(whole.mask("age", value)) for value in FACTS["age"]) == EVERYTHING


@pytest.mark.parametrize("written", CONDITIONS)
def test_a_condition_is_the_set_of_vectors_of_which_it_holds(written: dict[str, object]) -> None:
    """The analyser reads a condition otherwise than the interpreter."""
    condition = Condition.model_validate(written)
    small = merged(FACTS, [form(condition)])
    assert small.bits < 100
    rng = random.Random(str(written))
    for _ in range(200):
        facts = vector(rng, 0.6)
        assert bool(small.of(condition) & only(small, facts)) is holds(condition, facts)


def test_a_merged_space_counts_as_the_whole_one() -> None:
    """Merging values that no rule tells apart loses or gains vectors."""
    whole = space(VOCABULARY)
    for written in CONDITIONS:
        condition = Condition.model_validate(written)
        small = merged(FACTS, [form(condition)])
        assert small.count(small.of(condition)) == whole.count(whole.of(condition))


def test_a_merged_space_refuses_what_it_can_not_tell() -> None:
    """A question about values that were merged gets a wrong answer instead of none."""
    small = merged(FACTS, [form(Condition.model_validate({"risk": "none"}))])
    with pytest.raises(ValueError, match="does not tell"):
        small.mask("risk", "concern")
    with pytest.raises(ValueError, match="does not tell"):
        small.among("risk", ["concern"])


def test_an_example_leaves_the_plain_case_as_little_as_can_be() -> None:
    """An officer is shown an example that nobody ever meets while there is an everyday one."""
    whole = space(VOCABULARY)
    assert whole.example(whole.everything) == plain(VOCABULARY)
    odd = whole.of(Condition.model_validate({"any": [{"protection": "witness", "deceased": "yes"}, {"match": "weak"}]}))
    assert whole.departures(odd) == 1
    assert whole.example(odd) == {**plain(VOCABULARY), "match": "weak"}
    assert whole.example(odd, prefer={**PLAIN, "match": ("confirmed",)})["match"] == "confirmed"


def test_the_outcomes_of_every_cell_are_a_partition_of_the_space() -> None:
    """A request has no outcome in the analysis, or two."""
    found, within = grouped()
    assert sum(map(len, found.values())) == len(cells(place.policies())) == 29 * 63
    for meaning in found:
        made = work_out(meaning, within)
        parts = [made.exactly(n) for n in range(len(LEVELS))]
        union = 0
        for part in parts:
            assert not union & part
            union |= part
        assert union == within.everything


@pytest.mark.parametrize("seed", range(4))
def test_the_analyser_and_the_norm_agree(seed: int) -> None:
    """The analyser proves things of other policies than those that decide."""
    rng = random.Random(seed)
    policies, (_, within) = place.policies(), grouped()
    every = cells(policies)
    scheduled = [
        cell
        for cell in every
        if any(cell.item in one for one in policies.schedule.get((cell.role, cell.purpose), {}).values())
    ]
    for _ in range(700):
        cell, facts = rng.choice(scheduled if rng.random() < 0.7 else every), vector(rng)
        made, here, judged = worked_out()[cell], only(within, facts), judge(policies, cell, facts)
        assert [LEVELS[n] for n in range(len(LEVELS)) if made.exactly(n) & here] == [judged.level]
        released = openness(judged.level) >= openness("reduced")
        due = {name for name in judged.obligations if released or name not in TRANSFORMERS}
        assert {name for name, held in made.duties.items() if held & here} == due


def test_the_levels_of_a_cell_over_the_whole_space() -> None:
    """`levels` is of a smaller space, or differs from the merged one."""
    cell = Cell("school.dsl", "child_safeguarding", "su.involvement")
    found, (_, within) = levels(place.policies(), cell), grouped()
    whole = space(VOCABULARY)
    assert sum(whole.count(held) for held in found.values()) == EVERYTHING
    made = worked_out()[cell]
    assert {level: whole.count(held) for level, held in found.items()} == {
        level: within.count(made.exactly(n)) for n, level in enumerate(LEVELS)
    }
    admitted = cell_outcomes(place.policies(), cell).admitted
    assert minus(whole.everything, admitted) | found["withhold"] == found["withhold"]
