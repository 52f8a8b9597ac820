"""A change of the agreements in force, as two people sign it, and the file in which it is put before them.

    {"v":1,"terms":{"v":1,"place":"brackwater","old":"…","after":"…","new":"…","diff":"…","back":false,"text":"…",
                    "sentences":71,"software":"1.0.0","simulated":{…},"made":1795305600,"expires":1796515200},
     "text":"Policies 3f2a… -> 9c01…\\n5,971,968,000 requests compared, …"}

`old` is the digest of the set in force and `after` the id of the event by which it came into force, so that a signature
counts for one moment of the place's history, also when a set comes back. `diff` is the digest of the exact list of all
that changes, `text` the SHA-256 of that list in sentences. `back` says that `new` was in force here before.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from broker.wire.fields import Date, Hex32, Seconds, Slug, Wire
from broker.wire.grant import GrantSignature

FEW = 5
"""Fewer decisions of a kind are not listed, and counts go up in such steps: in a small place a single one may be
recognised, also by the difference of two counts."""
KINDS = 400
"""At most so many kinds of decisions are listed one by one."""

Count = Annotated[int, Field(ge=0, le=1 << 53)]
EventId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Level = Literal["withhold", "refer", "signpost", "reduced", "share", "admitted"]
"""What is withheld openly and silently is one here: which decisions were silent is nobody's to sign."""
# No control characters and nothing that turns text around: what is signed is what was on the screen.
_TURNING = r"\u200b-\u200f\u2028-\u202e\u2066-\u2069"
Line = Annotated[str, StringConstraints(min_length=1, max_length=600, pattern=rf"^[^\x00-\x1f\x7f-\x9f{_TURNING}]+$")]
Text = Annotated[
    str, StringConstraints(min_length=1, max_length=8_000_000, pattern=rf"^[^\x00-\x09\x0b-\x1f\x7f-\x9f{_TURNING}]+$")
]


class Kind(Wire):
    """Logged decisions of one kind, said in words, that would have come out otherwise."""

    said: Line
    before: Level
    after: Level
    opens: bool
    count: Annotated[int, Field(ge=FEW, le=1 << 53)]


class Simulated(Wire):
    """What the new agreements would have made of the decisions of the month that begins on `since`, in steps of five,
    rounded down. `rest` are those that no kind lists."""

    since: Date
    decisions: Count
    changed: Count
    opened: Count
    unreadable: Count
    kinds: Annotated[tuple[Kind, ...], Field(max_length=KINDS)]
    rest: Count


class ChangeTerms(Wire):
    """What is agreed to; both people sign exactly this. `diff` is empty where `old` can't be read any more."""

    v: Literal[1]
    place: Slug
    old: Hex32
    after: EventId
    new: Hex32
    diff: Hex32 | Literal[""]
    back: bool
    text: Hex32
    sentences: Annotated[int, Field(ge=1, le=100_000)]
    software: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z.+-]{1,40}$")]
    simulated: Simulated
    made: Seconds
    expires: Seconds


class Proposal(Wire):
    """The terms with all that changes in sentences: what is sent to those who are to sign."""

    v: Literal[1]
    terms: ChangeTerms
    text: Text


class PolicyChange(Wire):
    """Terms and two people's signatures."""

    v: Literal[1]
    terms: ChangeTerms
    signatures: Annotated[tuple[GrantSignature, ...], Field(min_length=2, max_length=2)]
