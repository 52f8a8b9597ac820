"""Whether the policies are as they must be: the theorems, and every sentence of `invariants.yaml`, for every request.

    for proof in prove(policies):
        print(proof.id, proof.holds, proof.say, proof.counterexample)

Each sentence is worked out over all its cells and all facts, so that one that holds is proven and one that doesn't has
a counterexample: the plainest request that breaks it, in words, as the norm judges it. `check_proven` is asked before a
policy set decides anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod

from broker.errors import BadInput
from broker.policy import words
from broker.policy.interpret import Cell, Judgement, judge
from broker.policy.invariants import NO_INVARIANTS, Always, Law, Never, Which, matches
from broker.policy.laws import adding_a_rule_opens, adding_an_agreement_closes
from broker.policy.levels import openness
from broker.policy.meaning import Meaning, Meanings, meanings
from broker.policy.outcomes import by_meaning, cells, work_out
from broker.policy.policies import Policies
from broker.policy.space import ANYWHERE, Facts, Form, Space, facts_of, form, merged, space
from broker.policy.theorems import ADDING_A_RULE, ADDING_AN_AGREEMENT, THEOREMS, not_known
from broker.policy.violations import pairs, violating

Sentence = Never | Always | Law


@dataclass(frozen=True)
class Counterexample:
    """The plainest request that breaks a sentence, and how many do. `other` is what it is compared with, in a law."""

    cell: Cell
    facts: Mapping[str, str]
    judgement: Judgement
    other_facts: Mapping[str, str] | None
    other: Judgement | None
    requests: int
    cells: int
    words: str


@dataclass(frozen=True)
class Proof:
    """`requests` were worked out. `counterexample` is None exactly if the sentence holds."""

    id: str
    say: str
    requests: int
    counterexample: Counterexample | None

    @property
    def holds(self) -> bool:
        """Whether no request breaks the sentence."""
        return self.counterexample is None


@dataclass
class _Broken:
    """What has been found against one sentence so far."""

    asked: int = 0
    requests: int = 0
    cells: int = 0
    departures: int = 99
    cell: Cell | None = None
    facts: Mapping[str, str] | None = None

    def add(self, bad: int, within: Space, *, cells: list[Cell]) -> None:
        """`bad` are the vectors that break the sentence in each of `cells`; there may be none."""
        if not bad:
            return
        self.requests += within.count(bad) * len(cells)
        self.cells += len(cells)
        away = within.departures(bad)
        if away < self.departures:
            self.departures, self.cell, self.facts = away, cells[0], within.example(bad)


def prove(policies: Policies) -> tuple[Proof, ...]:
    """The theorems and the policies' own invariants, each with whether it holds, in that order."""
    known = meanings(policies, facts_of(policies.vocabulary))
    grouped = by_meaning(known, cells(policies))
    sentences = (*THEOREMS.sentences(), *not_known(policies.vocabulary), *policies.invariants.sentences())
    chosen = [_chosen(one, policies) for one in sentences]
    for meaning, same in grouped.items():
        _prove_one(meaning, same, chosen=chosen, facts=known.facts)
    made = [_proof(policies, one.said.id, one.said.say, broken=one.broken, law=one.said) for one in chosen]
    return (*made, *_about_the_set(policies, known, grouped=grouped))


def check_proven(policies: Policies) -> None:
    """Raises `BadInput` with a counterexample for each sentence that isn't true of `policies`, or if they have none."""
    if policies.invariants is NO_INVARIANTS:
        hint = "add invariants.yaml, with what must stay true whoever changes the policies"
        raise BadInput("policy-not-proven", "the policies say nothing of what must be proven of them", hint=hint)
    broken = [proof for proof in prove(policies) if proof.counterexample]
    if broken:
        said = "\n".join(f"{one.id}: {one.say}: {one.counterexample.words}" for one in broken if one.counterexample)
        hint = "correct the policies; a sentence of invariants.yaml is changed only by those who signed it"
        raise BadInput("policy-not-proven", f"the policies break {len(broken)} of their sentences\n{said}", hint=hint)


@dataclass(frozen=True)
class _Chosen:
    """A sentence with its cells: rows of role and purpose, and items, without those left out."""

    said: Sentence
    when: Form
    rows: frozenset[tuple[str, str]]
    items: frozenset[str]
    no_rows: frozenset[tuple[str, str]]
    no_items: frozenset[str]
    is_all: bool
    broken: _Broken

    def among(self, cells: list[Cell]) -> list[Cell]:
        """Those of `cells` that the sentence is about."""
        if self.is_all:
            return cells
        return [
            cell
            for cell in cells
            if cell.item in self.items
            and (cell.role, cell.purpose) in self.rows
            and not (cell.item in self.no_items and (cell.role, cell.purpose) in self.no_rows)
        ]


def _chosen(said: Sentence, policies: Policies) -> _Chosen:
    when = form(said.when) if said.when else ANYWHERE
    not_these = said.but_not
    no_rows, no_items = _cells(not_these, policies) if not_these else (frozenset(), frozenset())
    is_all = not (said.role or said.purpose or said.items or said.category or said.existence or not_these)
    return _Chosen(said, when, *_cells(said, policies), no_rows, no_items, is_all, _Broken())


