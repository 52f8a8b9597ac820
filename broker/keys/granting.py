"""Terms and two people's signatures -> a grant, checked before a run begins and not only where it is used.

Each of the two signs on their own machine, with `broker-agency grant`; the operator puts what they send together.
"""

from __future__ import annotations

from collections.abc import Sequence

from broker.errors import BadInput, Untrusted
from broker.keys import context
from broker.keys.signing import verify_bytes
from broker.keys.trust import Trust
from broker.wire.fields import canonical
from broker.wire.grant import Grant, GrantSignature, GrantTerms

PEOPLE = 2


def grant_of(terms: GrantTerms, signatures: Sequence[GrantSignature], *, trust: Trust) -> Grant:
    """The grant. Raises `BadInput` unless two different people signed, `NotAllowed` or `Untrusted` for a wrong one."""
    if len({signature.by for signature in signatures}) != PEOPLE or len(signatures) != PEOPLE:
        raise BadInput("grant-unsigned", "a grant takes the signatures of two different people", hint="one each")
    for signature in signatures:
        granter = trust.granter(signature.by)
        try:
            message = context.GRANT + canonical(terms)
            verify_bytes(message, signature.signature, public_key=granter.public_key)
        except Untrusted:
            hint = "have `broker-agency grant` run again, on these terms"
            raise Untrusted("grant-signature", f"the signature of {signature.by} does not verify", hint=hint) from None
    return Grant(v=1, terms=terms, signatures=tuple(signatures))
