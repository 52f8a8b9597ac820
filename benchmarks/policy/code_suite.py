"""What the evaluator's code must hold, on cases whose answers are known: it kills mutants, and spares the code.

interpreter = evaluator, whole           on requests drawn for the shipped policies and for random ones
their level = the analyser's             which shares no code with them but the rules as written
emergency access, conditions of the requester, several protections, records of another source
rules say what is written; conditions that aren't in the language are refused
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from benchmarks.policy import random_policies
from benchmarks.policy.code_mutants import MUTATED, Mutant, count, mutant, universe
from benchmarks.policy.requests import requests
from broker.policy import outcomes
from broker.policy.agreement import BreakGlass
from broker.policy.condition import Condition, holds
from broker.policy.interpret import Cell
from broker.policy.levels import LEVELS
from broker.policy.load import load_policies
from broker.policy.packed import layout, one_hot, pack
from broker.policy.policies import Policies
from broker.policy.written import Written

Modules = Mapping[str, Any]
NOT_CONDITIONS: tuple[Any, ...] = (
    {},
    {"any": []},
    {"risk": []},
    {"risk": "none", "any": []},
    "risk",
    ["risk"],
    {"not": {}},
)


class Broken(Exception):
    """Something does not hold."""


@dataclass(frozen=True)
class Asked:
    """One request with its known level."""

    cell: Cell
    facts: Mapping[str, str]
    bits: int
    level: str


@dataclass(frozen=True)
class Case:
    """Policies, the files they are of, and requests."""

    files: Mapping[str, str]
    policies: Policies
    asked: Sequence[Asked]


def cases(shipped: Mapping[str, str], *, sets: int, each: int, seed: int) -> list[Case]:
    """The shipped policies and `sets` random ones, with `each` requests, and the analyser's level for each."""
    rng = Random(seed)
    drawn = [random_policies.files(Random(seed + n)) for n in range(sets)]
    return [_case(files, each=each, rng=rng) for files in (*drawn, shipped)]


def killed(planted: Mutant | None, known: Iterable[Case]) -> bool:
    """Whether anything notices `planted`; with None, whether the code as it is fails."""
    with universe(planted) as modules:
        try:
            for case in known:
                check(modules, case, reload=planted is not None and planted.file == "condition")
        except Exception:  # noqa: BLE001 - whatever goes wrong has been noticed
            return True
    return False


def survivors(
    chosen: Sequence[tuple[str, int]], known: Sequence[Case], *, progress: Callable[[int], object] = lambda _: None
) -> list[Mutant]:
    """Those of the `chosen` mutants, each a file and a number, that nothing noticed."""
    found = []
    for file, number in chosen:
        planted = mutant(file, number)
        if not killed(planted, known):
            found.append(planted)
        progress(1)
    return found


def every() -> list[tuple[str, int]]:
    """Every mutant of the evaluator's code, as a file and a number."""
    return [(file, number) for file in MUTATED for number in range(count(file))]


def check(modules: Modules, case: Case, *, reload: bool) -> None:
    """Raises whatever goes wrong, `Broken` where nothing else does."""
    policies = modules["load"].load_policies(case.files) if reload else _with_rules(modules, case.policies)
    if reload:
        _conditions(modules["condition"])
    _rules(case.policies, policies)
    _ranks(modules["interpret"])
    evaluator = modules["compile"].compiled(policies)
    _must(modules["compile"].compiled(policies) is evaluator, "an evaluator is made twice")
    _masks(evaluator, policies)
    for one in case.asked:
        cell = modules["interpret"].Cell(one.cell.role, one.cell.purpose, one.cell.item)
        norm = modules["interpret"].judge(policies, cell, one.facts)
        _must(norm == evaluator.judge(cell, one.bits), "two meanings")
        _must(norm.level == one.level, "another level than the analyser's")
        _must(_cited(case.policies, norm, one), "another reason, or another agreement")
    for n, one in enumerate(case.asked):
        _evaluator(case.policies, evaluator, one, other=case.asked[n - 1])


def _case(files: Mapping[str, str], *, each: int, rng: Random) -> Case:
    policies = load_policies(files)
    drawn = sorted(requests(policies, each, rng=rng), key=lambda one: (one[0].role, one[0].purpose, one[0].item))
    drawn += _unfit(policies, drawn[0][1])
    return Case(files, policies, [_asked(policies, cell, facts) for cell, facts in drawn])


