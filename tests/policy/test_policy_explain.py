"""Why not: the steps are true, minimal and complete, and the same whether or not a secret fact applies."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import combinations, product

import pytest
from brackwater_policies import ON, asker, changed, policies, record

from broker.policy.decide import admit, decide
from broker.policy.decision import Refusal
from broker.policy.explain import Step, more_if, why_not
from broker.policy.interpret import Cell, judge
from broker.policy.levels import openness
from broker.policy.load import load_policies

VOCABULARY = policies().vocabulary
FACTS = VOCABULARY.facts
PLAIN = {name: fact.values[0] for name, fact in FACTS.items()}
SECRET = {name: fact.values[0] for name, fact in FACTS.items() if fact.secret}
PUBLIC = [name for name in FACTS if name not in SECRET]
SCHEDULED = sorted(
    (role, purpose, item)
    for (role, purpose), agreements in policies().schedule.items()
    for clauses in agreements.values()
    for item in clauses
)
Change = frozenset[tuple[str, str]]


def _level(cell: Cell, facts: dict[str, str], change: Change = frozenset()) -> int:
    return openness(judge(policies(), cell, {**facts, **dict(change)}).level)


def _each(step: Step) -> list[Change]:
    names = [name for name, _ in step.changes]
    return [frozenset(zip(names, values, strict=True)) for values in product(*(some for _, some in step.changes))]


def _by_trying(cell: Cell, facts: dict[str, str], size: int) -> set[Change]:
    """The minimal changes of at most `size` facts, found by trying all of them."""
    now, found = _level(cell, facts), set[Change]()
    for names in (some for n in range(1, size + 1) for some in combinations(PUBLIC, n)):
        for values in product(*(FACTS[name].values for name in names)):
            change = frozenset(set(zip(names, values, strict=True)) - facts.items())
            smaller = len(change) < len(names) or any(less < change for less in found)
            if not smaller and _level(cell, facts, change) > now:
                found.add(change)
    return found


def _cases(seed: int, count: int) -> list[tuple[Cell, dict[str, str]]]:
    rng = random.Random(seed)
    cases = []
    for _ in range(count):
        often = rng.choice((0.1, 0.3))
        facts = {name: rng.choice(FACTS[name].values) if rng.random() < often else PLAIN[name] for name in FACTS}
        cases.append((Cell(*rng.choice(SCHEDULED)), {**facts, **SECRET}))
    return cases


@pytest.mark.parametrize("seed", range(3))
def test_the_steps_are_all_the_minimal_ones_and_true(seed: int) -> None:
    """A step doesn't open anything, asks for more than is needed, or one is missing."""
    for cell, facts in _cases(seed, 60):
        now = _level(cell, facts)
        for step in why_not(policies(), cell, facts):
            for change in _each(step):
                assert now < _level(cell, facts, change) == openness(step.level), (cell, facts, step)
                assert all(_level(cell, facts, change - {one}) <= now for one in change), (cell, facts, step)
    for cell, facts in _cases(seed, 3):
        if _level(cell, facts):
            said = {change for step in why_not(policies(), cell, facts) for change in _each(step)}
            assert _by_trying(cell, facts, 2) == {change for change in said if len(change) <= 2}


@pytest.mark.parametrize("seed", range(3))
def test_the_steps_are_the_same_whatever_is_secret(seed: int) -> None:
    """Asking again and comparing the hints tells of a protection, an objection or a perpetrator's worker."""
    rng = random.Random(seed)
    for cell, facts in _cases(seed + 10, 100):
        hidden = {name: rng.choice(FACTS[name].values) for name in SECRET}
        steps = why_not(policies(), cell, {**facts, **hidden})
        assert steps == why_not(policies(), cell, facts)
        assert not {name for step in steps for name, _ in step.changes} & SECRET.keys()


KEYWORKER = asker("council.keyworker", "early_help")


def _said(made: object) -> list[str]:
    return [step.say for step in more_if(policies(), made)]  # type: ignore[arg-type]


def test_a_refusal_says_what_would_open_it() -> None:
    """A caseworker reads that something is not shown and not what would change that."""
    made = decide(policies(), asker(), record("ed", match="probable", record_age="stale"), item="ed.attendance", on=ON)
    said = _said(made)
    assert said[0] == "[how old the record is: fresh]"
    assert said[-1] == "[whether this is an emergency: yes]"


def test_hints_of_decisions_are_blind_to_secret_facts() -> None:
    """A visible refusal under an objection or a conflict has other hints than without them."""
    plain = record("ed", match="probable")
    hints = _said(decide(policies(), KEYWORKER, plain, item="ed.attendance", on=ON))
    assert hints
    for secret in ({"objection": "upheld"}, {"objection": "pending"}, {"perpetrator_view": "yes"}):
        made = decide(policies(), KEYWORKER, replace(plain, risk="none", **secret), item="ed.attendance", on=ON)
        assert made.level in ("withhold", "signpost", "refer")
        assert _said(made) == _said(
            decide(policies(), KEYWORKER, replace(plain, risk="none"), item="ed.attendance", on=ON)
        )


def test_a_share_a_silent_withholding_and_what_no_fact_can_open_have_none() -> None:
    """Hints stand where nothing may be said, or promise what the agreement doesn't schedule."""
    silent = decide(policies(), asker(), record("ed", protection=("safe_address",)), item="ed.school", on=ON)
    assert (silent.level, _said(silent)) == ("withhold_silently", [])
    assert _said(decide(policies(), asker(), record("ed"), item="ed.attendance", on=ON)) == []
    unscheduled = decide(policies(), KEYWORKER, record("po"), item="po.offences", on=ON)
    assert (unscheduled.level, _said(unscheduled)) == ("withhold", [])


def test_a_refused_requester_is_told_of_themselves_alone() -> None:
    """Somebody who may not ask reads of a record's facts, or not how they could ask."""
    requester = asker("council.keyworker", "early_help", relation="none")
    refusal = admit(policies(), requester, on=ON)
    assert isinstance(refusal, Refusal)
    assert _said(refusal)[0] == "[your relation to the person: allocated or team or household or self claimed]"
    made = decide(policies(), requester, record("ed", match="weak"), item="ed.attendance", on=ON)
    assert _said(made) == _said(refusal)
    assert _said(admit(policies(), asker("nobody.known"), on=ON)) == []


def test_nobody_is_told_to_break_a_glass_that_is_not_theirs() -> None:
    """Emergency access is held out to a role that doesn't have it."""
    file = "agreements/isa-2026-002.yaml"
    without = load_policies(changed(file, ("break_glass:\n  allowed: 'yes'", "break_glass:\n  allowed: 'no'")))
    made = decide(without, asker(), record("ed", match="probable"), item="ed.attendance", on=ON)
    assert made.level == "signpost"
    assert [step.changes for step in more_if(without, made)] == [(("match", ("confirmed",)),)]
