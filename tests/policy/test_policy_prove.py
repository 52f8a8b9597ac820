"""What must be true of the policies is proven for every request, or a request that breaks it is shown in words."""

from __future__ import annotations

import brackwater_policies as place
import planted_changes as planted
import pytest
from brackwater_policies import ISA, changed

from broker.errors import BadInput
from broker.policy.interpret import judge
from broker.policy.invariants import matches
from broker.policy.levels import openness
from broker.policy.load import load_policies
from broker.policy.prove import Proof, check_proven, prove
from broker.policy.reach import reach
from broker.policy.theorems import THEOREMS

PROTECTIONS, INVARIANTS, VOCABULARY = "protections.yaml", "invariants.yaml", "vocabulary.yaml"
THE_PRESUMPTION = "T1"


def broken(files: dict[str, str]) -> dict[str, Proof]:
    return {proof.id: proof for proof in prove(load_policies(files)) if not proof.holds}


def with_sentence(kind: str, *sentences: str) -> dict[str, str]:
    """Invariants that are these sentences and no others, all with the same id."""
    lines = "".join(f"  - {{id: X1, say: a sentence of a test, {sentence}}}\n" for sentence in sentences)
    return {**place.files(), INVARIANTS: f"schema: broker/invariants/v1\n{kind}:\n{lines}"}


def test_the_shipped_policies_are_proven() -> None:
    """A sentence that people rely on is not true of the shipped policies, or is about nothing."""
    proofs = prove(place.policies())
    assert [proof.id for proof in proofs if not proof.holds] == []
    assert [proof.id for proof in proofs if not proof.requests] == []
    assert len(place.policies().invariants.sentences()) >= 40
    assert {"T1", "T2a", "T2b", "T3", "T4", "T5", "T6", "T7a", "T7o"} <= {proof.id for proof in proofs}
    check_proven(place.policies())


def test_the_good_change_stays_proven() -> None:
    """A sensible change is refused."""
    assert broken(planted.good()) == {}


def test_the_typo_breaks_what_is_said_of_the_jobcentre() -> None:
    """A slip opens health data to the jobcentre and nothing holds it back."""
    found = broken(planted.typo())
    assert found.keys() == {"N29", "N30", "N38"}
    shown = found["N29"].counterexample
    assert shown and (shown.cell.role, shown.cell.item) == ("jobcentre.work_coach", "as.care_package")
    assert shown.words.startswith(
        'Work coach (Brackwater Jobcentre), for employment support: "Care and support package" '
        "[as.care_package: health] is shown in full (A1.15), where everything is plain. 245,760 requests break it"
    )
    with pytest.raises(BadInput, match="never learns anything of health") as refused:
        check_proven(load_policies(planted.typo()))
    assert refused.value.code == "policy-not-proven"


def test_the_dropped_protection_breaks_what_is_said_of_safe_addresses() -> None:
    """Somebody's whereabouts are opened and nothing holds it back."""
    found = broken(planted.dropped())
    assert {"N6", "Y17"} <= found.keys()
    shown = found["N6"].counterexample
    assert shown and shown.facts["protection"] == "safe_address"
    assert "is shown in full" in shown.words and "[whether the person is protected: safe address]" in shown.words


BREAKING = {
    THE_PRESUMPTION: changed(ISA[1], ("when: {deceased: 'yes'}", "when: {age: '18_64'}")),
    "T2a": changed(ISA[2], ("when: {risk: [none, concern]}", "when: {risk: concern}")),
    "T2b": changed(ISA[2], ("when: {risk: [none, concern]}", "when: {risk: significant_harm}")),
    "T3": changed(ISA[1], ("when: {deceased: 'yes'}", "when: {protection: none}")),
    "T4": changed(PROTECTIONS, ("when: {third_party: 'yes'}", "when: {break_glass: 'yes', third_party: 'yes'}")),
    "T7n": changed(
        VOCABULARY,
        (
            "whether the person has died, about: record, values: ['no', 'yes'], unknown: 'yes'",
            "whether the person has died, about: record, values: ['no', 'yes'], unknown: 'no'",
        ),
    ),
}