def _unfit(policies: Policies, facts: dict[str, str]) -> list[tuple[Cell, dict[str, str]]]:
    """Purposes that aren't the role's, one that nobody has, and a role that nobody has."""
    vocabulary = policies.vocabulary
    item = next(iter(vocabulary.items))
    foreign = [
        Cell(role, purpose, item)
        for role, entry in vocabulary.roles.items()
        for purpose in (*vocabulary.purposes, "no_purpose")
        if purpose not in entry.purposes
    ]
    return [(cell, facts) for cell in (*foreign[:8], Cell("no.role", "early_help", item))]


def _asked(policies: Policies, cell: Cell, facts: Mapping[str, str]) -> Asked:
    place = pack(policies.vocabulary, facts)
    level = next(level for level, held in outcomes.levels(policies, cell).items() if held >> place & 1)
    return Asked(cell, facts, one_hot(policies.vocabulary, facts), level)


def _with_rules(modules: Modules, policies: Policies) -> Policies:
    """`policies` with the rules that the mutated code makes of them."""
    rules, vocabulary = modules["rules"], policies.vocabulary
    own = {
        name: tuple(rules.from_limit(one, vocabulary) for one in agreement.exceptions)
        for name, agreement in policies.agreements.items()
    }
    return replace(policies, rules=rules.global_rules(policies.protections, vocabulary), exceptions=own)


def _conditions(module: Any) -> None:
    for written in NOT_CONDITIONS:
        try:
            module.Condition.model_validate(written)
        except ValueError:
            continue
        raise Broken("what is no condition is taken for one")


def _rules(before: Policies, after: Policies) -> None:
    """Every rule says what is written, and is secret exactly when it names a secret fact."""
    written = before.protections
    globally: list[Written] = [*written.safe_conditions, *written.protections, *written.always]
    pairs = list(zip(globally, after.rules, strict=True))
    for name, agreement in before.agreements.items():
        pairs += zip(agreement.exceptions, after.exceptions[name], strict=True)
    secrets = {name for name, fact in before.vocabulary.facts.items() if fact.secret}
    for said, rule in pairs:
        data = json.loads(said.model_dump_json())
        named = {
            name for name in secrets if f'"{name}"' in json.dumps([data.get(k) for k in ("when", "unless", "need")])
        }
        _must(rule.id == data["id"], "another id")
        _must((rule.because, rule.remedy) == (data.get("because", ""), data.get("remedy", "")), "another text")
        _must(rule.effect == data.get("effect", "share" if "add" in data else "withhold"), "another effect")
        _must(list(rule.obligations) == data.get("add", data.get("obligations", [])), "other obligations")
        _must(rule.breakable == data.get("breakable", False), "breakable or not")
        _must(rule.secret == (bool(named) and "add" not in data), "secret or not")
        items = data.get("items")
        for name, item in before.vocabulary.items.items():
            about = items is None or item.category in items["category"] or name in items["items"]
            _must(rule.concerns(name, item.category) == about, "about another item")


def _ranks(module: Any) -> None:
    """Of equal levels the one that reduces least wins; a notice takes nothing away."""
    made = [
        module.rank(module.Judgement(level, "", "", (), (), obligations))
        for level in LEVELS
        for obligations in (
            ("generalise", "flag_only"),
            ("generalise", "tell_person"),
            ("tell_person", "notify_source"),
        )
    ]
    _must(made == sorted(set(made)), "another order")


def _masks(evaluator: Any, policies: Policies) -> None:
    """No mask is there that another makes needless, or that leaves a fact no value."""
    wholes = [evaluator.layout.bits(fact) for fact in policies.vocabulary.facts]
    for rule in policies.rules:
        for masks in (evaluator.masker.met(rule.when), evaluator.masker.turned(evaluator.masker.met(rule.when))):
            _must(len(set(masks)) == len(masks), "a mask twice")
            _must(all(mask & whole != whole for mask in masks for whole in wholes), "a mask that never is")
            _must(not any(one != other and one & other == other for one in masks for other in masks), "a needless mask")


def _cited(policies: Policies, norm: Any, one: Asked) -> bool:
    """A requester who may not ask at all is told why; what nobody schedules is judged by the first that stands."""
    role = policies.vocabulary.roles.get(one.cell.role)
    if role is None:
        return bool(norm.rules == ("S4r",))
    if one.cell.purpose not in role.purposes or one.cell.purpose not in policies.vocabulary.purposes:
        return bool(norm.rules == ("S1",))
    scheduled = policies.schedule.get((one.cell.role, one.cell.purpose))
    if scheduled is None:
        return bool(norm.rules == ("S6",))
    failed = {name: _failed(policies, policies.agreements[name].break_glass, one) for name in scheduled}
    standing = [name for name in scheduled if not failed[name]]
    granting = [name for name in standing if one.cell.item in scheduled[name]]
    if granting:
        return norm.agreement in granting and bool(norm.clause)
    if standing:
        return (norm.agreement, norm.clause) == (standing[0], "") and norm.rules[-1] == "S6"
    # The refusal is that of the agreement which they come nearest to, of equals the first.
    nearest = min(scheduled, key=lambda name: len(failed[name]))
    return (norm.agreement, norm.clause, norm.rules) == (nearest, "", tuple(failed[nearest]))


