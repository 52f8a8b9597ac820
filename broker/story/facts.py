"""What a decision may depend on, from a record in hand and the register of protections.

The register is the broker's own, so that nothing in it *means* nothing there; what only a source can know and did not
say stays unknown, and the vocabulary says what that is taken for.
"""

from __future__ import annotations

import datetime as dt

from broker.policy.facts import RecordFacts
from broker.story.held import KEPT_AWAY, HeldPerson, HeldRecord


def facts_of_record(
    record: HeldRecord, person: HeldPerson, *, perpetrator_view: str, on: dt.date, fresh_days: int
) -> RecordFacts:
    """The facts about one record of `person` on a day; `fresh_days` is how old its `as of` date may be."""
    payload, register = record.payload, person.protections
    return RecordFacts(
        source=record.source,
        match="confirmed" if record.band == "certain" else "probable",
        record_age="fresh" if payload.as_of >= on - dt.timedelta(days=fresh_days) else "stale",
        age=_known(payload.age_band),
        wishes=_known(payload.wishes),
        risk=_known(payload.risk),
        objection=_objection(register),
        restriction="yes" if "restriction" in register else "no",
        protection=register & KEPT_AWAY,
        perpetrator_view=_known(perpetrator_view),
        deceased=_known(payload.deceased),
        third_party=_known(payload.third_party),
    )


def _known(value: str) -> str | None:
    return None if value == "unknown" else value


def _objection(register: frozenset[str]) -> str:
    if "objection_upheld" in register:
        return "upheld"
    return "pending" if "objection_pending" in register else "none"
