"""The evaluation of blinded points, and what is refused before it. Pure: time and randomness are handed in.

    in    B = r * H1(x)         blinded by the agency; says nothing about x
    out   E = (s k) * B         under the linkage key k of the epoch asked for and a mask s made for this answer alone
          mask                  s, sealed by HPKE to the broker, bound to agency, use, delivery or ticket, epoch, scheme
          signature             over everything but the points: what the broker may unmask with it, and until when

The agency can't compare what it gets, as it can't open the mask; the broker never gets r or H1(x).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.hpke import MLKEM768X25519PublicKey

from broker import oprf
from broker.errors import BadInput, Conflict, NotAllowed
from broker.keys import context, sealing, signing
from broker.keys.custodial import SigningKey
from broker.tokens import MAX_TOKENS
from broker.wire.evaluation import EvaluateAnswer, EvaluateRequest, Evaluation, mask_context


@dataclass(frozen=True)
class Terms:
    """What is evaluated today: the open epochs, the digest of the match-key scheme, and how many points at once."""

    epochs: tuple[int, ...]
    scheme: str
    max_points: int


@dataclass(frozen=True)
class EvaluationKeys:
    """The linkage key k of each open epoch, the key that signs evaluations, and the broker's public key for masks."""

    linkage_keys: Mapping[int, bytes] = field(repr=False)
    signing_key: SigningKey = field(repr=False)
    broker_seal: MLKEM768X25519PublicKey = field(repr=False)


def check(asked: EvaluateRequest, agency: str, *, terms: Terms) -> None:
    """Whether `agency`, which signed the request, may have it evaluated.

    Raises `NotAllowed` when it names another agency, `Conflict` for a closed epoch or another scheme, and `BadInput`
    for too many points (a question has no more than one person's) or one that is not a point, naming its position only.
    """
    if asked.agency != agency:
        raise NotAllowed(
            "agency-mismatch", "the request names another agency than the one that signed it", field="agency"
        )
    if asked.epoch not in terms.epochs:
        hint = "fetch the trust list"
        raise Conflict("epoch-wrong", "this epoch of the linkage key is not open", hint=hint, field="epoch")
    if asked.scheme != terms.scheme:
        raise Conflict("scheme-wrong", "another match-key scheme is in use", hint="upgrade the client", field="scheme")
    most = terms.max_points if asked.use == "post" else min(terms.max_points, MAX_TOKENS)
    if len(asked.points) > most:
        raise BadInput("points-too-many", f"one evaluation for this use takes at most {most} points", field="points")
    for index, point in enumerate(asked.points):
        try:
            oprf.check_point(point)
        except BadInput as error:
            raise BadInput(error.code, error.message, field=f"points.{index}") from None


def evaluate(
    asked: EvaluateRequest, keys: EvaluationKeys, *, seed: bytes, nonce: bytes, expires: int
) -> EvaluateAnswer:
    """The answer to a checked request: its points under a fresh mask, in order, and the signed evaluation.

    `seed` is 64 uniform bytes for the mask and `nonce` 16 that no other evaluation has; `expires` is in seconds since
    1970. Raises `BadInput` for a seed of another length.
    """
    mask = oprf.scalar(seed)
    points = oprf.evaluate(keys.linkage_keys[asked.epoch], mask, list(asked.points))
    info = context.bind(context.MASK, mask_context(asked, nonce))
    unsigned = Evaluation(
        v=1,
        agency=asked.agency,
        use=asked.use,
        id=asked.id,
        nonce=nonce,
        epoch=asked.epoch,
        scheme=asked.scheme,
        count=len(points),
        expires=expires,
        mask=sealing.seal_hybrid(mask, keys.broker_seal, info=info),
        signature=signing.UNSIGNED,
    )
    signed = signing.sign(unsigned, context.EVALUATION, signing_key=keys.signing_key)
    return EvaluateAnswer(v=1, evaluation=signed, points=tuple(points))
