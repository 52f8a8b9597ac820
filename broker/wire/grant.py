"""Two people's leave to have many envelopes opened: what for, until when, how many, and about which records.

    {"v":1,"terms":{"v":1,"id":"...","place":"brackwater","purpose":"match_quality","expires":1796083200,
                    "openings":640000,"pivots":"<SHA-256, hex>","count":10000},
     "signatures":[{"by":"council_of_carers/a.adeyemi","signature":"..."},{"by":"...","signature":"..."}]}

`pivots` is the root of an RFC 6962 tree over the SHA-256 of each pivot's envelope, in the order of those digests, and
`count` says how many there are. Every block pays for 64 openings, whatever it holds.

The purpose `reseal` is no population run: envelopes are sealed again to the linkage unit's newest key and nothing is
compared. Such a grant has no list, so no record can stand as a pivot under it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from broker.wire.fields import Bytes16, Bytes64, Hex32, Seconds, Slug, Wire

RESEAL = "reseal"
"""The purpose of a grant under which envelopes are sealed again and nothing is compared."""
NO_LIST = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
"""The root of an RFC 6962 tree without leaves: the SHA-256 of nothing."""

GranterId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}/[a-z0-9.-]{1,40}$")]
"""A person who may grant: organisation and name."""


class GrantTerms(Wire):
    """What is granted; both people sign exactly this."""

    v: Literal[1]
    id: Bytes16
    place: Slug
    purpose: Slug
    expires: Seconds
    openings: Annotated[int, Field(ge=1, le=1 << 40)]
    pivots: Hex32
    count: Annotated[int, Field(ge=0, le=1 << 32)]

    @model_validator(mode="after")
    def _a_list_or_none(self) -> GrantTerms:
        if (self.purpose == RESEAL) != (self.count == 0) or (self.count == 0) != (self.pivots == NO_LIST):
            raise ValueError("a population run has a list of records, and a grant to seal again has none")
        return self


class GrantSignature(Wire):
    """One person's signature over the terms."""

    by: GranterId
    signature: Bytes64


class Grant(Wire):
    """Terms and two people's signatures."""

    v: Literal[1]
    terms: GrantTerms
    signatures: Annotated[tuple[GrantSignature, ...], Field(min_length=2, max_length=2)]
