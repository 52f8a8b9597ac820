"""Masked tokens become the points that only the broker learns, when the linkage unit vouches for them."""

from __future__ import annotations

from broker import oprf
from broker.errors import BadInput, Untrusted
from broker.keys import context, sealing, signing
from broker.parts import Parts
from broker.wire.evaluation import Evaluation, Use, mask_context


def unmasked(parts: Parts, evaluation: Evaluation, masked: list[bytes], *, agency: str, use: Use) -> list[bytes]:
    """The points P under the masked ones, when the linkage unit vouches for them. Raises `Untrusted` or `BadInput`."""
    signing.verify(evaluation, context.EVALUATION, public_key=parts.trust.linkage_unit.signing_key)
    if (evaluation.agency, evaluation.use) != (agency, use) or evaluation.scheme != parts.scheme.digest.hex():
        raise Untrusted("evaluation-elsewhere", "the linkage unit's evaluation was made for somebody or something else")
    if evaluation.expires < int(parts.now().timestamp()):
        raise BadInput("evaluation-expired", "the linkage unit's evaluation has expired", hint="begin again")
    if len(masked) > evaluation.count:
        raise BadInput("evaluation-too-small", "there are more tokens than the linkage unit evaluated")
    info = context.bind(context.MASK, mask_context(evaluation, evaluation.nonce))
    mask = sealing.open_hybrid(evaluation.mask, parts.keyring.seal_key, info=info)
    return oprf.unmask(mask, masked)
