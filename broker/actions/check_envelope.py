"""What a chunk or a question says of its envelopes must be of now: under which epochs and to which key they were made.

The broker can't open one: without this an agency whose trust list is old would learn of it from missing matches only.
"""

from __future__ import annotations

from broker.errors import BadInput
from broker.parts import Parts
from broker.wire.delivery import ChunkHeader
from broker.wire.question import Question


def check_envelopes(parts: Parts, stated: ChunkHeader | Question) -> None:
    """Raises `BadInput` unless the envelopes are of one open epoch of the evidence key or both, and of an open seal."""
    opened, hint = parts.trust.evidence_epochs, "fetch the trust list again"
    if stated.evidence_epochs not in {opened, *((one,) for one in opened)}:
        raise BadInput("epoch-unknown", "the evidence was made in another epoch", hint=hint, field="evidence_epochs")
    if stated.evidence_seal not in parts.trust.linkage_unit.seal_keys:
        said = "the evidence is sealed to another key"
        raise BadInput("evidence-seal-unknown", said, hint=hint, field="evidence_seal")
