"""Planted mistakes: the exact diff shows every one that changes anything; hardly one gets past proofs and matrix."""

from __future__ import annotations

import random
from itertools import islice

import brackwater_policies as place
import pytest
from test_policy_space import vector

from broker.policy.interpret import Cell, judge
from broker.policy.mutate import Mutant, Score, mutants, said, scored
from broker.policy.outcomes import cells
from broker.policy.policies import Policies


def files() -> dict[str, str]:
    return {name: text for name, text in place.files().items() if not name.startswith("examples/")}


def decide_alike(one: Policies, other: Policies) -> bool:
    """Whether the norm judges a thousand requests alike, most of them about what is scheduled."""
    rng = random.Random(one.digest)
    every = cells(one)
    near = [cell for cell in every if (cell.role, cell.purpose) in one.schedule]
    asked = ((rng.choice(near if rng.random() < 0.9 else every), vector(rng)) for _ in range(1000))
    return all(shown(one, cell, facts) == shown(other, cell, facts) for cell, facts in asked)


def shown(policies: Policies, cell: Cell, facts: dict[str, str]) -> tuple[str, frozenset[str]]:
    """The level, with what reduces the value where one is shown."""
    made = judge(policies, cell, facts)
    return made.level, frozenset(made.obligations if made.level in ("reduced", "share") else ())


def the_score(most: int | None) -> Score:
    return scored(files(), islice(mutants(files(), 4), most), is_equal=decide_alike)


def test_the_same_seed_plants_the_same_mistakes() -> None:
    """A report of mistakes can't be made again."""
    one, two, other = ([mutant.say for mutant in islice(mutants(files(), seed), 60)] for seed in (1, 1, 2))
    assert one == two != other
    assert len(set(one)) == len(one)
    first = next(mutants(files(), 1))
    assert {name for name in files() if first.files[name] != files()[name]} == {first.file}


def test_a_share_of_the_mistakes_is_seen() -> None:
    """A mistake in the policies goes unseen."""
    score = the_score(14)
    assert len(score.seen_by_diff) == score.semantic > 6
    assert score.caught >= 0.9
    assert said(score)["made"] == 14 == score.semantic + len(score.refused) + len(score.equal)


def by_hand(file: str, old: str, new: str) -> Mutant:
    return Mutant("by hand", file, f"{old} -> {new}", place.changed(file, (old, new)))


def test_each_mistake_is_put_where_it_belongs() -> None:
    """A report of mistakes counts one that doesn't load, or changes nothing, as seen; or hides one that gets past."""
    chosen = {
        "refused": by_hand(place.ISA[3], "to: [council.housing_officer]", "to: [council.housing_offices]"),
        "equal": by_hand(place.ISA[3], "why: Housing options places", "why: It is housing options that places"),
        "reached": by_hand(place.ISA[3], "window: P24M", "window: P12M"),
        "broken": by_hand("protections.yaml", "when: {protection: safe_address}", "when: {protection: adopted}"),
        "missed": by_hand(
            "vocabulary.yaml", "65_plus, unknown], unknown: unknown", "65_plus, unknown], unknown: 16_17"
        ),
    }
    for name, mutant in chosen.items():
        score = scored(files(), [mutant], is_equal=decide_alike)
        found = {"refused": score.refused, "equal": score.equal, "reached": score.reached, "broken": score.broken}
        assert {kind for kind, says in (found | {"missed": score.missed}).items() if says} == {name}
        assert len(score.seen_by_diff) == score.semantic == (name not in ("refused", "equal"))
        assert score.caught == (name != "missed")


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_all_of_the_mistakes_are_seen() -> None:
    """More than one mistake in twenty gets past the proofs and the matrix, or one past the diff."""
    score = the_score(None)
    assert len(score.seen_by_diff) == score.semantic > 600
    assert score.caught >= 0.95, score.missed
