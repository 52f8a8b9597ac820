"""Deliveries for whoever sends them: what arrived, what did not and why, service by service, with the trend. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from broker.agency.delivery import Delivery
from broker.agency.upload import rejected_rows
from broker.agency.words import capital, day_of, plain

MOST = 12
"""Deliveries of one service in its trend, the newest."""


@dataclass(frozen=True)
class Sent:
    """One delivery in figures. `reasons` counts the rows that were not taken by why."""

    source: str
    file: str
    at: int
    is_complete: bool
    rows: int
    refused: int
    reasons: Counter[str]

    @property
    def percent(self) -> float:
        """The share of rows that were not taken."""
        return round(100 * self.refused / max(self.rows + self.refused, 1), 1)


@dataclass(frozen=True)
class ServiceShown:
    """One service: its newest deliveries as rows of a table, the trend oldest first, and why rows were not taken."""

    name: str
    rows: tuple[tuple[str, str, str, str], ...]
    trend: tuple[tuple[str, float], ...]
    reasons: tuple[tuple[str, int], ...]


def sent_of(one: Delivery) -> Sent:
    """The figures of a delivery: rows that never left, and those that the broker refused."""
    closed = one.closed()
    every = [*one.manifest.rejected, *rejected_rows(one.receipts())]
    reasons = Counter(capital(plain(f"{row.field}: {row.reason}" if row.field else row.reason)) for row in every)
    at, rows = closed.at if closed else one.manifest.version, one.manifest.rows
    refused = len({row.row for row in every})
    return Sent(one.manifest.source, plain(one.manifest.file), at, closed is not None, rows, refused, reasons)


def by_service(sent: Iterable[Sent], called: dict[str, str]) -> list[ServiceShown]:
    """Each service that has sent something; `called` has their names."""
    found: dict[str, list[Sent]] = {}
    for one in sorted(sent, key=lambda one: one.at):
        found.setdefault(one.source, []).append(one)
    return [_service(called.get(source, source), every[-MOST:]) for source, every in sorted(found.items())]


def _service(name: str, every: Sequence[Sent]) -> ServiceShown:
    newest = every[-1]
    rows = tuple(
        (f"{day_of(one.at)}: {one.file}", f"{one.rows:,}", f"{one.refused:,}", _state(one)) for one in every[::-1]
    )
    trend = tuple((day_of(one.at), one.percent) for one in every)
    return ServiceShown(plain(name), rows, trend, tuple(newest.reasons.most_common(10)))


def _state(one: Sent) -> str:
    return "Arrived" if one.is_complete else "Not finished: send it again"
