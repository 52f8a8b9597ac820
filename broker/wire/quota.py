"""The allowance: what an agency may spend in a day, when it is more than usual, and two people's leave for more.

    {"v":1,"terms":{"v":1,"id":"...","place":"brackwater","agency":"council","use":"ask",
                    "first":"2026-11-23","last":"2026-11-27","more":3000},
     "signatures":[{"by":"council_of_carers/a.adeyemi","signature":"..."},{"by":"...","signature":"..."}]}

A question is one evaluation of at most 30 inputs and at most 64 opened envelopes: it pays for all of them, whatever it
needs. A delivery pays for its inputs. `more` is in the same unit, for each UTC day from `first` to `last`.
"""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, model_validator

from broker.wire.evaluation import Use
from broker.wire.fields import Bytes16, Date, Slug, Wire
from broker.wire.grant import GrantSignature

QUESTIONS = 2_000
"""Questions of one agency in one UTC day, at the broker and at the linkage unit, unless two people allow more."""
LONGEST = dt.timedelta(days=31)
"""For how long two people may allow more at once."""
UNITS: dict[Use, str] = {"ask": "questions", "post": "inputs"}

TIMES = 3
"""How many times the usual is unusual."""
BASELINE_DAYS = 28


@dataclass(frozen=True)
class Floor:
    """What is usual in an hour and in a day for an agency of which nothing, or less, is known."""

    hour: int
    day: int


FLOORS: dict[Use, Floor] = {"ask": Floor(20, 80), "post": Floor(50_000, 50_000)}

Span = Literal["hour", "day"]
More = Annotated[int, Field(ge=1, le=10_000_000)]


class QuotaTerms(Wire):
    """What is granted; both people sign exactly this."""

    v: Literal[1]
    id: Bytes16
    place: Slug
    agency: Slug
    use: Use
    first: Date
    last: Date
    more: More

    @model_validator(mode="after")
    def _some_days(self) -> QuotaTerms:
        # By their difference: a date beyond the last there is can't be made.
        if not dt.timedelta() <= self.last - self.first < LONGEST:
            raise ValueError("the days of a grant are in order, and 31 at most")
        return self


class QuotaGrant(Wire):
    """Terms and two people's signatures."""

    v: Literal[1]
    terms: QuotaTerms
    signatures: Annotated[tuple[GrantSignature, ...], Field(min_length=2, max_length=2)]


class QuotaTaken(Wire):
    """A service's word that it allows what the grant says. It may be handed in again: it counts once."""

    v: Literal[1]
    id: Bytes16


def is_unusual(count: int, before: Sequence[int], *, floor: int) -> bool:
    """Whether `count` is more than three times the median of what was counted `before`, or than three times `floor`.

    `before` are the hours, or days, in which something was counted at all.
    """
    return count > TIMES * max(floor, statistics.median(before) if before else 0)
