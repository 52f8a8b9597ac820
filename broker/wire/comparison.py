"""Broker <-> linkage unit: sealed evidence out; weights and bands of pairs back, signed.

    compare    a question: 24 envelopes, then 40, under the ticket of the desk that asks
    blocks     a population run: the same two calls for one record, under a grant of two people
    explain    one pair, under the ticket of a reviewer's desk: how far each field agrees

Envelopes are sent in an order that says nothing, filled up to the class with repeats of the first pivot. Weights are
log2 odds in half bits. A band is one letter: c certain, p probable, b below, x conflict, d conflict of birthdays
alone, u unusable: an envelope that can't be used, or a pair that was made under no epoch of the evidence key in common.
The linkage unit keeps no state between the two calls but its count: the second call brings back the first one's signed
answer.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from broker.wire.delivery import Envelope
from broker.wire.fields import Bytes16, Bytes64, Hex32, Slug, Wire
from broker.wire.grant import Grant
from broker.wire.question import DeskTicket, Ticket

SIZES: dict[int, int] = {1: 24, 2: 40}
"""Envelopes in the first and in the second call: always exactly so many."""
ENVELOPES = sum(SIZES.values())
"""Envelopes that one ticket, or one block of a run, pays for."""
HALF_BITS = 40
"""The largest weight, in half bits."""

Call = Literal[1, 2]
Envelopes = Annotated[tuple[Envelope, ...], Field(min_length=1, max_length=ENVELOPES)]
Index = Annotated[int, Field(ge=0, lt=ENVELOPES)]
Pivots = Annotated[tuple[Index, ...], Field(min_length=1, max_length=ENVELOPES)]
Weight = Annotated[int, Field(ge=-HALF_BITS, le=HALF_BITS)]
Weights = Annotated[tuple[Weight, ...], Field(min_length=1, max_length=ENVELOPES)]
Bands = Annotated[str, StringConstraints(pattern=r"^[cpbxdu]{1,64}$")]
FIELD_LEVELS = 12
"""Fields of the match model (`linkage.levels.FIELDS`), of which a letter each says how far a pair agrees."""
FieldLevels = Annotated[str, StringConstraints(pattern=r"^(?:[a-p]{12})?$")]
LEVELS_OF: dict[str, str] = {"match_quality": "c", "model_training": "cpbxd"}
"""Bands of which a population run learns the field levels, by the purpose of its grant; no other purpose does."""


class Compared(Wire):
    """What was found of each pivot (a row) and each envelope (a column), in the order received.

    `envelopes` are SHA-256 digests. What is unusable has weight 0 and the band u. `placeless` is `bits` without the
    address (`linkage.levels.placeless`): about somebody whose whereabouts are kept nothing may depend on an address. A
    pivot of call 2 was banded certain in call 1, or is certain by its placeless weight and no conflict.
    """

    v: Literal[1]
    call: Call
    model: Hex32
    envelopes: Annotated[tuple[Hex32, ...], Field(min_length=1, max_length=ENVELOPES)]
    pivots: Pivots
    bits: Annotated[tuple[Weights, ...], Field(min_length=1, max_length=ENVELOPES)]
    placeless: Annotated[tuple[Weights, ...], Field(min_length=1, max_length=ENVELOPES)]
    bands: Annotated[tuple[Bands, ...], Field(min_length=1, max_length=ENVELOPES)]
    signature: Bytes64

    @model_validator(mode="after")
    def _a_table(self) -> Compared:
        rows = len(self.pivots) == len(self.bits) == len(self.placeless) == len(self.bands)
        columns = {len(self.envelopes), *map(len, self.bits), *map(len, self.placeless), *map(len, self.bands)}
        if not rows or len(columns) != 1 or max(self.pivots) >= len(self.envelopes):
            raise ValueError("weights and bands are not one for each pivot and envelope")
        return self


class CompareAnswer(Compared):
    """The linkage unit's word on one call of a ticket."""

    ticket: Bytes16
    agency: Slug


class CompareRequest(Wire):
    """`pivots` are positions in `envelopes`; `earlier` is the signed answer of call 1, in call 2 only."""

    v: Literal[1]
    ticket: Ticket
    call: Call
    envelopes: Envelopes
    pivots: Pivots
    earlier: CompareAnswer | None = None


class BlockAnswer(Compared):
    """The linkage unit's word on one call of a block: one record and its candidates, under a grant.

    `levels` are of the block's own pivot with each envelope: a letter a field, `chr(97 + level)`, in the order of the
    match model; empty where the purpose of the grant does not need them (`LEVELS_OF`), and for the pivot itself.
    """

    grant: Bytes16
    index: Annotated[int, Field(ge=0, lt=1 << 32)]
    levels: Annotated[tuple[FieldLevels, ...], Field(min_length=1, max_length=ENVELOPES)]

    @model_validator(mode="after")
    def _levels_of_all(self) -> BlockAnswer:
        if len(self.levels) != len(self.envelopes):
            raise ValueError("levels are not one for each envelope")
        return self


class BlockRequest(Wire):
    """`index` and `proof` place the pivot's digest in the grant's list (RFC 6962 inclusion proof)."""

    v: Literal[1]
    grant: Grant
    index: Annotated[int, Field(ge=0, lt=1 << 32)]
    proof: Annotated[tuple[Hex32, ...], Field(max_length=64)]
    call: Call
    envelopes: Envelopes
    pivots: Pivots
    earlier: BlockAnswer | None = None


class ReviewTicket(DeskTicket):
    """A reviewer's licence to see how the fields of one pair agree. `envelopes` are the SHA-256 digests of the two."""

    envelopes: Annotated[tuple[Hex32, ...], Field(min_length=2, max_length=2)]

    @model_validator(mode="after")
    def _two(self) -> ReviewTicket:
        if len(set(self.envelopes)) != 2:
            raise ValueError("a review is of two different envelopes")
        return self


class ExplainRequest(Wire):
    """Both envelopes of a review ticket, in its order."""

    v: Literal[1]
    ticket: ReviewTicket
    envelopes: Annotated[tuple[Envelope, ...], Field(min_length=2, max_length=2)]


Tenths = Annotated[int, Field(ge=-2_000, le=2_000)]
"""Tenths of a bit."""


class FieldLevel(Wire):
    """How far one field agrees, in the words of the match model, and what that adds to the weight, where it is told."""

    field: Slug
    level: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z ,]{1,60}$")]
    adds: Tenths | None = None


class ExplainAnswer(Wire):
    """The linkage unit's word on one pair: weight, band and the agreement of each field.

    `before` is what is known before anything is compared; with what each field `adds` it makes the weight, but for
    rounding and the bounds of weights. Of strangers, who all weigh the same, nothing adds up.
    """

    v: Literal[1]
    ticket: Bytes16
    agency: Slug
    model: Hex32
    envelopes: Annotated[tuple[Hex32, ...], Field(min_length=2, max_length=2)]
    bits: Weight
    band: Annotated[str, StringConstraints(pattern=r"^[cpbxd]$")]
    fields: Annotated[tuple[FieldLevel, ...], Field(max_length=40)]
    before: Tenths | None = None
    signature: Bytes64
