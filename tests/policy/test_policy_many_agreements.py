"""Many agreements at once: which of them answers, with its obligations and terms, is the same for analyser and norm."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from test_policy_space import only, vector

from benchmarks.policy import made_up
from broker.policy.decision import Terms
from broker.policy.diff import diff
from broker.policy.interpret import judge
from broker.policy.levels import LEVELS, openness
from broker.policy.load import load_policies
from broker.policy.meaning import Meaning, meanings
from broker.policy.obligations import TRANSFORMERS
from broker.policy.outcomes import by_meaning, cells, open_levels, work_out
from broker.policy.policies import Policies
from broker.policy.prove import prove
from broker.policy.space import facts_of, merged

FILES = made_up.files(7, agencies=6, agreements=5, items=18)


@pytest.fixture(scope="module")
def crowded() -> Policies:
    return load_policies(FILES)


def granting(meaning: Meaning) -> int:
    return sum(1 for option in meaning.options if option.level)


def test_the_best_of_several_agreements_answers(crowded: Policies) -> None:
    """The analyser lets another agreement answer than the norm does, with other terms or obligations."""
    rng = random.Random(3)
    facts_are = facts_of(crowded.vocabulary)
    together = by_meaning(meanings(crowded, facts_are), cells(crowded))
    several = [meaning for meaning in together if granting(meaning) > 1]
    assert len(several) >= 50 and max(map(granting, several)) > 2
    for meaning in (*rng.sample(several, 60), *rng.sample(list(together), 20)):
        within = merged(facts_are, meaning.forms())
        made = work_out(meaning, within)
        assert open_levels(meaning, within)[2:] == made.at_least[2:]
        for _ in range(12):
            cell, facts = rng.choice(together[meaning]), vector(rng)
            here, judged = only(within, facts), judge(crowded, cell, facts)
            released = openness(judged.level) >= openness("reduced")
            assert [LEVELS[n] for n in range(len(LEVELS)) if made.exactly(n) & here] == [judged.level]
            due = {name for name in judged.obligations if released or name not in TRANSFORMERS}
            assert {name for name, held in made.duties.items() if held & here} == due
            share = crowded.clause(judged.agreement, judged.clause)
            agreed = [Terms(share.window, share.keep, share.onward)] if share and released else []
            assert [terms for terms, held in made.terms.items() if held & here] == agreed


def test_adding_an_agreement_closes_nothing_among_many(crowded: Policies) -> None:
    """With many agreements about, one more takes something away."""
    holds = {proof.id: proof.holds for proof in prove(crowded)}
    assert holds["T5"] and holds["T6"] and holds["T3"]


def test_a_change_of_one_agreement_is_found_among_many(crowded: Policies) -> None:
    """A change is skipped because its row looks the same, or is compared with itself."""
    new = load_policies(made_up.with_one_change(FILES))
    found = diff(crowded, new)
    assert found.changes and found.requests == len(cells(new)) * 6_635_520
    assert all(judge(crowded, c.shown, c.example).level == c.step.before for c in found.changes)
    assert all(judge(new, c.shown, c.example).level == c.step.after for c in found.changes)
    wide = diff(crowded, load_policies(made_up.with_a_looser_protection(FILES)))
    assert wide.total > found.total


def test_an_agreement_that_goes_takes_its_cells_with_it(crowded: Policies) -> None:
    """Who may ask at all depends on an agreement that is gone."""
    name = next(iter(crowded.agreements))
    left = {key: value for key, value in crowded.agreements.items() if key != name}
    schedule = {
        row: {key: value for key, value in agreements.items() if key != name}
        for row, agreements in crowded.schedule.items()
    }
    less = replace(
        crowded, digest="less", agreements=left, schedule={row: some for row, some in schedule.items() if some}
    )
    found = diff(crowded, less)
    levels = [change.step for change in found.changes if change.step.before != change.step.after]
    assert levels and {step.way for step in levels} <= {"closes", "neither"}
    assert {cell.role.partition(".")[0] for change in found.changes for cell in change.cells} <= {
        party.agency for party in crowded.agreements[name].parties
    }
