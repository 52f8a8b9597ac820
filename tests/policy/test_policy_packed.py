"""The facts as one number: nothing is lost, nothing fails, and an audit row holds enough to judge it again."""

from __future__ import annotations

import json
import random

import pytest
from brackwater_policies import ON, asker, policies, record

from broker.errors import BadInput
from broker.policy.decide import admit, decide
from broker.policy.decision import Refusal
from broker.policy.facts import RecordFacts, Requester
from broker.policy.interpret import Cell, judge
from broker.policy.levels import most_protective
from broker.policy.packed import layout, one_hot, pack, unpack

VOCABULARY = policies().vocabulary
FACTS = VOCABULARY.facts
SIZE = layout(VOCABULARY).size


def test_packed_facts_come_out_as_they_went_in() -> None:
    """Two combinations of facts have one number, or a number reads as another combination."""
    rng = random.Random(3)
    for number in (0, SIZE - 1, *(rng.randrange(SIZE) for _ in range(500))):
        facts = unpack(VOCABULARY, number)
        assert pack(VOCABULARY, facts) == number
        assert list(facts) == list(FACTS)
        places = [layout(VOCABULARY).place(fact, value) for fact, value in facts.items()]
        assert sum(weight for _, weight in places) == number
        assert sum(bit for bit, _ in places) == one_hot(VOCABULARY, facts)
        assert one_hot(VOCABULARY, facts).bit_count() == len(FACTS)


@pytest.mark.parametrize("number", [-1, SIZE, SIZE * 2])
def test_a_number_of_no_combination_is_refused_in_our_words(number: int) -> None:
    """A damaged row is read as if it said something."""
    with pytest.raises(BadInput, match="not of this vocabulary"):
        unpack(VOCABULARY, number)


@pytest.mark.parametrize("amiss", [{}, {"risk": "high"}, {"risk": None}, {"risk": ["none"]}, {"weather": "fine"}])
def test_what_is_amiss_is_unknown(amiss: dict[str, str]) -> None:
    """A value that isn't listed fails, or counts as an open one."""
    unknown = {name: fact.unknown for name, fact in FACTS.items()}
    assert unpack(VOCABULARY, pack(VOCABULARY, amiss)) == unknown
    assert one_hot(VOCABULARY, amiss) == one_hot(VOCABULARY, unknown)


CASES = [
    (asker(), record("ed"), "ed.attendance"),
    (asker(), record("ed", match="probable", wishes=None), "ed.attendance"),
    (asker(), record("ed", protection=("safe_address", "witness")), "ed.school"),
    (asker(break_glass=True), record("ed", objection="upheld", risk="none", record_age="stale"), "ed.attendance"),
    (asker("council.keyworker", "early_help", relation="none"), record("ed"), "ed.attendance"),
    (asker("council.keyworker", "early_help"), record("fr"), "po.offences"),
]


@pytest.mark.parametrize(("requester", "held", "item"), CASES)
def test_an_audit_rows_numbers_are_what_its_agreement_was_judged_on(
    requester: Requester, held: RecordFacts, item: str
) -> None:
    """The packed facts of a row aren't those of the decision, so that it can't be made again from them."""
    made = decide(policies(), requester, held, item=item, on=ON)
    row = json.loads(json.dumps(made.as_audit()))
    assert row["policy_digest"] == policies().digest
    assert set(row["packed"]) == set(policies().schedule[requester.role, requester.purpose])
    cell = Cell(requester.role, requester.purpose, item)
    seen = [unpack(VOCABULARY, number) for number in row["packed"][made.agreement]]
    if held.source == VOCABULARY.source_of(item):
        assert made.level == most_protective(judge(policies(), cell, facts).level for facts in seen)
    if made.clause:
        assert [facts["protection"] for facts in seen] == list(held.protection or ["none"])
        assert {facts["match"] for facts in seen} == {held.match}


def test_a_refused_requester_is_recorded_without_the_record() -> None:
    """The row of a refusal that came before any look-up holds facts of a person."""
    refusal = admit(policies(), asker(relation="none"), on=ON)
    assert isinstance(refusal, Refusal)
    row = json.loads(json.dumps(refusal.as_audit()))
    facts = unpack(VOCABULARY, row["packed"]["ISA-2026-002"][0])
    assert facts["relation"] == "none"
    assert all(facts[name] == fact.unknown for name, fact in FACTS.items() if fact.about == "record")
    nobody = admit(policies(), asker("nobody.known"), on=ON)
    assert isinstance(nobody, Refusal)
    assert nobody.as_audit()["packed"] == {}
