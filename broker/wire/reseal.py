"""Broker <-> linkage unit: envelopes out under an old envelope key, back under the newest, what is inside unchanged.

Two granters allow it (`wire.grant`, purpose `reseal`). The linkage unit says of an envelope that it can't use only
where it stood; of the others it says nothing at all. The agency's own signature is inside and stays.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from broker.wire.comparison import ENVELOPES, Envelopes, Index
from broker.wire.delivery import Envelope
from broker.wire.fields import Bytes16, Bytes64, Hex32, Number, Wire
from broker.wire.grant import Grant

RESEALED_AT_ONCE = ENVELOPES
"""Envelopes of one call, at most: as many as a question pays for."""


class ResealRequest(Wire):
    """Envelopes of records, under any open envelope key, in an order that says nothing."""

    v: Literal[1]
    grant: Grant
    envelopes: Envelopes


class ResealAnswer(Wire):
    """`envelopes` are those of the usable ones, in the order received, sealed to the key `seal`.

    `received` are SHA-256 digests of what came; `unusable` are positions in it.
    """

    v: Literal[1]
    grant: Bytes16
    seal: Number
    received: Annotated[tuple[Hex32, ...], Field(min_length=1, max_length=ENVELOPES)]
    unusable: Annotated[tuple[Index, ...], Field(max_length=ENVELOPES)]
    envelopes: Annotated[tuple[Envelope, ...], Field(max_length=ENVELOPES)]
    signature: Bytes64

    @model_validator(mode="after")
    def _one_for_each(self) -> ResealAnswer:
        places = list(self.unusable)
        if places != sorted(set(places)) or (places and places[-1] >= len(self.received)):
            raise ValueError("the unusable ones are not positions in what was received")
        if len(self.envelopes) + len(places) != len(self.received):
            raise ValueError("envelopes and unusable ones are not one for each received")
        return self
