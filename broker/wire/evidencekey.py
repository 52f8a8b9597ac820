"""Agency -> agencies: the evidence key that they share, sealed to each of them by name and signed by who made it.

    {"v":1,"place":"brackwater","epoch":2,"by":"council/delivery-1","made":1795334400,"check":"7ZQF-1K0M-R5TD-0W3H-2B8C-YV4N",
     "sealed":[{"agency":"homes","sealed":"..."},{"agency":"police","sealed":"..."}],"signature":"..."}

It may go by any way: nobody but the agencies named can open it. `check` is a keyed digest, the same at everybody who
holds the key, and is read out by telephone. Neither the broker nor the linkage unit has any part in it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from broker.wire.evaluation import Epoch
from broker.wire.fields import Bytes, Bytes64, Seconds, Slug, Wire

SEALED_BYTES = 1120 + 32 + 16
"""X-Wing's encapsulated key, the evidence key, and the tag."""
CheckWords = Annotated[str, StringConstraints(pattern=r"^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){5}$")]
MakerId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}/[a-z0-9-]{1,40}$")]


class SealedFor(Wire):
    """The evidence key as only one agency can open it."""

    agency: Slug
    sealed: Annotated[Bytes, Field(min_length=SEALED_BYTES, max_length=SEALED_BYTES)]


class SharedEvidenceKey(Wire):
    """One evidence key for every agency named, from the agency whose delivery key `by` signs."""

    v: Literal[1]
    place: Slug
    epoch: Epoch
    by: MakerId
    made: Seconds
    check: CheckWords
    sealed: Annotated[tuple[SealedFor, ...], Field(min_length=1, max_length=500)]
    signature: Bytes64

    @model_validator(mode="after")
    def _each_once(self) -> SharedEvidenceKey:
        if len({one.agency for one in self.sealed}) != len(self.sealed):
            raise ValueError("an agency is named twice")
        return self
