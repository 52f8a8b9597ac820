"""Broker -> desk: answers of which something is no longer so, so that whoever read them looks again.

    {"v":1,"agency":"council","recalls":[{"reference":"7ZQF-1K0M-R","day":"2026-11-22","reason":"told_as_one_person",
     "to_do":"...","staff":"...","recalled_at":1795347000,"is_new":true}],"leaf":"...","proof":"..."}

A notice names the answer that its reader already has, and nobody: no person, no service, and not who found the mistake
or used a right (UK GDPR article 19).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from broker.wire.fields import Date, Pseudonym, Seconds, Slug, Wire

RecallReason = Literal[
    "told_as_one_person",
    "disputed",
    "corrected",
    "statement_added",
    "unchanged",
    "erased",
    "restricted",
    "unrestricted",
]
_PUT_RIGHT = "put right what was written down because of it, and tell whoever you passed it on to."
TO_DO: Mapping[RecallReason, str] = {
    "told_as_one_person": "This answer told of records of different people as if they were one person's. Do not rely "
    f"on it: ask again, {_PUT_RIGHT}",
    "disputed": "Somebody says that something in this answer is wrong, and it is being checked. Do not rely on it "
    "alone until you hear again; whoever you passed it on to should know.",
    "corrected": f"Something in this answer was wrong and has been put right. Ask again, {_PUT_RIGHT}",
    "statement_added": "Something in this answer stays as it was recorded, and the person's own view now stands beside "
    "it. Ask again, and tell whoever you passed it on to.",
    "unchanged": "Something in this answer was said to be wrong. It was checked and stays as it was.",
    "erased": "Something in this answer has been erased at the person's request. Erase your copy unless the law makes "
    "you keep it, and tell whoever you passed it on to.",
    "restricted": "Something in this answer may be kept and not used for now, unless to protect somebody. Use your "
    "copy no further, and tell whoever you passed it on to.",
    "unrestricted": "Something in this answer that was not to be used may be used again.",
}


class Recall(Wire):
    """One recalled answer. `staff` and `case_reference` are the agency's own pseudonyms of who asked, and why."""

    reference: str
    day: Date
    reason: RecallReason
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