def _failed(policies: Policies, glass: BreakGlass, one: Asked) -> list[str]:
    """The conditions of the requester that don't hold under the agreement with this `glass`."""
    allowed = glass.allowed and one.cell.role in glass.roles and one.cell.purpose in glass.purposes
    seen = one.facts if allowed else {**one.facts, "break_glass": "no"}
    asked = [safe for safe in policies.protections.safe_conditions if safe.stage == "requester"]
    return [safe.id for safe in asked if not holds(_real(safe.need), seen)]


def _evaluator(policies: Policies, evaluator: Any, one: Asked, *, other: Asked) -> None:
    """What the run time asks of the evaluator besides judging."""
    vocabulary = policies.vocabulary
    secret = {name for name, fact in vocabulary.facts.items() if fact.secret}
    _must(evaluator.secret == secret, "other facts are secret")
    for value, made in (("yes", evaluator.broken(one.bits)), ("no", evaluator.calm(one.bits))):
        _must(made == one_hot(vocabulary, {**one.facts, "break_glass": value}), "other facts")
    failed = [
        safe.id
        for safe in policies.protections.safe_conditions
        if safe.stage == "requester" and not holds(_real(safe.need), one.facts)
    ]
    _must([safe.id for safe in evaluator.failed(one.bits)] == failed, "other conditions fail")
    _must(evaluator.stands(one.bits) == (not failed), "another standing")
    if (one.cell.role, one.cell.purpose) not in policies.schedule:
        return
    mine = evaluator.planned(one.cell.role, one.cell.purpose, item=one.cell.item)
    foreign = evaluator.planned(one.cell.role, one.cell.purpose, item=one.cell.item, ours=False).plans
    _must(mine is evaluator.planned(one.cell.role, one.cell.purpose, item=one.cell.item), "plans are made twice")
    granting = tuple((n, plan) for n, plan in enumerate(mine.plans) if plan.share is not None)
    _must(mine.granting == granting, "other plans grant")
    for plan in (*mine.plans, *foreign):
        _plan(policies, evaluator, plan, bits=(one.bits, other.bits))
    for plan in foreign:
        found = plan.found(one.bits)
        _must(plan.share is None and found.level == "withhold_silently", "a record of another source is told")
        _must(plan.found(one.bits) is found, "found twice")


def _plan(policies: Policies, evaluator: Any, plan: Any, *, bits: tuple[int, int]) -> None:
    """Several protections at once, and what emergency access changes."""
    glass = layout(policies.vocabulary).place("break_glass", "yes")[0]
    _must(plan.glass in (0, glass), "another bit of emergency")
    first, second = (plan.found(one) for one in bits)
    both = plan.found_of(bits)
    _must(both.level == min((first.level, second.level), key=LEVELS.index), "not the most protective")
    for name in ("rules", "lifted", "obligations"):
        union = {*getattr(first.judgement, name), *getattr(second.judgement, name)}
        _must(set(getattr(both.judgement, name)) == union, "not everything that applied")
        _must(len(set(getattr(both.judgement, name))) == len(getattr(both.judgement, name)), "something twice")
    _must([rule.id for rule in both.applied] == [one for one in both.judgement.rules if one != "S6"], "others applied")
    _must(plan.found_of(bits[:1]).judgement == first.judgement, "one of several is not the one")
    minded = any(rule.breakable or _names_glass(rule) for rule in first.applied)
    _must(minded or first.settled, "settled, and not so called")
    if first.settled:
        calm, broken = (plan.found(turned(bits[0])) for turned in (evaluator.calm, evaluator.broken))
        _must(LEVELS.index(broken.level) <= LEVELS.index(calm.level) or bool(bits[0] & glass), "emergency opens it")


def _names_glass(rule: Any) -> bool:
    conditions = [rule.when, *([rule.unless] if rule.unless else [])]
    return any(fact == "break_glass" for one in conditions for fact, _ in one.named())


def _real(condition: Any) -> Condition:
    return Condition.model_construct(**dict(condition))


def _must(holds_: bool, what: str) -> None:
    if not holds_:
        raise Broken(what)