def _prove_one(meaning: Meaning, same: list[Cell], *, chosen: list[_Chosen], facts: Facts) -> None:
    """Adds to each of `chosen` what is found against it in the cells that mean the same."""
    own, size = merged(facts, meaning.forms()), prod(map(len, facts.values()))
    outcomes = work_out(meaning, own)
    scheduled = any(option.level for option in meaning.options)
    for one in chosen:
        asked = one.among(same) if scheduled or not one.said.scheduled_only else []
        if not asked:
            continue
        one.broken.asked += size * len(asked)
        # Values that the rules don't tell apart have equal outcomes, so that one of them breaks it if any does; only
        # then are they told apart, to count and to show exactly.
        is_box = not (one.when[1] or one.when[2])
        if is_box and not violating(one.said, meaning, outcomes=outcomes, within=own, region=own.touching(one.when)):
            continue
        exact = merged(facts, (*meaning.forms(), one.when, *_values(one.said, own)))
        region = exact.where(one.when)
        bad = violating(one.said, meaning, outcomes=work_out(meaning, exact), within=exact, region=region)
        one.broken.add(bad, exact, cells=asked)


def _values(said: Sentence, within: Space) -> list[Form]:
    """Forms that tell the values apart that a law compares."""
    if not isinstance(said, Law):
        return []
    values = {value for pair in pairs(said, within) for value in pair}
    return [(((said.fact, frozenset([value])),), (), None) for value in sorted(values)]


def _cells(which: Which, policies: Policies) -> tuple[frozenset[tuple[str, str]], frozenset[str]]:
    vocabulary = policies.vocabulary
    rows = frozenset(
        (name, purpose)
        for name, role in vocabulary.roles.items()
        for purpose in role.purposes
        if (not which.role or any(matches(pattern, name) for pattern in which.role))
        and (not which.purpose or purpose in which.purpose)
    )
    items = frozenset(
        name
        for name, item in vocabulary.items.items()
        if (not which.items or any(matches(pattern, name) for pattern in which.items))
        and (not which.category or item.category in which.category)
        and which.existence in (None, item.existence)
    )
    return rows, items


def _about_the_set(policies: Policies, known: Meanings, *, grouped: Mapping[Meaning, list[Cell]]) -> Iterator[Proof]:
    closing, opening = _Broken(), _Broken()
    size = prod(map(len, known.facts.values()))
    for bad, within, asked in adding_an_agreement_closes(known, cells(policies)):
        closing.asked += size * len(asked)
        closing.add(bad, within, cells=asked)
    for meaning, same in grouped.items():
        opening.asked += size * len(same)
        within = merged(known.facts, meaning.forms())
        opening.add(adding_a_rule_opens(meaning, within), within, cells=same)
    yield _proof(policies, *ADDING_AN_AGREEMENT, broken=closing, law=None)
    yield _proof(policies, *ADDING_A_RULE, broken=opening, law=None)


def _proof(policies: Policies, name: str, say: str, *, broken: _Broken, law: Sentence | None) -> Proof:
    if broken.cell is None or broken.facts is None:
        return Proof(name, say, broken.asked, None)
    judgement, other_facts, other = judge(policies, broken.cell, broken.facts), None, None
    if isinstance(law, Law):
        other_facts, other = _compared(policies, law, cell=broken.cell, facts=broken.facts)
    told = _told(policies, broken.cell, judgement, facts=broken.facts)
    if other_facts is not None and other is not None and isinstance(law, Law):
        after = words.one_fact(policies.vocabulary, law.fact, [other_facts[law.fact]])
        told += f"; but with {after} it {_shown(policies, other)}"
    told += f". {broken.requests:,} requests break it, in {broken.cells:,} combinations of role, purpose and item"
    found = Counterexample(
        broken.cell, broken.facts, judgement, other_facts, other, broken.requests, broken.cells, told
    )
    return Proof(name, say, broken.asked, found)


def _compared(
    policies: Policies, law: Law, *, cell: Cell, facts: Mapping[str, str]
) -> tuple[Mapping[str, str], Judgement]:
    """The other request of a law that `facts` break, which differs in the law's fact alone."""
    before = judge(policies, cell, facts)
    changed = [{**facts, law.fact: value} for _, value in pairs(law, space(policies.vocabulary))]
    others = [(one, judge(policies, cell, one)) for one in changed]
    sign = 1 if law.never == "opens" else -1
    return max(others, key=lambda one: sign * (openness(one[1].level) - openness(before.level)))


def _told(policies: Policies, cell: Cell, judgement: Judgement, *, facts: Mapping[str, str]) -> str:
    (who,) = words.who_and_what(policies.vocabulary, [cell])
    return f"{who} {_shown(policies, judgement)}, where {words.facts(policies.vocabulary, facts)}"


def _shown(policies: Policies, made: Judgement) -> str:
    by = ", ".join((*([made.clause] if made.clause else []), *made.rules))
    return words.level(policies.vocabulary, made.level, made.obligations) + (f" ({by})" if by else "")