@pytest.mark.parametrize("theorem", BREAKING)
def test_a_theorem_that_a_set_breaks_is_shown_broken(theorem: str) -> None:
    """A set for which a theorem is not true counts as proven."""
    files = {name: text for name, text in BREAKING[theorem].items() if name != INVARIANTS}
    proof = broken(files)[theorem]
    found = proof.counterexample
    assert found and found.requests and found.cells and found.words
    policies = load_policies(files)
    assert judge(policies, found.cell, found.facts) == found.judgement
    if found.other_facts is not None:
        assert judge(policies, found.cell, found.other_facts) == found.other
        assert len(dict(found.facts.items() ^ found.other_facts.items())) == 1
        assert found.other and openness(found.other.level) != openness(found.judgement.level)
        assert "; but with [" in found.words


def test_no_edit_of_the_invariants_removes_the_theorems() -> None:
    """Whoever may edit invariants.yaml may edit the presumption away."""
    files = {**BREAKING[THE_PRESUMPTION], INVARIANTS: "schema: broker/invariants/v1\n"}
    with pytest.raises(BadInput, match="T1: In the plain, safe case"):
        check_proven(load_policies(files))


def test_a_set_that_says_nothing_of_itself_is_not_proven() -> None:
    """Leaving invariants.yaml out makes everything provable."""
    files = {name: text for name, text in place.files().items() if name != INVARIANTS}
    assert all(proof.holds for proof in prove(load_policies(files)))
    with pytest.raises(BadInput, match="nothing of what must be proven"):
        check_proven(load_policies(files))


SENTENCES: dict[str, tuple[str, str, bool]] = {
    "an outcome that is never that open": (
        "never",
        "role: 'fire.*', but_not: {items: 'eh.*'}, outcome_at_least: refer",
        True,
    ),
    "an outcome that is": ("never", "role: 'fire.*', outcome_at_least: share", False),
    "one exact outcome": ("never", "outcome: withhold, existence: secret, admitted: 'yes'", True),
    "one exact outcome that is": ("never", "outcome: withhold, existence: open, admitted: 'yes'", False),
    "whoever is not admitted": ("always", "admitted: 'no', outcome: withhold", True),
    "a condition with an alternative": (
        "always",
        "when: {any: [{training: lapsed}, {agreement: lapsed}]}, outcome: withhold",
        True,
    ),
    "a condition with an alternative that is broken": (
        "always",
        "when: {any: [{training: lapsed}, {risk: none}]}, outcome: withhold",
        False,
    ),
    "an obligation": ("always", "items: po.offences, scheduled_only: 'yes', carries: relevant_to_child_only", True),
    "an obligation that isn't carried": (
        "always",
        "items: po.offences, admitted: 'yes', carries: notify_source",
        False,
    ),
    "values that no rule tells apart": ("never", "when: {age: '5_12', wishes: agrees}, outcome_at_least: share", False),
    "a law": ("laws", "fact: age, from: '18_64', to: [65_plus, unborn], never: opens", True),
    "a law between values that no rule tells apart": (
        "laws",
        "fact: age, from: '13_15', to: '16_17', never: closes",
        True,
    ),
    "a law that is broken": ("laws", "fact: age, from: '18_64', to: [5_12, 13_15], never: closes", False),
    "what opens carries": (
        "laws",
        "fact: risk, from: none, to: concern, never: closes, opening_carries: tell_person",
        False,
    ),
}


@pytest.mark.parametrize("name", SENTENCES)
def test_a_sentence_is_read_as_it_is_said(name: str) -> None:
    """A sentence is taken for another, so that what is proven isn't what was said."""
    kind, sentence, holds = SENTENCES[name]
    policies = load_policies(with_sentence(kind, sentence))
    (proof,) = (proof for proof in prove(policies) if proof.say == "a sentence of a test")
    assert proof.holds is holds and proof.requests
    if proof.counterexample:
        assert judge(policies, proof.counterexample.cell, proof.counterexample.facts) == proof.counterexample.judgement


