"""More questions than an agency usually asks are an alarm in the audit log, at the question that makes them so.

    unusual-hour    three times the agency's own median hour of the last 28 days, or three times the floor
    unusual-day     the same of its days

The asker sees nothing of it, and nothing is refused. At most one alarm an hour; the linkage unit counts for itself.
"""

from __future__ import annotations

from broker import observe
from broker.actions.check_question import Checked
from broker.audit.act_events import alarm_event
from broker.parts import Parts
from broker.store import quota
from broker.store.engine import Tx
from broker.wire.quota import FLOORS, TIMES, is_unusual

HOUR, DAY = "unusual-hour", "unusual-day"


def watch(parts: Parts, tx: Tx, checked: Checked, *, cover: bytes, in_day: int) -> None:
    """Counts the question into its hour, and records an alarm when that, or the day's `in_day`, is unusual."""
    agency, hour = checked.requester.agency, int(checked.at.timestamp()) // 3_600
    in_hour, told = quota.count_hour(tx.connection, agency, hour)
    found = None if told else _unusual(tx, checked, in_hour=in_hour, in_day=in_day)
    if found is None:
        return
    rule, count = found
    quota.mark_told(tx.connection, agency, hour)
    stamp = parts.stamp(agency, at=checked.at)
    event = alarm_event(stamp, rule, count=count, staff=checked.question.assertion.staff, answer=cover.hex())
    tx.audit(parts.entry(event))
    observe.event("allowance.unusual", agency=agency, use="ask", count=count)


def _unusual(tx: Tx, checked: Checked, *, in_hour: int, in_day: int) -> tuple[str, int] | None:
    floor, agency, day = FLOORS["ask"], checked.requester.agency, checked.at.date()
    before = quota.hours_before(tx.connection, agency, day) if in_hour > TIMES * floor.hour else []
    if is_unusual(in_hour, before, floor=floor.hour):
        return HOUR, in_hour
    before = quota.days_before(tx.connection, agency, day) if in_day > TIMES * floor.day else []
    return (DAY, in_day) if is_unusual(in_day, before, floor=floor.day) else None
