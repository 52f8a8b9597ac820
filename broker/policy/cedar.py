"""The policies as Cedar text, so that an engine that knows nothing of ours can be asked the same question.

    @id("A1.2 share")
    permit (principal in [...], action == Action::"share", resource) when {...};

An action asks for a level: `Action::"reduced"` is allowed where the outcome is `reduced` or more open, and where not
even `withhold` is allowed the item is withheld silently. Rules that bind every agreement become `forbid`; exceptions
of one agreement, and what emergency access lifts, stand inside the `permit`s of its clauses, because they bind only
those. Cedar has no levels, obligations or reasons, so this is for comparison and export; `interpret` is the norm.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from broker.policy.agreement import Agreement, Share
from broker.policy.condition import Condition
from broker.policy.interpret import Cell
from broker.policy.levels import LEVELS, Level, openness
from broker.policy.policies import Policies
from broker.policy.rules import Rule

ASKED: tuple[Level, ...] = LEVELS[1:]
"""The levels that can be asked for, from closed to open."""

_BROKEN = "break_glass"


def as_cedar(policies: Policies) -> str:
    """Every rule and clause of `policies` as Cedar policies."""
    return "\n".join((*_forbidden(policies), *_shared(policies), *_not_agreed(policies), _nobody_stands(policies)))


def as_schema(policies: Policies) -> str:
    """The Cedar schema under which `as_cedar` validates: no request that fits it can end in an error."""
    facts = ", ".join(f"{fact}: String" for fact in policies.vocabulary.facts)
    actions = ", ".join(_text(level) for level in ASKED)
    return (
        "entity Glass;\nentity Role in [Glass];\nentity Category;\nentity Item in [Category];\n"
        f"action {actions} appliesTo {{ principal: Role, resource: Item, context: {{ purpose: String, {facts} }} }};\n"
    )


def as_entities(policies: Policies) -> str:
    """Each item in its category, each role in the agreements that allow it emergency access, as Cedar's JSON."""
    vocabulary, agreements = policies.vocabulary, policies.agreements.values()
    items = [_child("Item", name, "Category", [item.category]) for name, item in vocabulary.items.items()]
    roles = [
        _child("Role", name, "Glass", [one.id for one in agreements if name in one.break_glass.roles])
        for name in vocabulary.roles
    ]
    return json.dumps([*items, *roles])


def _child(kind: str, name: str, of: str, parents: list[str]) -> dict[str, Any]:
    return {"uid": {"type": kind, "id": name}, "attrs": {}, "parents": [{"type": of, "id": one} for one in parents]}


def request(cell: Cell, facts: Mapping[str, str], *, level: Level) -> dict[str, Any]:
    """Whether `cell` with `facts` comes out as open as `level`, asked of Cedar."""
    return {
        "principal": {"type": "Role", "id": cell.role},
        "action": {"type": "Action", "id": level},
        "resource": {"type": "Item", "id": cell.item},
        "context": {"purpose": cell.purpose, **facts},
    }


def _forbidden(policies: Policies) -> Iterator[str]:
    """The rules that bind every agreement alike. `withhold` is left out: who doesn't stand is told openly."""
    for rule in policies.rules:
        levels = [level for level in ASKED[1:] if openness(level) > openness(rule.effect)]
        if levels and _binds_all(rule):
            yield _policy(
                f"forbid {rule.id}",
                f"forbid (principal, action in {_list(('Action', level) for level in levels)}, resource)",
                [_selected(rule), _condition(rule.when, None)],
                [_condition(rule.unless, None)] if rule.unless else [],
            )


def _shared(policies: Policies) -> Iterator[str]:
    """What each clause shares, at each level up to its own."""
    for agreement in policies.agreements.values():
        for share in agreement.share:
            for secret in (False, True):
                items = [item for item in share.items if _is_secret(policies, item) is secret]
                if items:
                    yield from _clause(policies, agreement, share, items=items)


def _clause(policies: Policies, agreement: Agreement, share: Share, *, items: list[str]) -> Iterator[str]:
    secret = _is_secret(policies, items[0])
    for level in (level for level in ASKED if openness(level) <= openness(share.level)):
        # Of what must not be known to exist, being withheld is silent too.
        least = "refer" if level == "withhold" and secret else level
        yield _policy(
            f"{share.id} {level}",
            f"permit (principal, action == {_entity('Action', level)}, resource)",
            [
                f"principal in {_list(('Role', role) for role in share.to)}",
                f"resource in {_list(('Item', item) for item in items)}",
                f"{_texts(share.for_)}.contains(context.purpose)",
                _conditions_met(policies, agreement),
            ],
            _limits(policies, agreement, items=items, under=least),
        )


