"""What the outcome of a cell depends on, as a value: cells with equal meanings have equal outcomes for all facts.

A cell's meaning is what the requester must be and, for each agreement that could answer, what its clause schedules and
the rules that could change it. Rules are compared by what they do and not by their ids, so that there are some dozens
of meanings where there are thousands of cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from broker.policy.agreement import Share
from broker.policy.decision import NO_TERMS, Terms
from broker.policy.facts import may_break_glass
from broker.policy.interpret import Cell, unfit_for
from broker.policy.levels import Level, openness
from broker.policy.policies import Policies
from broker.policy.rules import Rule
from broker.policy.space import Facts, Form, form


class Act(NamedTuple):
    """What a rule does, without its name: where `when` holds and `unless` doesn't, no more than `effect`."""

    when: Form
    unless: Form | None
    effect: Level
    obligations: tuple[str, ...]
    breakable: bool


class Option(NamedTuple):
    """What one agreement says of the cell. `level` is None where it doesn't schedule the item."""

    emergency: bool
    level: Level | None
    obligations: tuple[str, ...]
    terms: Terms
    acts: frozenset[Act]


class Meaning(NamedTuple):
    """`need` is what the requester must be. Without `options` nobody of this role may ask for this purpose."""

    need: frozenset[Form]
    options: tuple[Option, ...]
    quiet: bool

    def forms(self) -> Iterator[Form]:
        """Every condition on which the outcome depends."""
        yield from self.need
        for option in self.options:
            for act in option.acts:
                yield act.when
                if act.unless:
                    yield act.unless


NOBODY = Meaning(frozenset(), (), False)


@dataclass(frozen=True, eq=False)
class Meanings:
    """The meanings of the cells of `policies`; made by `meanings`."""

    policies: Policies
    facts: Facts
    need: frozenset[Form]
    acts: Mapping[str, tuple[tuple[Rule, Act], ...]]
    named: frozenset[str]
    """The items that some rule names, so that they can differ from others of their category."""
    _options: dict[tuple[str, int, str, bool], Option] = field(default_factory=dict, repr=False)

    def of(self, role: str, purpose: str, *, items: Iterable[str]) -> Iterator[tuple[Cell, Meaning]]:
        """The meaning of each of `items` for `role` and `purpose`."""
        unfit = bool(unfit_for(self.policies, role, purpose=purpose))
        scheduled = {} if unfit else self.policies.schedule[role, purpose]
        agreements = self.policies.agreements
        glass = {name: may_break_glass(agreements[name], role=role, purpose=purpose) for name in scheduled}
        known: dict[tuple[object, ...], Meaning] = {}
        for item in items:
            shares = {name: clauses[item] for name, clauses in scheduled.items() if item in clauses}
            category, quiet = self._about(item)
            key = (category, item in self.named and item, quiet, *(id(share) for share in shares.values()))
            if key not in known:
                known[key] = NOBODY if unfit else self._meaning(item, shares, glass=glass)
            yield Cell(role, purpose, item), known[key]

    def same_agreements(self, other: Meanings) -> frozenset[str]:
        """The agreements that both have and that mean the same in both, for every cell."""
        mine, theirs = self.policies.agreements, other.policies.agreements
        return frozenset(
            name
            for name in mine.keys() & theirs.keys()
            if (mine[name].share, mine[name].break_glass) == (theirs[name].share, theirs[name].break_glass)
            and self.acts[name] == other.acts[name]
        )

    def same_row(self, other: Meanings, role: str, *, purpose: str, same: frozenset[str]) -> bool:
        """Whether all cells of the row surely mean the same in `other`, of whose agreements `same` do."""
        mine, theirs = self.policies, other.policies
        unfit = unfit_for(mine, role, purpose=purpose)
        if unfit or unfit_for(theirs, role, purpose=purpose):
            # Refused before anything is read, for whatever reason.
            return bool(unfit) and bool(unfit_for(theirs, role, purpose=purpose))
        row = mine.schedule[role, purpose]
        return (
            list(row) == list(theirs.schedule[role, purpose])
            and same.issuperset(row)
            and self.need == other.need
            and mine.vocabulary.items == theirs.vocabulary.items
        )

    def _meaning(self, item: str, shares: Mapping[str, Share], *, glass: Mapping[str, bool]) -> Meaning:
        quiet = self._about(item)[1]
        names = [*shares, *_others(list(shares), glass)]
        return Meaning(
            self.need,
            tuple(self._option(name, shares.get(name), item=item, glass=glass[name]) for name in names),
            quiet,
        )

    def _option(self, name: str, share: Share | None, *, item: str, glass: bool) -> Option:
        category = self._about(item)[0]
        about = item if item in self.named else f"={category}"
        key = (name, id(share), about, glass)
        if key not in self._options:
            top = openness(share.level) if share else openness("withhold")
            acts = frozenset(
                act
                for rule, act in self.acts[name]
                if rule.concerns(item, category) and (openness(rule.effect) < top or rule.obligations)
            )
            terms = Terms(share.window, share.keep, share.onward) if share else NO_TERMS
            level, obligations = (share.level, share.obligations) if share else (None, ())
            self._options[key] = Option(glass, level, obligations, terms, acts)
        return self._options[key]

    def _about(self, item: str) -> tuple[str, bool]:
        known = self.policies.vocabulary.items.get(item)
        return (known.category, known.existence == "secret") if known else ("", True)


def meanings(policies: Policies, facts: Facts) -> Meanings:
    """The meanings of `policies` over `facts`: those of their vocabulary, or more.

    A value that the vocabulary doesn't list is one that these policies don't know, and counts as their unknown value.
    """
    also = {
        name: (fact.unknown, frozenset(facts[name]) - frozenset(fact.values))
        for name, fact in policies.vocabulary.facts.items()
    }
    asked = [safe for safe in policies.protections.safe_conditions if safe.stage == "requester"]
    # A requester's condition is decided before; where it fails nothing else is read.
    early = {safe.id for safe in asked}
    common = [rule for rule in policies.rules if rule.id not in early]
    acts = {}
    for name, exceptions in policies.exceptions.items():
        rules = (*common, *exceptions)
        acts[name] = tuple(
            (
                rule,
                Act(
                    form(rule.when, also=also),
                    form(rule.unless, also=also) if rule.unless else None,
                    rule.effect,
                    rule.obligations,
                    rule.breakable,
                ),
            )
            for rule in rules
        )
    named = frozenset(item for rules in acts.values() for rule, _ in rules if rule.selects for item in rule.selects[1])
    return Meanings(policies, facts, frozenset(form(safe.need, also=also) for safe in asked), acts, named)


def _others(granting: list[str], glass: Mapping[str, bool]) -> list[str]:
    """Who answers where no granting agreement stands: the first agreement of each other kind of emergency access."""
    kinds = {glass[name] for name in granting}
    found = []
    for name, kind in glass.items():
        if kind not in kinds:
            kinds.add(kind)
            found.append(name)
    return found
