"""Why not: the smallest changes of the facts under which more would be seen. Exact, and each is tried out first.

    why_not(policies, Cell("council.keyworker", "early_help", "ed.attendance"), facts)
    (Step(changes=(("record_age", ("fresh",)),), level="share", say="[how old the record is: fresh]"),)

No step changes a secret fact, and secret facts are taken at their plain value, whatever they are: so the steps are the
same whether or not a secret fact applies, and say nothing of it. Of a silent withholding there are none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import product

from broker.policy.compile import Compiled, compiled
from broker.policy.decision import Decision, Refusal
from broker.policy.interpret import Cell, unfit_for
from broker.policy.levels import LEVELS, Level, openness
from broker.policy.masks import Masks
from broker.policy.packed import one_hot, unpack
from broker.policy.plan import KEPT, Plan
from broker.policy.policies import Policies
from broker.policy.space import PLAIN
from broker.policy.words import one_fact

_CLOSED = openness("withhold")


@dataclass(frozen=True)
class Step:
    """Facts to change together, each to any of its values here; then the item is at `level`. `say` are the changes.

    A step for a requester who may not ask at all has the level `withhold`: it lets them ask, and promises no item.
    """

    changes: tuple[tuple[str, tuple[str, ...]], ...]
    level: Level
    say: str


def why_not(policies: Policies, cell: Cell, facts: Mapping[str, str]) -> tuple[Step, ...]:
    """The minimal changes of `facts`, which hold under every agreement, that open `cell` more; the shortest first."""
    if unfit_for(policies, cell.role, purpose=cell.purpose):
        return ()
    explainer = _explainer(policies)
    plans = explainer.evaluator.planned(cell.role, cell.purpose, item=cell.item).plans
    return explainer.steps(plans, [one_hot(policies.vocabulary, facts)] * len(plans), admit=False)


def more_if(policies: Policies, made: Decision | Refusal) -> tuple[Step, ...]:
    """The same for a decision as it was made, or for a refusal of the requester; none for a silent withholding."""
    if not made.packed or (isinstance(made, Decision) and made.level in ("share", "withhold_silently")):
        return ()
    explainer, asker = _explainer(policies), made.facts["requester"]
    item = made.item if isinstance(made, Decision) else ""
    plans = explainer.evaluator.planned(asker["role"], asker["purpose"], item=item).plans
    facts = [
        one_hot(policies.vocabulary, unpack(policies.vocabulary, made.packed[plan.agreement][0])) for plan in plans
    ]
    refused = isinstance(made, Refusal) or not any(map(explainer.evaluator.stands, facts))
    return explainer.steps(plans, facts, admit=refused)


class _Explainer:
    """Works out steps. What must be so for a level to be reached is worked out once for each plan and level."""

    def __init__(self, evaluator: Compiled) -> None:
        self.evaluator = evaluator
        self.vocabulary = evaluator.policies.vocabulary
        places = evaluator.layout.places
        self.wholes = {fact: evaluator.layout.bits(fact) for fact in places}
        self.named = {bit: (fact, value) for fact, values in places.items() for value, (bit, _) in values.items()}
        neutral = {fact: self._neutral(fact) for fact in evaluator.secret}
        self.fixed = [(self.wholes[fact], places[fact][value][0]) for fact, value in neutral.items()]
        self.goals: dict[tuple[Plan, int], Masks] = {}
        self.made: dict[object, tuple[Step, ...]] = {}

    def steps(self, plans: Sequence[Plan], facts: Sequence[int], *, admit: bool) -> tuple[Step, ...]:
        """The minimal steps from `facts`, one-hot as the agreement of each of `plans` sees them.

        They lead to a more open level, or where `admit` is so to an agreement under which the requester may ask.
        """
        seen = tuple(self._plainly(x) for x in facts)
        key = (plans, seen, admit)
        if key not in self.made:
            if len(self.made) >= KEPT:
                self.made.clear()
            self.made[key] = tuple(self._steps(plans, seen, admit))
        return self.made[key]

    def _steps(self, plans: Sequence[Plan], facts: Sequence[int], admit: bool) -> Iterator[Step]:
        now = self._reached(plans, facts, admit)
        if now == openness("withhold_silently") and not admit:
            return
        tried = {}
        for change in _minimal(self._candidates(plans, facts, now, admit)):
            reached = self._reached(plans, [self._changed(x, change) for x in facts], admit)
            if reached > now:
                tried[change] = reached
        for changes, reached in self._grouped(tried):
            say = " and ".join(one_fact(self.vocabulary, fact, values) for fact, values in changes)
            yield Step(changes, LEVELS[_CLOSED if admit else reached], say)

    def _reached(self, plans: Sequence[Plan], facts: Sequence[int], admit: bool) -> int:
        """How open the item is; where `admit` is so, 1 if the requester may ask and 0 if not."""
        evaluator = self.evaluator
        seen = [x if plan.glass else evaluator.calm(x) for plan, x in zip(plans, facts, strict=True)]
        standing = [(plan, x) for plan, x in zip(plans, seen, strict=True) if evaluator.stands(x)]
        if admit or not standing:
            return int(bool(standing)) if admit else _CLOSED
        granting = [pair for pair in standing if pair[0].share is not None] or standing[:1]
        return max(plan.found(x).rank[0] for plan, x in granting)

    def _candidates(self, plans: Sequence[Plan], facts: Sequence[int], now: int, admit: bool) -> Iterator[int]:
        """Every change, as the bits of the new values, that leads into a box of the goal and leaves the rest alone."""
        for plan, x in zip(plans, facts, strict=True):
            seen = x if plan.glass else self.evaluator.calm(x)
            for mask in self._goal(plan, -1 if admit else now):
                wrong = [whole for whole in self.wholes.values() if seen & mask & whole]
                yield from map(sum, product(*(_bits(whole & ~mask) for whole in wrong)))

    def _goal(self, plan: Plan, now: int) -> Masks:
        """What must be so for `plan` to be more open than `now`; with -1, for its agreement to let them ask."""
        key = (plan, now)
        if key not in self.goals:
            self.goals[key] = self._made_goal(plan, now)
        return self.goals[key]

    def _made_goal(self, plan: Plan, now: int) -> Masks:
        masker = self.evaluator.masker
        parts = [masks for _, masks in self.evaluator.conditions]
        if now >= 0:
            if plan.share is None or openness(plan.share.level) <= now:
                return ()
            parts += [self._stopped(plan, n) for n, rule in enumerate(plan.rules.rules) if openness(rule.effect) <= now]
        return reduce(masker.both, (self._possible(plan, masks) for masks in parts), (0,))

    def _stopped(self, plan: Plan, n: int) -> Masks:
        """What must be so for the rule `n` of `plan` not to limit: it doesn't hold, or emergency access lifts it."""
        masker = self.evaluator.masker
        masks = tuple(mask for mask, bit in plan.rules.tests if bit == 1 << n)
        lifted: Masks = (
            (self.wholes["break_glass"] & ~plan.glass,) if plan.glass and plan.rules.rules[n].breakable else ()
        )
        return masker.either([masker.turned(masks), lifted])

    def _possible(self, plan: Plan, masks: Masks) -> Masks:
        """`masks` where the secret facts are plain and, if it isn't allowed, there is no emergency access."""
        calm = [] if plan.glass else [(self.wholes["break_glass"], self.evaluator.calm(0))]
        for whole, bit in (*self.fixed, *calm):
            masks = tuple(mask & ~whole for mask in masks if not mask & bit)
        return masks

    def _grouped(self, tried: Mapping[int, int]) -> list[tuple[tuple[tuple[str, tuple[str, ...]], ...], int]]:
        """Changes of the same facts to the same level, said together: the fewest facts first, then the most open.

        Those that need an emergency come last, as nobody is to be talked into one.
        """
        groups: dict[tuple[tuple[str, ...], int], list[tuple[tuple[str, ...], ...]]] = {}
        for change, reached in tried.items():
            pairs = dict(self.named[bit] for bit in _bits(change))
            facts = tuple(fact for fact in self.wholes if fact in pairs)
            groups.setdefault((facts, reached), []).append(tuple((pairs[fact],) for fact in facts))
        order = list(self.wholes)

        def place(one: tuple[tuple[str, ...], int]) -> tuple[bool, int, int, list[int]]:
            facts, reached = one
            return "break_glass" in facts, len(facts), -reached, [order.index(fact) for fact in facts]

        return [
            (tuple(zip(facts, values, strict=True)), reached)
            for facts, reached in sorted(groups, key=place)
            for values in _joined(groups[facts, reached])
        ]

    def _plainly(self, x: int) -> int:
        for whole, bit in self.fixed:
            x = x & ~whole | bit
        return x

    def _changed(self, x: int, change: int) -> int:
        for whole in self.wholes.values():
            if change & whole:
                x = x & ~whole | change & whole
        return x

    def _neutral(self, fact: str) -> str:
        values = self.vocabulary.facts[fact].values
        return next((value for value in PLAIN.get(fact, ()) if value in values), values[0])


def _explainer(policies: Policies) -> _Explainer:
    made = policies.kept.get(_Explainer) or policies.kept.setdefault(_Explainer, _Explainer(compiled(policies)))
    if not isinstance(made, _Explainer):
        raise TypeError("what is kept under _Explainer is an _Explainer")
    return made


def _bits(mask: int) -> Iterator[int]:
    while mask:
        yield mask & -mask
        mask &= mask - 1


def _minimal(changes: Iterable[int]) -> list[int]:
    """`changes` without those that hold another."""
    kept: list[int] = []
    for change in sorted(set(changes), key=lambda one: (one.bit_count(), one)):
        if not any(other & ~change == 0 for other in kept):
            kept.append(change)
    return kept


def _joined(rows: list[tuple[tuple[str, ...], ...]]) -> list[tuple[tuple[str, ...], ...]]:
    """Rows of values, those that differ in one place only made one row with all the values of that place."""
    for place in range(len(rows[0])):
        same: dict[tuple[tuple[str, ...], ...], list[str]] = {}
        for row in rows:
            same.setdefault((*row[:place], *row[place + 1 :]), []).extend(row[place])
        rows = [(*rest[:place], tuple(values), *rest[place:]) for rest, values in same.items()]
    return rows
