"""Terms and two people's signatures -> a grant, checked before it is used and not only where it is.

Each of the two signs on their own machine, with `broker-agency`; whoever needs the grant puts together what they send.
They are of two organisations, and for more than an agency's allowance neither of them is that agency's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from broker.errors import BadInput, NotAllowed, Untrusted
from broker.keys import context
from broker.keys.signing import verify_bytes
from broker.keys.trust import Trust
from broker.wire.fields import Wire, canonical
from broker.wire.grant import Grant, GrantSignature, GrantTerms
from broker.wire.policy_change import ChangeTerms, PolicyChange
from broker.wire.quota import QuotaGrant, QuotaTerms

PEOPLE = 2
_OTHERS = "it needs two people of two organisations"


def grant_of(terms: GrantTerms, signatures: Sequence[GrantSignature], *, trust: Trust) -> Grant:
    """The grant. Raises `BadInput` unless two different people signed, `NotAllowed` or `Untrusted` for a wrong one."""
    _check_number(signatures)
    grant = Grant(v=1, terms=terms, signatures=tuple(signatures))
    check_signatures(grant, trust)
    return grant


def quota_grant_of(terms: QuotaTerms, signatures: Sequence[GrantSignature], *, trust: Trust) -> QuotaGrant:
    """The leave for more questions or deliveries. Raises as `grant_of` does."""
    _check_number(signatures)
    grant = QuotaGrant(v=1, terms=terms, signatures=tuple(signatures))
    _check_people(terms, signatures, label=context.QUOTA_GRANT, trust=trust)
    return grant


def policy_change_of(terms: ChangeTerms, signatures: Sequence[GrantSignature]) -> PolicyChange:
    """A change of agreements with its signatures, which are checked where it is made. Raises `BadInput`."""
    _check_number(signatures)
    return PolicyChange(v=1, terms=terms, signatures=tuple(signatures))


def check_policy_change(change: PolicyChange, trust: Trust, *, now: dt.datetime) -> None:
    """Raises `NotAllowed` or `Untrusted` unless two granters of today's trust list let this place make the change."""
    if change.terms.place != trust.place:
        raise NotAllowed("grant-place", "the proposal is for another place")
    if change.terms.expires <= now.timestamp():
        raise NotAllowed("grant-expired", "the proposal has expired", hint="propose again, and have it signed")
    _check_people(change.terms, change.signatures, label=context.POLICY_CHANGE, trust=trust)


def check_signatures(grant: Grant, trust: Trust) -> None:
    """Raises `NotAllowed` or `Untrusted` unless different people of the trust list signed the terms of a run."""
    _check_people(grant.terms, grant.signatures, label=context.GRANT, trust=trust)


def check_quota_grant(grant: QuotaGrant, trust: Trust, *, agency: str, day: dt.date) -> None:
    """Raises `NotAllowed` or `Untrusted` unless two granters of today's trust list allow this agency more.

    `day` is today's UTC day; a grant whose days are still to come is good.
    """
    terms = grant.terms
    if (terms.place, terms.agency) != (trust.place, agency):
        raise NotAllowed("grant-place", "the grant is for another place or agency")
    if terms.last < day:
        raise NotAllowed("grant-expired", "the grant has expired", hint="a new one needs two signatures")
    _check_people(terms, grant.signatures, label=context.QUOTA_GRANT, trust=trust)
    if agency in map(_organisation, grant.signatures):
        raise NotAllowed("grant-own-agency", "who signed the grant is of the agency that it allows more")


def _check_people(terms: Wire, signatures: Sequence[GrantSignature], *, label: bytes, trust: Trust) -> None:
    message = label + canonical(terms)
    if len({signature.by for signature in signatures}) != len(signatures):
        raise NotAllowed("grant-one-person", "one person signed the grant twice", hint="it needs two people")
    for signature in signatures:
        try:
            verify_bytes(message, signature.signature, public_key=trust.granter(signature.by).public_key)
        except Untrusted:
            hint = "have these terms signed again"
            raise Untrusted("grant-signature", f"the signature of {signature.by} does not verify", hint=hint) from None
    if len({*map(_organisation, signatures)}) != len(signatures):
        raise NotAllowed("grant-one-organisation", "two people of one organisation signed the grant", hint=_OTHERS)


def _organisation(signature: GrantSignature) -> str:
    return signature.by.partition("/")[0]


def _check_number(signatures: Sequence[GrantSignature]) -> None:
    if len({signature.by for signature in signatures}) != PEOPLE or len(signatures) != PEOPLE:
        raise BadInput("grant-unsigned", "a grant takes the signatures of two different people", hint="one each")
