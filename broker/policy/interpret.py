"""The reference interpreter: what an agreement means. Every faster way of deciding must equal this one.

    level = the least open of what the clause schedules and of every rule that applies

A rule applies when it is about the item, its `when` holds and its `unless` doesn't. Emergency access lifts the rules
marked breakable, and no other. All rules that apply are reported, and the obligations of all of them are carried.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from broker.policy.condition import holds
from broker.policy.levels import Level, most_protective
from broker.policy.rules import Rule


@dataclass(frozen=True)
class Offer:
    """One item as a clause schedules it, before any rule."""

    item: str
    category: str
    level: Level
    obligations: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    level: Level
    applied: tuple[Rule, ...]
    lifted: tuple[Rule, ...]
    obligations: tuple[str, ...]


def interpret(offer: Offer, rules: Iterable[Rule], facts: Mapping[str, str]) -> Outcome:
    """What `rules` leave of `offer`; `facts` have one value for every fact of the vocabulary."""
    hit = [
        rule
        for rule in rules
        if rule.concerns(offer.item, offer.category)
        and holds(rule.when, facts)
        and not (rule.unless and holds(rule.unless, facts))
    ]
    broken = facts["break_glass"] == "yes"
    applied = tuple(rule for rule in hit if not (broken and rule.breakable))
    return Outcome(
        level=most_protective([offer.level, *(rule.effect for rule in applied)]),
        applied=applied,
        lifted=tuple(rule for rule in hit if broken and rule.breakable),
        obligations=tuple(dict.fromkeys((*offer.obligations, *(o for rule in applied for o in rule.obligations)))),
    )
