"""Two people's leave for more than an agency's allowance is taken in, and counts for as long as both may grant.

Taking one in is an event of the audit log (`admin`, act `quota-grant`, with the grant's id). It is checked again each
time that the allowance alone is not enough: one signed by somebody who left the trust list since allows nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from sqlalchemy import Connection

from broker import observe
from broker.actions.publish_checkpoint import prove
from broker.errors import BrokerError
from broker.keys.granting import check_quota_grant
from broker.parts import Parts
from broker.store import quota
from broker.store.engine import Released
from broker.wire.quota import QuotaGrant, QuotaTaken


def raise_allowance(parts: Parts, grant: QuotaGrant, *, agency: str) -> Released[QuotaTaken]:
    """Takes in a grant for `agency`, once or again. Raises `NotAllowed`, `Untrusted` or `Conflict`."""
    now, terms = parts.now(), grant.terms
    check_quota_grant(grant, parts.trust, agency=agency, day=now.date())
    stamp = parts.stamp(agency, at=now)
    event = stamp.event("admin", {"act": "quota-grant", "what": terms.id.hex()}, {})
    entry = parts.entry(event)
    with parts.store.begin() as tx:
        quota.keep_grant(tx.connection, grant)
        tx.audit(entry)
    prove(parts, [entry.id])
    observe.event("allowance.raised", agency=agency, use=terms.use, count=terms.more)
    return parts.store.recorded(QuotaTaken(v=1, id=terms.id), entry.id)


def more_questions(parts: Parts, connection: Connection, agency: str, *, day: dt.date) -> Callable[[], int]:
    """Says, when it is asked, how many questions more two people allow the agency on `day`."""

    def more() -> int:
        grants = [one for one in quota.grants_of(connection, agency, day) if one.terms.use == "ask"]
        return sum(one.terms.more for one in grants if _stands(parts, one, day=day))

    return more


def _stands(parts: Parts, grant: QuotaGrant, *, day: dt.date) -> bool:
    try:
        check_quota_grant(grant, parts.trust, agency=grant.terms.agency, day=day)
    except BrokerError:
        return False
    return True
