"""Figures in words and rows: trends, what happened, what is covered, how well it matches. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from broker.agency.words import capital, day, day_of, plain, words
from broker.wire.figures import Count, Figures, MatchFigures, MonthFigures, ServiceFigures
from broker.wire.place import PlaceWords

FEW = "fewer than 8"
_FEW_DRAWN = 4
"""Where the chart has a count that is not told: in the middle of what it may be."""
HAPPENED: Mapping[str, str] = {
    "challenge made": "Somebody asked for more than they were shown",
    "challenge answered": "Of those, and of refusals drawn by lot, answered",
    "emergency opened": "Emergencies in which more was shown at once",
    "emergency reviewed": "Emergencies judged by a second person",
    "right taken": "People's requests about their own information",
    "right decided": "People's requests decided",
}
Point = tuple[str, int, str]
"""A label, the number that is drawn, and the number as it is told."""


@dataclass(frozen=True)
class FiguresShown:
    """What the template needs. `trend` and `ours` are points by month, `rows` are cells of tables."""

    trend: tuple[Point, ...]
    ours: tuple[Point, ...]
    month: str
    reasons: tuple[Point, ...]
    happened_heads: tuple[str, ...]
    happened: tuple[tuple[str, ...], ...]
    coverage: tuple[tuple[str, ...], ...]
    missing: tuple[str, ...]
    match: tuple[tuple[str, str], ...]
    matched: str
    services: tuple[tuple[str, ...], ...]
    shares: tuple[tuple[str, int], ...]


def figures_shown(told: Figures, called: PlaceWords) -> FiguresShown:
    """All of the page."""
    months = told.months
    last = months[-1] if months else None
    reasons = {one.purpose: one.label for one in called.purposes}
    named = {one.source: plain(called.services.get(one.source, one.source)) for one in told.services}
    sent = [one for one in told.services if one.as_of is not None]
    return FiguresShown(
        trend=tuple(_point(_month(one), one.looked) for one in months),
        ours=tuple(_point(_month(one), one.ours) for one in months),
        month=_month(last) if last else "",
        reasons=tuple(
            _point(plain(reasons.get(one.name) or capital(words(one.name))), one)
            for one in sorted(last.purposes if last else (), key=lambda one: -one.count)
        ),
        happened_heads=("What happened", *(_month(one) for one in months[-_COLUMNS:])),
        happened=tuple(_happened(name, text, months) for name, text in HAPPENED.items()) if months else (),
        coverage=tuple(_coverage(named[one.source], one) for one in sent),
        missing=tuple(named[one.source] for one in told.services if one.as_of is None),
        match=_match(told.match) if told.match else (),
        matched=day_of(told.match.ended) if told.match else "",
        services=tuple(_service(named[one.source], one) for one in told.services if one.records is not None),
        shares=_shares(told.match) if told.match else (),
    )


_COLUMNS = 3


def said(one: Count) -> str:
    """A count as it is told."""
    return FEW if one.few else f"{one.count:,}"


def _point(label: str, one: Count) -> Point:
    return label, _FEW_DRAWN if one.few else one.count, said(one)


def _month(one: MonthFigures) -> str:
    return day(dt.date.fromisoformat(f"{one.month}-01")).partition(" ")[2]


def _happened(name: str, text: str, months: tuple[MonthFigures, ...]) -> tuple[str, ...]:
    found = [{one.name: one for one in month.happened} for month in months[-_COLUMNS:]]
    return text, *(said(one[name]) if name in one else "0" for one in found)


def _coverage(name: str, one: ServiceFigures) -> tuple[str, ...]:
    since = day(one.coverage_from) if one.coverage_from else "not said"
    area = plain(one.coverage_area) or "not said"
    return name, day(one.as_of) if one.as_of else "", since, area, "Yes" if one.complete else "In part"


def _match(one: MatchFigures) -> tuple[tuple[str, str], ...]:
    return (
        ("Records compared", said(one.records)),
        ("People they are about", said(one.people)),
        ("To be checked by a person", f"{one.review_per_1000:g} of every 1,000 records"),
    )


def _shares(one: MatchFigures) -> tuple[tuple[str, int], ...]:
    named = {"Certain": one.certain, "To be checked": one.probable, "Nobody else knows them": one.none}
    return tuple((name, round(percent)) for name, percent in named.items())


def _service(name: str, one: ServiceFigures) -> tuple[str, ...]:
    shares = (one.certain, one.probable, one.none)
    told = ("too few to say" if share is None else f"{share:g} %" for share in shares)
    return name, said(one.records) if one.records else "", *told
