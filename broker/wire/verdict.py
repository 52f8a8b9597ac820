"""Agency's desk -> broker: a person says that two records of an answer are, or are not, about the same person."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from broker.wire.fields import Bytes16, Pseudonym, Slug, Wire

Handle = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{40,120}$")]


class AboutPair(Wire):
    """`one` and `other` are the handles of two involvements; `staff` is the agency's pseudonym for who acts."""

    v: Literal[1]
    id: Bytes16
    agency: Slug
    staff: Pseudonym
    one: Handle
    other: Handle


class VerdictRequest(AboutPair):
    """That the two are, or are not, about the same person."""

    verdict: Literal["same", "not_the_same"]


class VerdictReceipt(Wire):
    v: Literal[1]
    leaf: str
    proof: str
