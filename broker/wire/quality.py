"""Broker -> agency: what it gets back about its own records after a match-quality run.

    {"v":1,"run":"<grant, hex>","ended":1796083200,"page":1,"pages":3,
     "rows":[{"source":"csc","ref":"...","fields":[{"field":"birth","other":3,"same":0}],"duplicates":"none",
              "identifiers":[]}],"receipt":{...}}

Counts only: how many other services with a certain match hold another value, and how many the same; never which
service, and never a value. The receipt is of the audit event that says what was given out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from broker.wire.answer import ReceiptLeaf
from broker.wire.fields import Bytes16, Seconds, Slug, Wire, canonical

PAGE_ROWS = 50
"""Rows on a page, each of which counts as a question."""

Identifier = Literal["nhs", "nino", "upn"]
Many = Annotated[int, Field(ge=0, le=64)]


class FieldDiffers(Wire):
    """One field: how many other services hold another value, and how many the same."""

    field: Slug
    other: Annotated[int, Field(ge=1, le=64)]
    same: Many


class MatchRow(Wire):
    """One of the agency's own records. `identifiers` are numbers of which a certain match has another one."""

    source: Slug
    ref: Bytes16
    fields: Annotated[tuple[FieldDiffers, ...], Field(max_length=40)]
    duplicates: Literal["none", "one", "several"]
    identifiers: Annotated[tuple[Identifier, ...], Field(max_length=3)]


class MatchPage(Wire):
    """One page of rows. `run` is the id of the grant; pages are counted from 1."""

    v: Literal[1]
    run: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
    ended: Seconds
    page: Annotated[int, Field(ge=1, le=1 << 24)]
    pages: Annotated[int, Field(ge=1, le=1 << 24)]
    rows: Annotated[tuple[MatchRow, ...], Field(max_length=PAGE_ROWS)]
    receipt: ReceiptLeaf


def digest_of(rows: Sequence[MatchRow]) -> str:
    """The SHA-256, in hex, by which the audit log knows what was told."""
    return hashlib.sha256(b"\n".join(map(canonical, rows))).hexdigest()
