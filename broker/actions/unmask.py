"""Masked tokens become the points that only the broker learns, when the linkage unit vouches for them."""

from __future__ import annotations

from broker import oprf
from broker.errors import BadInput, Untrusted
from broker.keys import context, signing
from broker.parts import Parts
from broker.wire.evaluation import Evaluation, Use, mask_context


def unmasked(parts: Parts, evaluation: Evaluation, masked: list[bytes], *, agency: str, use: Use) -> list[bytes]:
    """The points P under the masked ones, as of the newest epoch, when the linkage unit vouches for them.

    Raises `Untrusted` or `BadInput`, and `Unavailable` for an epoch that the broker has no update token to.
    """
    if evaluation.epoch not in {*parts.trust.epochs, *(one.epoch for one in parts.keysets.generations)}:
        hint = "fetch the trust list again"
        raise BadInput("epoch-unknown", "the match keys were made in another epoch", hint=hint)
    signing.verify_any(evaluation, context.EVALUATION, public_keys=parts.trust.linkage_unit.signing_keys)
    if (evaluation.agency, evaluation.use) != (agency, use) or evaluation.scheme != parts.scheme.digest.hex():
        raise Untrusted("evaluation-elsewhere", "the linkage unit's evaluation was made for somebody or something else")
    if evaluation.expires < int(parts.now().timestamp()):
        raise BadInput("evaluation-expired", "the linkage unit's evaluation has expired", hint="begin again")
    if len(masked) > evaluation.count:
        raise BadInput("evaluation-too-small", "there are more tokens than the linkage unit evaluated")
    info = context.bind(context.MASK, mask_context(evaluation, evaluation.nonce))
    mask = parts.keyring.open_sealed(evaluation.mask, info=info)
    factor = parts.keysets.factor(evaluation.epoch)
    # P = (factor / s) * U: one multiplication, whichever epoch the tokens are of.
    return oprf.unmask(mask if factor is None else oprf.factor_between(factor, mask), masked)
