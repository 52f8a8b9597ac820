"""Agency <-> linkage unit: blinded points out; masked points and a signed evaluation back.

The evaluation is what the linkage unit vouches for: it evaluated at most `count` points for this agency, for this one
delivery or ticket, under a mask that only the broker can open. The broker refuses one that is replayed, expired, made
for somebody else or too small.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from broker.wire.fields import Bytes, Bytes16, Bytes32, Bytes64, Hex32, Seconds, Slug, Wire

MAX_POINTS = 60_000

Use = Literal["post", "ask"]
Epoch = Annotated[int, Field(ge=1, le=65535)]


class EvaluateRequest(Wire):
    """`id` is the batch of a delivery or the ticket of a question."""

    v: Literal[1]
    agency: Slug
    use: Use
    id: Bytes16
    epoch: Epoch
    scheme: Hex32
    points: Annotated[tuple[Bytes32, ...], Field(min_length=1, max_length=MAX_POINTS)]


class Evaluation(Wire):
    """Signed by the linkage unit; `mask` is the scalar s sealed by HPKE to the broker under `mask_context`."""

    v: Literal[1]
    agency: Slug
    use: Use
    id: Bytes16
    nonce: Bytes16
    epoch: Epoch
    scheme: Hex32
    count: Annotated[int, Field(ge=1, le=MAX_POINTS)]
    expires: Seconds
    mask: Annotated[Bytes, Field(min_length=32, max_length=2048)]
    signature: Bytes64


class EvaluateAnswer(Wire):
    v: Literal[1]
    evaluation: Evaluation
    points: Annotated[tuple[Bytes32, ...], Field(min_length=1, max_length=MAX_POINTS)]


def mask_context(evaluation: Evaluation | EvaluateRequest, nonce: bytes) -> bytes:
    """What the sealed mask is bound to: agency, use, delivery or ticket, this evaluation, epoch and scheme."""
    parts = (
        evaluation.agency,
        evaluation.use,
        evaluation.id.hex(),
        nonce.hex(),
        str(evaluation.epoch),
        evaluation.scheme,
    )
    return "|".join(parts).encode()
