"""One shape for everything that can limit an item: safe conditions, protections, exceptions, standing obligations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from broker.policy.agreement import Limit
from broker.policy.condition import Condition, holds
from broker.policy.levels import Level
from broker.policy.protections import Always, Protections, SafeCondition
from broker.policy.vocabulary import Vocabulary


@dataclass(frozen=True)
class Rule:
    """`selects` is None when the rule is about every item. The text of a `secret` rule is for the audit log only."""

    id: str
    when: Condition
    unless: Condition | None
    selects: tuple[frozenset[str], frozenset[str]] | None
    effect: Level
    obligations: tuple[str, ...]
    breakable: bool
    because: str
    remedy: str
    secret: bool

    def concerns(self, item: str, category: str) -> bool:
        """Whether the rule is about `item` of `category`."""
        return self.selects is None or category in self.selects[0] or item in self.selects[1]

    def applies(self, facts: Mapping[str, str]) -> bool:
        """Whether `when` holds of `facts`, which have a value for every fact, and `unless` doesn't."""
        return holds(self.when, facts) and not (self.unless is not None and holds(self.unless, facts))


def from_limit(limit: Limit, vocabulary: Vocabulary) -> Rule:
    """The rule of an exception or a protection; secret when it mentions a secret fact."""
    conditions = [limit.when, *([limit.unless] if limit.unless else [])]
    return Rule(
        id=limit.id,
        when=limit.when,
        unless=limit.unless,
        selects=(frozenset(limit.items.category), frozenset(limit.items.items)) if limit.items else None,
        effect=limit.effect,
        obligations=limit.obligations,
        breakable=limit.breakable,
        because=limit.because,
        remedy=limit.remedy,
        secret=any(vocabulary.facts[fact].secret for condition in conditions for fact, _ in condition.named()),
    )


def global_rules(protections: Protections, vocabulary: Vocabulary) -> tuple[Rule, ...]:
    """The rules that apply to every agreement, in the order in which they are written."""
    return (
        *(_from_safe(condition, vocabulary) for condition in protections.safe_conditions),
        *(from_limit(limit, vocabulary) for limit in protections.protections),
        *(_from_always(always) for always in protections.always),
    )


def _from_safe(safe: SafeCondition, vocabulary: Vocabulary) -> Rule:
    return Rule(
        id=safe.id,
        when=Condition.model_validate({"not": safe.need}),
        unless=None,
        selects=None,
        effect="withhold",
        obligations=(),
        breakable=safe.breakable,
        because=safe.because,
        remedy=safe.remedy,
        secret=any(vocabulary.facts[fact].secret for fact, _ in safe.need.named()),
    )


def _from_always(always: Always) -> Rule:
    return Rule(
        id=always.id,
        when=always.when,
        unless=None,
        selects=None,
        effect="share",
        obligations=always.add,
        breakable=False,
        because="",
        remedy="",
        secret=False,
    )
