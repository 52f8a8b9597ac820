"""Broker -> desk: what officers of an agency have to know whatever page they are on. Numbers of its own, of nobody.

    GET /v1/standing   a desk key
    {"v":1,"agency":"council","open_until":1795424400,"emergencies":1,"unexplained":1,"to_judge":0,
     "paused":[{"service":"Early help","since":1795424400,"resuming":false}]}

What waits is read where it is dealt with; here it is only counted, so that reading it every minute leaves no event.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from broker.wire.fields import Seconds, Slug, Wire

Many = Annotated[int, Field(ge=0)]


class PausedService(Wire):
    """A service of ours that has paused sharing; `resuming` says that somebody proposed to resume it."""

    service: str
    since: Seconds
    resuming: bool


class Standing(Wire):
    """`emergencies` are the agency's own that wait to be judged, and `unexplained` those of them that it owes words.

    While one of them goes on, `open_until` says until when. `to_judge` are others', which wait for this agency.
    """

    v: Literal[1]
    agency: Slug
    open_until: Seconds | None = None
    emergencies: Many
    unexplained: Many
    to_judge: Many
    paused: tuple[PausedService, ...] = ()
