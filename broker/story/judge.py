"""Every decision about one record, and which of them the asker may notice.

A record whose involvement is withheld silently is silent as a whole: any other item would give it away. Items that no
agreement schedules are decided and recorded too, but not told one by one, because that would tell that they exist.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, replace

from broker.policy.decide import decide_all
from broker.policy.decision import Decision
from broker.policy.facts import RecordFacts, Requester
from broker.policy.levels import openness
from broker.policy.policies import Policies
from broker.story.held import HeldRecord

_INVOLVED = ("current", "historic")
"""The other two statuses say that there is nothing to tell: none found, not covered."""


@dataclass(frozen=True)
class Judged:
    """A record with its decisions. `told` are those whose traces the asker sees; `untold` are only in the audit log.

    `allowed` are the items that are told more openly because a reviewer allowed them once. Of a service that has paused
    sharing (`is_paused`) nothing is told, whatever was decided.
    """

    record: HeldRecord
    facts: RecordFacts
    involvement: Decision
    told: tuple[tuple[str, Decision], ...]
    untold: tuple[tuple[str, Decision], ...]
    allowed: frozenset[str] = frozenset()
    is_paused: bool = False

    @property
    def is_silent(self) -> bool:
        """Whether the asker must not learn that this record exists."""
        return self.is_paused or self.involvement.level == "withhold_silently"

    def paused(self) -> Judged:
        """The same while its service has paused sharing."""
        return replace(self, told=(), untold=(*self.told, *self.untold), is_paused=True)

    @property
    def leads_on(self) -> bool:
        """Whether its relationships may be followed: they are part of what it tells, but not of what was allowed."""
        if not self.told or f"{self.record.source}.involvement" in self.allowed:
            return False
        return self.involvement.level in ("share", "reduced") and self.record.band == "certain"


def judge(
    policies: Policies,
    requester: Requester,
    record: HeldRecord,
    *,
    facts: RecordFacts,
    on: dt.date,
    allowed: Collection[str] = (),
) -> Judged:
    """Decides the involvement and every item of `record`; opens nothing.

    An item that is `allowed` is decided as in an emergency, where that opens more: exactly what emergency access lifts.
    """
    name = f"{record.source}.involvement"
    names = (name, *(item for item in sorted(set(record.items)) if item != name))
    made = dict(zip(names, decide_all(policies, requester, facts, items=names, on=on), strict=True))
    opened = _lifted(policies, requester, facts, made={item: made[item] for item in names if item in allowed}, on=on)
    involvement, *decided = (opened.get(item, made[item]) for item in names)
    judged = _judged(record, facts, involvement, list(zip(names[1:], decided, strict=True)))
    # What is not told was not opened: the log must not say that an allowance lifted it.
    untold = tuple((item, made[item]) for item, _ in judged.untold)
    return replace(judged, untold=untold, allowed=frozenset(item for item, _ in judged.told if item in opened))


def _lifted(
    policies: Policies, requester: Requester, facts: RecordFacts, *, made: dict[str, Decision], on: dt.date
) -> dict[str, Decision]:
    """The decisions of an emergency, for those of `made` that it opens more."""
    if not made or requester.break_glass:
        return {}
    broken = decide_all(policies, replace(requester, break_glass=True), facts, items=tuple(made), on=on)
    pairs = zip(made.items(), broken, strict=True)
    return {item: more for (item, one), more in pairs if openness(more.level) > openness(one.level)}


def _judged(record: HeldRecord, facts: RecordFacts, involvement: Decision, items: list[tuple[str, Decision]]) -> Judged:
    name = f"{record.source}.involvement"
    if involvement.level == "withhold_silently" or record.payload.status not in _INVOLVED:
        return Judged(record, facts, involvement, (), ((name, involvement), *items))
    told = [(name, involvement)]
    untold: list[tuple[str, Decision]] = []
    for item, decision in items:
        # Who to ring is said once, not item by item: that an item is there would tell what is not to be told.
        itemised = record.band == "certain" and involvement.level not in ("signpost", "refer")
        noticed = itemised and decision.level != "withhold_silently" and bool(decision.clause)
        (told if noticed else untold).append((item, decision))
    return Judged(record, facts, involvement, tuple(told), tuple(untold))
