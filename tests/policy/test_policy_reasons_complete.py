"""Every decision says why, over the whole space: clause or condition, reason, remedy, telephone, reviewer and date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from random import Random

import pytest
from brackwater_policies import ON, policies

from benchmarks.policy import meanings
from broker.policy.decide import decide
from broker.policy.decision import Decision
from broker.policy.facts import RECORD_FACTS, RecordFacts, Requester
from broker.policy.interpret import Cell, judge

DAYS = {"in_force": ON, "grace": dt.date(2028, 4, 10), "lapsed": dt.date(2029, 1, 8)}
VOCABULARY = policies().vocabulary
SECRET = {rule.id for rules in (policies().rules, *policies().exceptions.values()) for rule in rules if rule.secret}


def decided(cell: Cell, facts: Mapping[str, str]) -> Decision:
    """The front door's decision in a case that resolves to `facts`."""
    on = DAYS[facts["agreement"]]
    trained = on - dt.timedelta(days=30 if facts["training"] == "current" else 800)
    agency = cell.role.partition(".")[0]
    asker = Requester(agency, cell.role, cell.purpose, trained, facts["relation"], facts["break_glass"] == "yes")
    kinds = () if facts["protection"] == "none" else (facts["protection"],)
    known = {name: facts[name] for name in RECORD_FACTS if name != "protection"}
    record = RecordFacts(cell.item.partition(".")[0], protection=kinds, **known)
    return decide(policies(), asker, record, item=cell.item, on=on)


def check(cell: Cell, facts: Mapping[str, str]) -> None:
    """The decision is the norm's, and says all that it must and nothing that it mustn't."""
    made, norm = decided(cell, facts), judge(policies(), cell, facts)
    assert (made.level, made.clause, made.obligations) == (norm.level, norm.clause, norm.obligations), (cell, facts)
    assert made.rules == norm.rules and made.lifted == norm.lifted, (cell, facts)
    assert made.clause or made.rules, "no clause and no condition"
    assert made.packed or not made.agreement, "no packed facts"
    row = made.as_audit()
    if made.level == "share":
        assert (made.reasons, made.remedy, made.reviewer) == ((), "", "")
        return
    assert made.remedy and made.reviewer and row["contact"]["name"] and row["contact"]["phone"]
    assert made.review_by and made.review_by > made_on(facts) and made.review_by.weekday() < 5
    if made.level == "withhold_silently":
        assert made.reasons == () and not made.breakable
        return
    assert made.reasons and all(reason.id and reason.text and reason.remedy for reason in made.reasons)
    shown = {reason.id for reason in made.reasons}
    assert shown.isdisjoint(SECRET), "a secret rule is shown"
    assert shown <= {made.clause, *made.rules, "S8", "S6"}, "a reason that isn't one"


def made_on(facts: Mapping[str, str]) -> dt.date:
    return DAYS[facts["agreement"]]


def test_every_decision_is_accounted_for() -> None:
    """A refusal leaves somebody without a reason, a remedy, a number to ring, a reviewer or a date."""
    for n, (cell, axes) in enumerate(meanings.functions(policies())):
        for facts in meanings.members(axes, rng=Random(n), each=50):
            check(cell, facts)


def test_every_cell_is_accounted_for() -> None:
    """The same for every role, purpose and item, as texts and telephones differ by item."""
    rng = Random(41)
    functions = meanings.functions(policies())
    for cell in meanings.every_cell(policies()):
        for facts in meanings.members(functions[0][1], rng=rng, each=1):
            check(cell, {**facts, **{name: VOCABULARY.facts[name].values[0] for name in ("agreement", "training")}})


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_every_decision_is_accounted_for_in_the_whole_space() -> None:
    """Every class of facts of every distinct function: some four million decisions."""
    for n, (cell, axes) in enumerate(meanings.functions(policies())):
        for facts in meanings.members(axes, rng=Random(n), each=None):
            check(cell, facts)
