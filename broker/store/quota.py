"""Two people's leave for more questions, and how many questions an agency asks in an hour.

The allowance itself is charged in `store.deliveries`; what is unusual is said in `wire.quota`.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection, delete, insert, select, update

from broker.errors import Conflict
from broker.store import driver
from broker.store.tables import question_hours, quota_grants, quotas
from broker.wire.fields import parse
from broker.wire.quota import BASELINE_DAYS, QuotaGrant

_COUNT = (
    "INSERT INTO question_hours (agency, hour, questions, told) VALUES (?, ?, 1, FALSE)"
    " ON CONFLICT (agency, hour) DO UPDATE SET questions = question_hours.questions + 1"
    " RETURNING question_hours.questions, question_hours.told"
)
_KEPT_HOURS = 24 * (BASELINE_DAYS + 1)


def keep_grant(connection: Connection, grant: QuotaGrant) -> None:
    """Keeps a checked grant; the same terms once more allow nothing more. Raises `Conflict` for others of its id.

    The signatures are those that were handed in last: who signed before may have left the trust list.
    """
    terms = grant.terms
    found = connection.execute(select(quota_grants.c.content).where(quota_grants.c.id == terms.id)).scalar()
    if found is not None:
        if parse(QuotaGrant, found).terms != terms:
            raise Conflict("grant-other", "another grant has this id", hint="have new terms signed")
        kept = update(quota_grants).where(quota_grants.c.id == terms.id)
        connection.execute(kept.values(content=grant.model_dump_json()))
        return
    about = {"id": terms.id, "agency": terms.agency, "use": terms.use, "first": terms.first, "last": terms.last}
    connection.execute(insert(quota_grants), about | {"content": grant.model_dump_json()})


def grants_of(connection: Connection, agency: str, day: dt.date) -> list[QuotaGrant]:
    """The kept grants of an agency whose days hold `day`, in the order of their ids."""
    its_days = (quota_grants.c.agency == agency, quota_grants.c.first <= day, quota_grants.c.last >= day)
    query = select(quota_grants.c.content).where(*its_days).order_by(quota_grants.c.id)
    return [parse(QuotaGrant, content) for content in connection.scalars(query)]


def count_hour(connection: Connection, agency: str, hour: int) -> tuple[int, bool]:
    """Counts a question; how many the hour has now, and whether it was told of before. `hour` is since 1970."""
    [(count, told)] = driver.marked(connection, _COUNT, (agency, hour))
    if count == 1:
        old = (question_hours.c.agency == agency, question_hours.c.hour < hour - _KEPT_HOURS)
        connection.execute(delete(question_hours).where(*old))
    return count, bool(told)


def mark_told(connection: Connection, agency: str, hour: int) -> None:
    """That this hour's questions have been told of."""
    about = (question_hours.c.agency == agency, question_hours.c.hour == hour)
    connection.execute(update(question_hours).where(*about).values(told=True))


def hours_before(connection: Connection, agency: str, day: dt.date) -> list[int]:
    """Questions of the hours in which the agency asked, in the 28 days before `day`."""
    today = int(dt.datetime.combine(day, dt.time(), dt.UTC).timestamp()) // 3_600
    hours = question_hours.c.hour.between(today - 24 * BASELINE_DAYS, today - 1)
    return list(connection.scalars(select(question_hours.c.questions).where(question_hours.c.agency == agency, hours)))


def days_before(connection: Connection, agency: str, day: dt.date) -> list[int]:
    """What was charged as questions on the 28 days before `day` on which anything was."""
    days = quotas.c.day.between(day - dt.timedelta(days=BASELINE_DAYS), day - dt.timedelta(days=1))
    query = select(quotas.c.questions).where(quotas.c.agency == agency, days, quotas.c.questions > 0)
    return list(connection.scalars(query))
