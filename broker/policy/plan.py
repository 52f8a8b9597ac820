"""One agreement and one item, ready to be judged over one-hot facts, and what is found.

Which rules hold of some facts is found anew each time, by one `and` for each mask; what follows from a set of rules is
worked out once and kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from broker.policy.agreement import Share
from broker.policy.interpret import Judgement, rank
from broker.policy.levels import Level, most_protective
from broker.policy.rules import Rule

KEPT = 4096
"""How much is kept at one place: enough for every set of rules there is in practice, and no way to fill the memory."""


@dataclass(frozen=True, eq=False)
class Ruleset:
    """The rules about an item under one agreement. `tests` are masks, each with the bit of the rule it stands for.

    That rule holds when the mask is clear. `minding` are the rules that ask themselves whether this is an emergency.
    """

    rules: tuple[Rule, ...]
    tests: tuple[tuple[int, int], ...]
    minding: frozenset[str]


@dataclass(frozen=True, eq=False)
class Found:
    """What rules leave of an item. `settled` is when emergency access can't open more.

    `kept` holds what is said of it, once that is made.
    """

    judgement: Judgement
    applied: tuple[Rule, ...]
    rank: tuple[int, int]
    settled: bool
    kept: dict[object, object] = field(default_factory=dict, repr=False)

    @property
    def level(self) -> Level:
        """The level that is left."""
        return self.judgement.level


@dataclass(frozen=True, eq=False)
class Plan:
    """What one agreement does with one item, for the roles and purposes of `share`, the clause; None if there is none.

    `glass` is the bit of emergency access, 0 where the agreement doesn't allow it; `quiet` makes `withhold` silent.
    """

    agreement: str
    item: str
    share: Share | None
    glass: int
    quiet: bool
    rules: Ruleset
    kept: dict[object, Found] = field(default_factory=dict, repr=False)

    def found(self, facts: int) -> Found:
        """What is left when `facts`, one-hot and as this agreement sees them, hold."""
        key = self._hits(facts)
        return self.kept.get(key) or self._keep(key, self._made(*key))

    def found_of(self, several: Sequence[int]) -> Found:
        """The most protective of what is left for each of `several`, with everything that applied in any of them."""
        if len(several) == 1:
            return self.found(several[0])
        keys = tuple(self._hits(facts) for facts in several)
        return self.kept.get(keys) or self._keep(keys, self._merged([self.found(facts) for facts in several]))

    def _hits(self, facts: int) -> tuple[int, bool]:
        """The rules that hold, as bits, and whether emergency access counts."""
        hits = 0
        for mask, rule in self.rules.tests:
            if not facts & mask:
                hits |= rule
        return hits, bool(facts & self.glass)

    def _keep(self, key: object, found: Found) -> Found:
        return self.kept.setdefault(key, found) if len(self.kept) < KEPT else found

    def _made(self, hits: int, broken: bool) -> Found:
        hit = [rule for n, rule in enumerate(self.rules.rules) if hits >> n & 1]
        applied = [rule for rule in hit if not (broken and rule.breakable)]
        level = most_protective([self.share.level if self.share else "withhold", *(rule.effect for rule in applied)])
        lifted = tuple(rule.id for rule in hit if broken and rule.breakable)
        return self._found(level, applied, lifted)

    def _merged(self, several: Sequence[Found]) -> Found:
        applied = list({rule.id: rule for found in several for rule in found.applied}.values())
        lifted = tuple(dict.fromkeys(name for found in several for name in found.judgement.lifted))
        return self._found(most_protective(found.level for found in several), applied, lifted)

    def _found(self, level: Level, applied: Sequence[Rule], lifted: tuple[str, ...]) -> Found:
        share = self.share
        duties = share.obligations if share else ()
        judgement = Judgement(
            level="withhold_silently" if level == "withhold" and self.quiet else level,
            agreement=self.agreement,
            clause=share.id if share else "",
            rules=(*(rule.id for rule in applied), *(() if share else ("S6",))),
            lifted=lifted,
            obligations=tuple(dict.fromkeys((*duties, *(name for rule in applied for name in rule.obligations)))),
        )
        settled = not any(rule.breakable or rule.id in self.rules.minding for rule in applied)
        return Found(judgement, tuple(applied), rank(judgement), settled)
