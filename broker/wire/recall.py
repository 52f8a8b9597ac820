"""Broker -> desk: answers that rested on a mistaken link, so that whoever read them looks again.

    {"v":1,"agency":"council","recalls":[{"reference":"7ZQF-1K0M-R","day":"2026-11-22","reason":"told_as_one_person",
     "to_do":"...","staff":"...","recalled_at":1795347000,"is_new":true}],"leaf":"...","proof":"..."}

A notice names the answer that its reader already has, and nobody: no person, no service, and not who found the mistake.
"""

from __future__ import annotations

from typing import Literal

from broker.wire.fields import Date, Pseudonym, Seconds, Slug, Wire

TO_DO = (
    "This answer told of records of different people as if they were one person's. Do not rely on it: ask again, put "
    "right what was written down because of it, and tell whoever you passed it on to."
)


class Recall(Wire):
    """One recalled answer. `staff` and `case_reference` are the agency's own pseudonyms of who asked, and why."""

    reference: str
    day: Date
    reason: Literal["told_as_one_person"]
    to_do: str
    staff: Pseudonym
    case_reference: Pseudonym | None = None
    recalled_at: Seconds
    is_new: bool


class Recalls(Wire):
    """Every notice of one agency, the latest first, and the audit event that it was handed them."""

    v: Literal[1]
    agency: Slug
    recalls: tuple[Recall, ...]
    leaf: str
    proof: str