def test_requests_that_break_a_sentence_are_counted_whole() -> None:
    """Values that no rule tells apart are counted together."""
    kind, sentence, _ = SENTENCES["values that no rule tells apart"]
    one, two = (
        broken(with_sentence(kind, text))["X1"].counterexample
        for text in (sentence, sentence.replace("'5_12'", "['5_12', '18_64']"))
    )
    assert one and two and two.requests == 2 * one.requests
    law = SENTENCES["a law that is broken"][1]
    for values in ("[5_12, 13_15]", "[13_15]"):
        found = broken(with_sentence("laws", law.replace("[5_12, 13_15]", values)))["X1"].counterexample
        assert found and found.facts["age"] == "18_64" and found.other_facts and found.other_facts["age"] == "13_15"


WRONG: list[tuple[str, tuple[str, ...], str]] = [
    ("never", ("purpose: early_help",), "say either"),
    ("never", ("outcome: share, outcome_at_least: share",), "say either"),
    ("always", ("purpose: early_help",), "say `outcome_at_least`"),
    ("never", ("role: nobody.here, outcome: share",), "X1: no such role `nobody.here`"),
    ("never", ("items: ['xx.*'], outcome: share",), "X1: no such item"),
    ("never", ("but_not: {purpose: gossip}, outcome: share",), "X1: no such purpose `gossip`"),
    ("never", ("category: gossip, outcome: share",), "X1: no such category"),
    ("never", ("when: {weather: wet}, outcome: share",), "X1: no such fact `weather`"),
    ("never", ("when: {risk: high}, outcome: share",), "X1: `risk` is never `high`"),
    ("always", ("carries: a_hat",), "X1: no such obligation `a_hat`"),
    ("laws", ("fact: risk, from: none, to: high, never: opens",), "X1: `risk` is never `high`"),
    ("laws", ("fact: risk, from: none, to: concern, never: opens, opening_carries: x",), "no such obligation"),
    ("never", ("outcome: share", "outcome: share"), "X1: two sentences have this id"),
]


@pytest.mark.parametrize(("kind", "sentences", "says"), WRONG)
def test_a_sentence_with_words_that_are_not_known_does_not_load(
    kind: str, sentences: tuple[str, ...], says: str
) -> None:
    """A misspelt sentence is about nothing, and therefore true."""
    with pytest.raises(BadInput, match=r"invariants\.yaml line") as refused:
        load_policies(with_sentence(kind, *sentences))
    assert says in refused.value.message


def test_patterns() -> None:
    """`police.*` stands for more, or less, than the police."""
    assert matches("*", "police.pvp") and matches("police.*", "police.pvp") and matches("police.pvp", "police.pvp")
    assert not matches("police.*", "policed.pvp") and not matches("police.pvp", "police.pvp2")


def test_the_theorems_are_named_once() -> None:
    """A theorem and a sentence of the place have one name."""
    ids = [proof.id for proof in prove(place.policies())]
    assert len(ids) == len(set(ids))
    assert {one.id for one in THEOREMS.sentences()} <= set(ids)


def test_the_golden_matrix_is_what_the_policies_reach() -> None:
    """A role or an item was added or taken away and nobody looked at the matrix."""
    assert reach(place.policies()) == (place.FOLDER / "reach.golden.csv").read_text()


def test_the_matrix_has_a_line_for_each_scheduled_cell_and_each_item() -> None:
    """Something is scheduled, or exists, that the matrix doesn't show."""
    lines = [line.split(",") for line in reach(place.policies()).splitlines()[1:]]
    schedule = place.policies().schedule
    scheduled = {(*row, item) for row, agreements in schedule.items() for one in agreements.values() for item in one}
    assert {tuple(line[:3]) for line in lines if line[0]} == scheduled
    assert {line[2] for line in lines} == set(place.policies().vocabulary.items)
    assert reach(load_policies(planted.typo())) != reach(place.policies())
