"""How sharing is used, what it covers and how well it matches: figures by which nobody can be recognised.

They are made of headers of the log, of what deliveries said of themselves and of the last match-quality run, so that no
event says who read them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import dropwhile
from typing import Any

from broker.actions.count_month import SMALL, Month, Months, rounded
from broker.actions.run_blocks import QUALITY
from broker.parts import Parts
from broker.store import deliveries, runs
from broker.store.runs import LastRun
from broker.wire.figures import Count, Figures, MatchFigures, MonthFigures, ServiceFigures

LEAST_MATCHED = 100
"""Records that a service must have before a share of them is told."""


def read_figures(parts: Parts, months: Months, *, agency: str) -> Figures:
    """The figures of now, for an agency."""
    with parts.store.look() as connection:
        parts = parts.at(connection)
        fresh = deliveries.coverages(connection)
        run = runs.last(connection, QUALITY)
    sources = list(parts.policies.vocabulary.sources)
    return Figures(
        v=1,
        agency=agency,
        months=tuple(_month(one, agency) for one in dropwhile(_is_empty, reversed(months.read(parts)))),
        services=tuple(_services(sources, fresh, run.figures if run else {})),
        match=_match(run) if run else None,
    )


def _month(one: Month, agency: str) -> MonthFigures:
    return MonthFigures(
        month=one.name,
        looked=_count(one.looked_up),
        ours=_count(one.by_agency.get(agency, 0)),
        purposes=tuple(_count(many, name) for name, many in sorted(one.by_purpose.items())),
        happened=tuple(_count(many, name) for name, many in sorted(one.others.items())),
    )


def _is_empty(one: Month) -> bool:
    """Whether it was before the place began."""
    return not (one.by_purpose or one.others)


def _services(sources: list[str], fresh: Mapping[str, Any], figures: Mapping[str, Any]) -> Iterator[ServiceFigures]:
    matched = figures.get("sources", {})
    for source in sources:
        row, found = fresh.get(source), matched.get(source, {})
        many = int(found.get("records", 0))
        shares = {name: _percent(found[name]) for name in _BANDS} if many >= LEAST_MATCHED else {}
        said = {} if row is None else {name: getattr(row, name) for name in _SAID}
        records = {"records": _count(many)} if found else {}
        yield ServiceFigures.model_validate({"source": source, **said, **records, **shares})


def _match(run: LastRun) -> MatchFigures:
    found = run.figures
    shares = {name: _percent(found[name]) for name in _BANDS}
    return MatchFigures.model_validate(
        {
            "ended": run.ended,
            "records": _count(found["records"]),
            "people": _count(found["people"]),
            **shares,
            "review_per_1000": round(float(found["review_per_1000"]), 1),
        }
    )


def _count(many: int, name: str = "") -> Count:
    is_few = 0 < many < SMALL
    return Count(name=name, count=0 if is_few else rounded(many), few=is_few)


def _percent(share: float) -> float:
    return float(round(100 * share))


_BANDS = ("certain", "probable", "none")
_SAID = ("as_of", "coverage_from", "coverage_area", "complete")
