"""Broker -> desk: how sharing is used, what it covers and how well it matches, for whoever leads the programme.

    GET /v1/figures   a desk key
    {"v":1,"agency":"council","months":[{"month":"2026-10","looked":{"name":"","count":1205},"ours":{…},…}],
     "services":[{"source":"csc","as_of":"2026-11-21",…}],"match":{…}}

Nobody can be recognised by it: counts below 8 are `few` and not told, the others are rounded to the nearest 5, each by
itself, and months that are not over are not here.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from broker.wire.fields import Date, Seconds, Slug, Wire

Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]


class Count(Wire):
    """How often something was; `few` are at least one and fewer than 8, and their `count` is 0."""

    name: str = ""
    count: Annotated[int, Field(ge=0)]
    few: bool = False


class MonthFigures(Wire):
    """One month of the whole place; `ours` are the look-ups of the agency that asks."""

    month: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}$")]
    looked: Count
    ours: Count
    purposes: tuple[Count, ...]
    happened: tuple[Count, ...]


class ServiceFigures(Wire):
    """A service: how fresh it is and what it covers, where it has delivered; and how its records match others'.

    The shares are of the last match-quality run, and left out for a service of few records.
    """

    source: Slug
    as_of: Date | None = None
    coverage_from: Date | None = None
    coverage_area: str = ""
    complete: bool = False
    records: Count | None = None
    certain: Percent | None = None
    probable: Percent | None = None
    none: Percent | None = None


class MatchFigures(Wire):
    """The last match-quality run over everybody: how many records and people, and how surely records match others."""

    ended: Seconds
    records: Count
    people: Count
    certain: Percent
    probable: Percent
    none: Percent
    review_per_1000: Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Figures(Wire):
    """`months` are over, the oldest first."""

    v: Literal[1]
    agency: Slug
    months: tuple[MonthFigures, ...]
    services: tuple[ServiceFigures, ...]
    match: MatchFigures | None = None
