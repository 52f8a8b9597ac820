"""What the linkage unit says has been used of a grant, against the terms that its granters signed. Pure.

more than was granted     blocks, openings or time beyond the terms: the linkage unit does not keep them
strangers                 blocks were filled with records that no match key speaks for
"""

from __future__ import annotations

from collections.abc import Iterator

from broker.agency.reconcile_deliveries import MAX_AGE_SECONDS, Alarm
from broker.errors import Untrusted
from broker.keys import context, signing
from broker.keys.trust import Trust
from broker.wire.counts import DAY_STRANGERS, GrantStatement, are_many
from broker.wire.grant import GrantTerms


def check_used(statement: GrantStatement, trust: Trust, *, grant: bytes, now: int) -> None:
    """Raises `Untrusted` unless the linkage unit signed it, about this grant, just now."""
    signing.verify_any(statement, context.GRANT_USED, public_keys=trust.linkage_unit.signing_keys)
    if statement.grant != grant:
        raise Untrusted("statement-other", "the linkage unit's statement is about another grant")
    if abs(statement.made - now) > MAX_AGE_SECONDS:
        hint = "check this machine's clock"
        raise Untrusted("statement-old", "the linkage unit's statement is not of now", hint=hint)


def grant_alarms(statement: GrantStatement, terms: GrantTerms) -> Iterator[Alarm]:
    """Everything that the terms do not allow, and strangers."""
    used = (statement.blocks, statement.openings, statement.last)
    if any(one > most for one, most in zip(used, (terms.count, terms.openings, terms.expires), strict=True)):
        yield Alarm("beyond-the-grant", "more was compared than you allowed, or later: ask the linkage unit why")
    if are_many(statement.strangers, statement.different):
        some = f"{statement.strangers:,} of {statement.different:,} records compared, more than {DAY_STRANGERS:.0%},"
        why = "share no match key with the granted ones: the broker may have compared records of its choice"
        yield Alarm("strangers", f"{some} {why}")
