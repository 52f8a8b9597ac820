"""Every decision about one record, and which of them the asker may notice.

A record whose involvement is withheld silently is silent as a whole: any other item would give it away. Items that no
agreement schedules are decided and recorded too, but not told one by one, because that would tell that they exist.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from broker.policy.decide import decide_all
from broker.policy.decision import Decision
from broker.policy.facts import RecordFacts, Requester
from broker.policy.policies import Policies
from broker.story.held import HeldRecord

_INVOLVED = ("current", "historic")
"""The other two statuses say that there is nothing to tell: none found, not covered."""


@dataclass(frozen=True)
class Judged:
    """A record with its decisions. `told` are those whose traces the asker sees; `untold` are only in the audit log."""

    record: HeldRecord
    facts: RecordFacts
    involvement: Decision
    told: tuple[tuple[str, Decision], ...]
    untold: tuple[tuple[str, Decision], ...]

    @property
    def is_silent(self) -> bool:
        """Whether the asker must not learn that this record exists."""
        return self.involvement.level == "withhold_silently"

    @property
    def leads_on(self) -> bool:
        """Whether its relationships may be followed: they are part of what it tells."""
        return bool(self.told) and self.involvement.level in ("share", "reduced") and self.record.band == "certain"


def judge(policies: Policies, requester: Requester, record: HeldRecord, *, facts: RecordFacts, on: dt.date) -> Judged:
    """Decides the involvement and every item of `record`; opens nothing."""
    name = f"{record.source}.involvement"
    others = [item for item in sorted(set(record.items)) if item != name]
    involvement, *decided = decide_all(policies, requester, facts, items=(name, *others), on=on)
    items = list(zip(others, decided, strict=True))
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
