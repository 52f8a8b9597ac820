"""An agency's officers pause sharing from its services, at once, and resume it, two of them together.

    POST /v1/pauses   PauseRequest -> PauseReceipt   a review key: pause, resume (agrees to it)
                                                     a desk key: resume (proposes it)
    GET  /v1/pauses   -> Pauses, the agency's own    any key of the agency

    {"v":1,"id":"...","agency":"council","staff":"...","act":"pause","sources":["csc","eh"]}

A service that has paused tells nothing to anybody from the next question on, and every asker reads that it has,
whether it knows the person or not. What it protects stays protected.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from broker.wire.fields import Bytes16, Date, Pseudonym, Seconds, Slug, Wire

PauseAct = Literal["pause", "resume"]
PauseDone = Literal["paused", "resume-proposed", "resumed"]


class PauseRequest(Wire):
    """`sources` are services of the agency, each once."""

    v: Literal[1]
    id: Bytes16
    agency: Slug
    staff: Pseudonym
    act: PauseAct
    sources: Annotated[tuple[Slug, ...], Field(min_length=1, max_length=64)]

    @model_validator(mode="after")
    def _each_once(self) -> PauseRequest:
        if len(set(self.sources)) != len(self.sources):
            raise ValueError("a service stands here twice")
        return self


class PauseReceipt(Wire):
    """What was recorded, of which services; `due` is by when a second person agrees to a proposal."""

    v: Literal[1]
    done: PauseDone
    sources: tuple[Slug, ...]
    due: Date | None = None
    leaf: str
    proof: str


class Paused(Wire):
    """One service: since when, who paused it, and who has proposed to resume it, good until the day `due`."""

    source: Slug
    since: Seconds
    paused_by: Pseudonym
    resuming_by: Pseudonym | None = None
    due: Date | None = None


class Pauses(Wire):
    """The agency's services that have paused, by their names."""

    v: Literal[1]
    agency: Slug
    pauses: tuple[Paused, ...]
