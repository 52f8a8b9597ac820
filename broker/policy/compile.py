"""The evaluator of the run time: the meaning of `interpret.judge` over one-hot facts, many times as fast.

    compiled(policies).judge(cell, one_hot(vocabulary, facts)) == judge(policies, cell, facts)

Conditions become masks once. A `Plan` for each agreement and item is made when first asked for, and shared by the roles
and purposes for which it is the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from broker.policy.agreement import Share
from broker.policy.facts import SINGLE_FACTS, may_break_glass
from broker.policy.interpret import Cell, Judgement, unfit_for
from broker.policy.masks import Masker, Masks
from broker.policy.packed import Layout, layout
from broker.policy.plan import Found, Plan, Ruleset
from broker.policy.policies import Policies
from broker.policy.protections import SafeCondition
from broker.policy.rules import Rule


@dataclass(frozen=True)
class Planned:
    """A plan for each agreement that schedules anything for a role and purpose, in the order of ids.

    `granting` are those whose clauses schedule the item, each with its place in `plans`.
    """

    plans: tuple[Plan, ...]
    granting: tuple[tuple[int, Plan], ...]


class Compiled:
    """The evaluator of one `Policies`. It keeps what it makes, and always gives the same for the same.

    `kept` holds the last requesters, as `seen` resolves them.
    """

    def __init__(self, policies: Policies) -> None:
        self.policies = policies
        self.layout: Layout = layout(policies.vocabulary)
        self.glass = self.layout.place("break_glass", "yes")[0]
        self._calm = self.layout.place("break_glass", "no")[0]
        self._not_glass = ~self.layout.bits("break_glass")
        self.record_places = [(n, self.layout.places[n], self.layout.unknown[n]) for n in SINGLE_FACTS]
        self.masker = Masker(self.layout)
        self.secret = frozenset(name for name, fact in policies.vocabulary.facts.items() if fact.secret)
        self.conditions: tuple[tuple[SafeCondition, Masks], ...] = tuple(
            (safe, self.masker.met(safe.need))
            for safe in policies.protections.safe_conditions
            if safe.stage == "requester"
        )
        self._global = [(rule, self._applies(rule)) for rule in policies.rules]
        self._own = {
            name: [(rule, self._applies(rule)) for rule in rules] for name, rules in policies.exceptions.items()
        }
        self._planned: dict[tuple[str, str, str, bool], Planned] = {}
        self._plans: dict[tuple[str, str, str, int, bool], Plan] = {}
        self._rulesets: dict[tuple[str, tuple[str, ...]], Ruleset] = {}
        self.kept: dict[object, object] = {}

    def judge(self, cell: Cell, x: int) -> Judgement:
        """What the policies mean for `cell` when the one-hot facts `x` hold under every agreement."""
        if unfit := unfit_for(self.policies, cell.role, purpose=cell.purpose):
            return Judgement("withhold", "", "", (unfit,), (), ())
        planned = self.planned(cell.role, cell.purpose, item=cell.item)
        best: Found | None = None
        for _, plan in planned.granting:
            seen = x if plan.glass else self.calm(x)
            if self.stands(seen):
                found = plan.found(seen)
                best = found if best is None or found.rank > best.rank else best
        return best.judgement if best is not None else self._not_granted(planned.plans, x)

    def planned(self, role: str, purpose: str, *, item: str, ours: bool = True) -> Planned:
        """The plans for `item` of a role and purpose that an agreement schedules something for.

        `ours` is whether the record is of the item's source; one of another source is silently withheld.
        """
        known = item if item in self.policies.vocabulary.items else ""
        key = (role, purpose, known, ours)
        made = self._planned.get(key)
        if made is None:
            plans = tuple(
                self._plan(name, known, clauses.get(known) if ours else None, ours, self._glass(name, role, purpose))
                for name, clauses in self.policies.schedule[role, purpose].items()
            )
            granting = tuple((n, plan) for n, plan in enumerate(plans) if plan.share is not None)
            made = self._planned.setdefault(key, Planned(plans, granting))
        return made

    def calm(self, x: int) -> int:
        """The facts `x` without emergency access."""
        return x & self._not_glass | self._calm

    def broken(self, x: int) -> int:
        """The facts `x` with emergency access."""
        return x & self._not_glass | self.glass

    def failed(self, x: int) -> tuple[SafeCondition, ...]:
        """The requester's conditions that don't hold of the facts `x` as an agreement sees them."""
        return tuple(safe for safe, masks in self.conditions if all(x & mask for mask in masks))

    def stands(self, x: int) -> bool:
        """Whether all of the requester's conditions hold of the facts `x` as an agreement sees them."""
        for _, masks in self.conditions:
            for mask in masks:
                if not x & mask:
                    break
            else:
                return False
        return True

    def _not_granted(self, plans: Sequence[Plan], x: int) -> Judgement:
        seen = [(plan, x if plan.glass else self.calm(x)) for plan in plans]
        standing = next(((plan, facts) for plan, facts in seen if self.stands(facts)), None)
        if standing:
            return standing[0].found(standing[1]).judgement
        failed = [(plan.agreement, self.failed(facts)) for plan, facts in seen]
        nearest, conditions = min(failed, key=lambda pair: len(pair[1]))
        return Judgement("withhold", nearest, "", tuple(safe.id for safe in conditions), (), ())

    def _glass(self, agreement: str, role: str, purpose: str) -> int:
        return self.glass if may_break_glass(self.policies.agreements[agreement], role=role, purpose=purpose) else 0

    def _plan(self, agreement: str, item: str, share: Share | None, ours: bool, glass: int) -> Plan:
        key = (agreement, item, share.id if share else "", glass, ours)
        made = self._plans.get(key)
        if made is None:
            known = self.policies.vocabulary.items.get(item)
            rules = self._ruleset(agreement, item, known.category if known else "")
            quiet = known is None or known.existence == "secret" or not ours
            made = self._plans.setdefault(key, Plan(agreement, item, share, glass, quiet, rules))
        return made

    def _ruleset(self, agreement: str, item: str, category: str) -> Ruleset:
        some = [pair for pair in (*self._global, *self._own[agreement]) if pair[0].concerns(item, category)]
        key = (agreement, tuple(rule.id for rule, _ in some))
        made = self._rulesets.get(key)
        if made is None:
            minding = frozenset(rule.id for rule, masks in some if any(mask & ~self._not_glass for mask in masks))
            tests = tuple((mask, 1 << n) for n, (_, masks) in enumerate(some) for mask in masks)
            made = self._rulesets.setdefault(key, Ruleset(tuple(rule for rule, _ in some), tests, minding))
        return made

    def _applies(self, rule: Rule) -> Masks:
        when = self.masker.met(rule.when)
        return when if rule.unless is None else self.masker.both(when, self.masker.turned(self.masker.met(rule.unless)))


def compiled(policies: Policies) -> Compiled:
    """The evaluator of `policies`, made once."""
    found = policies.kept.get(Compiled)
    return found if isinstance(found, Compiled) else _made(policies)


def _made(policies: Policies) -> Compiled:
    made = policies.kept.setdefault(Compiled, Compiled(policies))
    if not isinstance(made, Compiled):
        raise TypeError("what is kept under Compiled is a Compiled")
    return made
