"""The reference interpreter: what the policies mean. Every faster way of deciding must equal `judge`, the norm.

    level = the least open of what the clause schedules and of every rule that applies

A rule applies when it is about the item, its `when` holds and its `unless` doesn't. Emergency access lifts the rules
marked breakable, and no other, and only under an agreement that allows it to this role for this purpose. All rules
that apply are reported, and the obligations of all of them are carried. Of several agreements the most open counts.
An item whose existence is secret is never openly withheld: that it is withheld would tell that it is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from broker.policy.condition import holds
from broker.policy.facts import may_break_glass, resolved
from broker.policy.levels import Level, most_protective, openness
from broker.policy.obligations import TRANSFORMERS
from broker.policy.policies import Policies


@dataclass(frozen=True)
class Cell:
    """What is asked, apart from the facts."""

    role: str
    purpose: str
    item: str


@dataclass(frozen=True)
class Judgement:
    """`agreement` and `clause` are empty where none is in play; `rules` are the ids of all that applied, in order."""

    level: Level
    agreement: str
    clause: str
    rules: tuple[str, ...]
    lifted: tuple[str, ...]
    obligations: tuple[str, ...]


def judge(policies: Policies, cell: Cell, facts: Mapping[str, str]) -> Judgement:
    """What `policies` mean for `cell` when `facts` hold under every agreement; a fact that is amiss is unknown."""
    unfit = unfit_for(policies, cell.role, purpose=cell.purpose)
    if unfit:
        return Judgement("withhold", "", "", (unfit,), (), ())
    known = {name: resolved(policies.vocabulary, name, facts.get(name)) for name in policies.vocabulary.facts}
    scheduled = policies.schedule[cell.role, cell.purpose]
    under = {name: _seen(policies, name, cell=cell, facts=known) for name in scheduled}
    failed = {name: _failed(policies, seen) for name, seen in under.items()}
    standing = [name for name in under if not failed[name]]
    if not standing:
        nearest = min(under, key=lambda name: len(failed[name]))
        return Judgement("withhold", nearest, "", failed[nearest], (), ())
    granting = [name for name in standing if cell.item in scheduled[name]] or standing[:1]
    return max((_judged(policies, name, cell=cell, facts=under[name]) for name in granting), key=rank)


def rank(judgement: Judgement) -> tuple[int, int]:
    """The most open wins, as an agreement is a grant; of equals the one that reduces least, then the first by id."""
    return openness(judgement.level), -sum(name in TRANSFORMERS for name in judgement.obligations)


def unfit_for(policies: Policies, role: str, *, purpose: str) -> str:
    """The reason for which nobody of `role` may ask for `purpose`, whatever the facts; empty when they may."""
    known = policies.vocabulary.roles.get(role)
    if known is None:
        return "S4r"
    if purpose not in policies.vocabulary.purposes or purpose not in known.purposes:
        return "S1"
    return "" if (role, purpose) in policies.schedule else "S6"


def _seen(policies: Policies, name: str, *, cell: Cell, facts: Mapping[str, str]) -> dict[str, str]:
    """The facts as the agreement `name` sees them: where it doesn't allow emergency access, there is none."""
    allowed = may_break_glass(policies.agreements[name], role=cell.role, purpose=cell.purpose)
    return {**facts, "break_glass": facts["break_glass"] if allowed else "no"}


def _failed(policies: Policies, facts: Mapping[str, str]) -> tuple[str, ...]:
    """The conditions of the requester, decided before any look-up, that don't hold."""
    safe = policies.protections.safe_conditions
    return tuple(one.id for one in safe if one.stage == "requester" and not holds(one.need, facts))


def _judged(policies: Policies, name: str, *, cell: Cell, facts: Mapping[str, str]) -> Judgement:
    """What the agreement `name` leaves of the item."""
    item = policies.vocabulary.items.get(cell.item)
    share = policies.schedule[cell.role, cell.purpose][name].get(cell.item)
    category = item.category if item else ""
    rules = [r for r in (*policies.rules, *policies.exceptions[name]) if r.concerns(cell.item, category)]
    hit = [rule for rule in rules if rule.applies(facts)]
    lifted = [rule for rule in hit if rule.breakable and facts["break_glass"] == "yes"]
    applied = [rule for rule in hit if rule not in lifted]
    duties = share.obligations if share else ()
    level = most_protective([share.level if share else "withhold", *(rule.effect for rule in applied)])
    return Judgement(
        level="withhold_silently" if level == "withhold" and (not item or item.existence == "secret") else level,
        agreement=name,
        clause=share.id if share else "",
        rules=(*(rule.id for rule in applied), *(() if share else ("S6",))),
        lifted=tuple(rule.id for rule in lifted),
        obligations=tuple(dict.fromkeys((*duties, *(name for rule in applied for name in rule.obligations)))),
    )
