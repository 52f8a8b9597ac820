"""Broker -> a holding agency's IG officer: what was withheld of its records without anybody's being told, on one day.

    POST /v1/refusals/silent/{day}   ReadRequest -> Silent   a review key of the agency that holds the records

Counts and references: no person, no record and no item. A rule that rests on a secret fact is called S8, so that one
agency's officer does not learn of another agency's protection.
"""

from __future__ import annotations

from typing import Literal

from broker.wire.fields import Date, Pseudonym, Slug, Wire


class SilentAnswer(Wire):
    """What one answer withheld silently: who asked why, and how often each rule was the reason.

    `answer` is its spoken reference, `staff` the asking agency's pseudonym, by which its own IG officer knows who.
    """

    answer: str
    at: str
    asker: Slug
    staff: Pseudonym
    role: str
    purpose: Slug
    withheld: int
    rules: dict[str, int]


class Silent(Wire):
    """One UTC day, the earliest first, and the audit event that somebody read it."""

    v: Literal[1]
    agency: Slug
    day: Date
    answers: tuple[SilentAnswer, ...]
    leaf: str
    proof: str
