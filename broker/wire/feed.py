"""Broker -> agency: what happened that somebody there should look at. References and kinds, and nothing of anybody.

    GET /v1/feed/{after}   any key of the agency
    {"v":1,"agency":"nhs","entries":[{"number":12,"at":1795347000,"kind":"challenge_waits","reference":"7ZQF-1K0M-R",
     "due":"2026-11-23"}],"more":false}

An entry is written in the transaction of what it tells of, so that it can be read as soon as that has happened. What
concerns somebody whose whereabouts are protected is in no other agency's feed than the asker's: it stands in the lists.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from broker.wire.fields import Date, Seconds, Slug, Wire

PAGE = 200

FeedKind = Literal[
    "challenge_waits",
    "challenge_answered",
    "challenge_escalated",
    "proposal_waits",
    "emergency_opened",
    "emergency_explained",
    "emergency_overdue",
    "emergency_reviewed",
    "disposed",
    "hold_waits",
    "protection_waits",
    "protection_late",
    "right_waits",
    "right_overdue",
    "right_stopped",
    "restriction_reaches",
    "restriction_over",
    "right_decided",
    "answer_recalled",
    "look_waits",
]


class Entry(Wire):
    """`number` counts an agency's entries from 1, without a gap; `due` is the day in London by which to act."""

    number: Annotated[int, Field(ge=1)]
    at: Seconds
    kind: FeedKind
    reference: str
    due: Date | None = None


class Feed(Wire):
    """The entries after the one asked for, the oldest first; `more` says that there are others after these."""

    v: Literal[1]
    agency: Slug
    entries: tuple[Entry, ...]
    more: bool
