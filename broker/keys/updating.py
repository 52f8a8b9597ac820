"""The update token of the linkage key: sealed by the linkage unit, and checked by the broker before it is believed.

    token = seal_update(step, factor, seal_key=..., signing_key=...)       at the linkage unit
    factor = open_update(token, trust, seal_keys=[...])                    at the broker

A wrong factor would turn every stored point into nobody's, for ever. So the broker takes it only when it carries the
published point K of the old epoch to the K' of the new one, which no other factor does.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey, MLKEM768X25519PublicKey

from broker import oprf
from broker.errors import BadInput, Untrusted
from broker.keys import context, sealing, signing
from broker.keys.custodial import SigningKey
from broker.keys.trust import Trust
from broker.wire.update import UpdateToken


def seal_update(
    unsealed: UpdateToken, factor: bytes, *, seal_key: MLKEM768X25519PublicKey, signing_key: SigningKey
) -> UpdateToken:
    """`unsealed` with `factor` sealed to the broker, signed."""
    sealed = sealing.seal_hybrid(factor, seal_key, info=_context(unsealed))
    return signing.sign(unsealed.model_copy(update={"sealed": sealed}), context.UPDATE, signing_key=signing_key)


def open_update(token: UpdateToken, trust: Trust, *, seal_keys: Sequence[MLKEM768X25519PrivateKey]) -> bytes:
    """The factor k' * k^-1 of `token`, for this place and the trust list's points.

    The new epoch may be one that the trust list does not name yet: then it is the linkage unit's signed word. Raises
    `Untrusted` for anything else, saying what does not fit.
    """
    check_update(token, trust)
    factor = _opened(token, seal_keys)
    try:
        fits = hmac.compare_digest(oprf.multiply(oprf.check_scalar(factor), token.public), token.next_public)
    except BadInput:
        fits = False
    if not fits:
        raise Untrusted("update-wrong", "the update token does not carry the old epoch's point to the new one's")
    return factor


def check_update(token: UpdateToken, trust: Trust) -> None:
    """Raises `Untrusted` unless the linkage unit signed `token` for this place and the trust list's points.

    For whoever can't open it: those who put the new epoch on the trust list.
    """
    try:
        signing.verify_any(token, context.UPDATE, public_keys=trust.linkage_unit.signing_keys)
    except Untrusted:
        raise Untrusted("update-unsigned", "the linkage unit of the trust list did not sign the update token") from None
    published = {key.epoch: key.public for key in trust.linkage_keys}
    old, new = published.get(token.from_epoch), published.get(token.epoch, token.next_public)
    if token.place != trust.place or old != token.public or new != token.next_public:
        hint = "fetch the trust list, and ask the linkage unit's operator for the token of these epochs"
        raise Untrusted("update-other", "the update token is for another place or other epochs", hint=hint)


def _opened(token: UpdateToken, keys: Sequence[MLKEM768X25519PrivateKey]) -> bytes:
    for key in reversed(keys):
        try:
            return sealing.open_hybrid(token.sealed, key, info=_context(token))
        except Untrusted:
            continue
    raise Untrusted("update-sealed", "the update token is not sealed to this broker", hint="ask for it again")


def _context(token: UpdateToken) -> bytes:
    """What the seal is bound to: one place and one step between two published points."""
    step = (token.from_epoch, token.epoch, token.public, token.next_public)
    return context.bind(context.UPDATE_SEAL, token.place, *step)
