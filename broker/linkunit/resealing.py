"""Envelopes under an old key come back under the newest, and what an agency sealed inside stays as it is.

Every step may rely on the ones before: two people allow it, it is counted on disk, and only then are envelopes opened.
Nothing is compared and nothing is said of what is inside; of an unusable one, only where it stood.
"""

from __future__ import annotations

import hashlib

from broker.errors import NotAllowed, Untrusted
from broker.keys import context, sealing, signing
from broker.linkunit import grants
from broker.linkunit.comparing import Comparing
from broker.linkunit.envelopes import Opener
from broker.wire.grant import RESEAL
from broker.wire.reseal import ResealAnswer, ResealRequest


def reseal(asked: ResealRequest, comparing: Comparing, *, nonce: str, now: int) -> ResealAnswer:
    """The same statements under the newest envelope key, signed; `now` in seconds since 1970.

    Raises `NotAllowed` or `Untrusted` for a grant that does not allow it, `Conflict` for a request that was answered
    before, `QuotaReached` when the openings of the grant are used up.
    """
    terms, opener = asked.grant.terms, comparing.opener
    # 1. Two people allow it, now, and for this: leave to compare is none to have envelopes made.
    grants.check_grant(asked.grant, opener.trust, now=now)
    if terms.purpose != RESEAL:
        raise NotAllowed("grant-purpose", f"the grant is not for `{RESEAL}`", hint="two people grant it")
    # 2. It is counted, on disk.
    grants.count_reseal(comparing.ledger, terms, len(asked.envelopes), nonce=nonce, now=now)
    # 3. Posted envelopes only: a question's is used within a minute, or never.
    resealed = [_resealed(envelope, opener) for envelope in asked.envelopes]
    unsigned = ResealAnswer(
        v=1,
        grant=terms.id,
        seal=opener.trust.linkage_unit.seal_number,
        received=tuple(hashlib.sha256(envelope).hexdigest() for envelope in asked.envelopes),
        unusable=tuple(at for at, envelope in enumerate(resealed) if envelope is None),
        envelopes=tuple(envelope for envelope in resealed if envelope is not None),
        signature=signing.UNSIGNED,
    )
    return signing.sign(unsigned, context.RESEALED, signing_key=comparing.signing_key)


def _resealed(envelope: bytes, opener: Opener) -> bytes | None:
    """The envelope under the newest key, None when it can't be used: the agency's signature stays inside."""
    try:
        statement, plain = opener.unsealed(envelope)
    except Untrusted:
        return None
    if statement.use != "post":
        return None
    trust = opener.trust
    info = context.bind(context.EVIDENCE_SEAL, trust.place, opener.scheme.digest)
    return sealing.seal_classical(plain, trust.linkage_unit.seal_key, info=info)
