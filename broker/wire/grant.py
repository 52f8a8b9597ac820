"""Two people's leave for a population run: what it is for, until when, how many envelopes, and about which records.

    {"v":1,"terms":{"v":1,"id":"...","place":"brackwater","purpose":"match_quality","expires":1796083200,
                    "openings":640000,"pivots":"<SHA-256, hex>","count":10000},
     "signatures":[{"by":"council_of_carers/a.adeyemi","signature":"..."},{"by":"...","signature":"..."}]}

`pivots` is the root of an RFC 6962 tree over the SHA-256 of each pivot's envelope, in the order of those digests, and
`count` says how many there are. Every block pays for 64 openings, whatever it holds.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from broker.wire.fields import Bytes16, Bytes64, Hex32, Seconds, Slug, Wire

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
    count: Annotated[int, Field(ge=1, le=1 << 32)]


class GrantSignature(Wire):
    """One person's signature over the terms."""

    by: GranterId
    signature: Bytes64


class Grant(Wire):
    """Terms and two people's signatures."""

    v: Literal[1]
    terms: GrantTerms
    signatures: Annotated[tuple[GrantSignature, ...], Field(min_length=2, max_length=2)]