def _not_agreed(policies: Policies) -> Iterator[str]:
    """What no standing agreement schedules is withheld, openly where the item may be known to exist."""
    for (role, purpose), scheduled in policies.schedule.items():
        groups: dict[tuple[str, ...], list[str]] = {}
        for item in policies.vocabulary.items:
            if not _is_secret(policies, item):
                groups.setdefault(tuple(name for name in scheduled if item in scheduled[name]), []).append(item)
        names = list(scheduled)
        for scheduling, items in groups.items():
            for n, first in enumerate(names):
                fallen = [f"!{_met(policies, name)}" for name in dict.fromkeys((*names[:n], *scheduling))]
                agreement = policies.agreements[first]
                asker = f"principal == {_entity('Role', role)}"
                yield _policy(
                    f"S6 {first}",
                    f"permit ({asker}, action == {_entity('Action', 'withhold')}, resource)",
                    [
                        f"context.purpose == {_text(purpose)}",
                        f"resource in {_list(('Item', item) for item in items)}",
                        _conditions_met(policies, agreement),
                        *fallen,
                    ],
                    _limits(policies, agreement, items=items, under="withhold", whole=True),
                )


def _nobody_stands(policies: Policies) -> str:
    """Who meets no agreement's conditions is told so of every item alike."""
    standing = [
        f"(principal == {_entity('Role', role)} && context.purpose == {_text(purpose)} && {_met(policies, name)})"
        for (role, purpose), scheduled in policies.schedule.items()
        for name in scheduled
    ]
    head = f"permit (principal, action == {_entity('Action', 'withhold')}, resource)"
    return _policy("nobody stands", head, [], standing)


def _limits(
    policies: Policies, agreement: Agreement, *, items: list[str], under: Level, whole: bool = False
) -> list[str]:
    """When a rule leaves less than `under`; without those that a `forbid` says already, unless `whole`."""
    rules = [rule for rule in policies.rules if whole or under == "withhold" or not _binds_all(rule)]
    if under == "refer":
        rules = list(policies.rules)
    return [
        _applies(rule, agreement)
        for rule in (*rules, *policies.exceptions[agreement.id])
        if openness(rule.effect) < openness(under)
        and any(rule.concerns(item, policies.vocabulary.items[item].category) for item in items)
    ]


def _applies(rule: Rule, agreement: Agreement) -> str:
    parts = [_selected(rule), _condition(rule.when, agreement)]
    parts += [f"!({_condition(rule.unless, agreement)})"] if rule.unless else []
    parts += [f'{_glass(agreement)} != "yes"'] if rule.breakable else []
    return "(" + " && ".join(parts) + ")"


def _met(policies: Policies, name: str) -> str:
    return f"({_conditions_met(policies, policies.agreements[name])})"


def _conditions_met(policies: Policies, agreement: Agreement) -> str:
    """That the requester's safe conditions hold under `agreement`."""
    safe = [one for one in policies.protections.safe_conditions if one.stage == "requester"]
    return " && ".join(f"({_condition(one.need, agreement)})" for one in safe) or "true"


def _binds_all(rule: Rule) -> bool:
    """Whether the rule comes out the same under every agreement, which emergency access does not."""
    conditions = [rule.when, *([rule.unless] if rule.unless else [])]
    return not rule.breakable and all(fact != _BROKEN for one in conditions for fact, _ in one.named())


def _selected(rule: Rule) -> str:
    """That the item is one that the rule is about."""
    if rule.selects is None:
        return "true"
    kinds = zip(("Category", "Item"), rule.selects, strict=True)
    parts = [f"resource in {_list((kind, one) for one in sorted(names))}" for kind, names in kinds if names]
    return f"({' || '.join(parts)})"


def _condition(condition: Condition, agreement: Agreement | None) -> str:
    parts = [f"{_texts(values)}.contains({_fact(fact, agreement)})" for fact, values in condition.facts.items()]
    if condition.any_of:
        parts.append("(" + " || ".join(f"({_condition(part, agreement)})" for part in condition.any_of) + ")")
    if condition.negated:
        parts.append(f"!({_condition(condition.negated, agreement)})")
    return " && ".join(parts)


def _fact(fact: str, agreement: Agreement | None) -> str:
    return _glass(agreement) if agreement and fact == _BROKEN else f"context.{fact}"


def _glass(agreement: Agreement) -> str:
    """Emergency access as `agreement` sees it: nothing where it isn't allowed."""
    glass = agreement.break_glass
    if not (glass.allowed and glass.roles and glass.purposes):
        return '"no"'
    allowed = f"principal in {_entity('Glass', agreement.id)} && {_texts(glass.purposes)}.contains(context.purpose)"
    return f'(if {allowed} then context.{_BROKEN} else "no")'


def _is_secret(policies: Policies, item: str) -> bool:
    return policies.vocabulary.items[item].existence == "secret"


def _policy(name: str, head: str, when: Iterable[str], unless: Iterable[str]) -> str:
    holds, lifted = [one for one in when if one != "true"], list(unless)
    text = f"@id({_text(name)})\n{head}"
    text += f"\n  when {{ {' && '.join(holds)} }}" if holds else ""
    text += f"\n  unless {{ {' || '.join(lifted)} }}" if lifted else ""
    return text + ";\n"


def _entity(kind: str, name: str) -> str:
    return f"{kind}::{_text(name)}"


def _list(entities: Iterable[tuple[str, str]]) -> str:
    return "[" + ", ".join(_entity(kind, name) for kind, name in entities) + "]"


def _texts(values: Iterable[str]) -> str:
    return "[" + ", ".join(_text(value) for value in values) + "]"


def _text(value: str) -> str:
    return json.dumps(value)
