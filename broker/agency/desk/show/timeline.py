"""What has happened, newest first: dates of involvements and of facts that are shown, each in one line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from broker.agency import words
from broker.agency.family import Member
from broker.wire.answer import Involvement, ShownItem

_SHOWN = ("share", "reduced")


@dataclass(frozen=True, order=True)
class Happening:
    """One thing that happened: on which day, to whom, what, who says so and whom to ring about it."""

    on: dt.date
    service: str
    what: str
    whom: str = field(repr=False)
    ring: str


@dataclass(frozen=True)
class Year:
    """The happenings of one year."""

    year: int
    happenings: tuple[Happening, ...]


def timeline(family: list[Member]) -> tuple[Year, ...]:
    """Every dated thing that is shown, by year, the newest first."""
    found = {one for member in family for block in member.involvements for one in _of(block, member.short)}
    newest = sorted(found, reverse=True)
    return tuple(Year(year, tuple(held)) for year, held in groupby(newest, key=lambda one: one.on.year))


def _of(block: Involvement, whom: str) -> Iterator[Happening]:
    ring = f"{block.lead.name}, {block.lead.phone or block.duty_phone}" if block.lead else f"{block.duty_phone}"
    dated = [(block.started, "Involvement began"), (block.ended, "Involvement ended")]
    if block.last_contact not in (block.started, block.ended):
        dated.append((block.last_contact, "Last contact"))
    for item in block.items:
        dated += list(_dates(item)) if item.level in _SHOWN else []
    for on, what in dated:
        if on is not None:
            yield Happening(on, block.service, what, whom, ring)


def _dates(item: ShownItem) -> Iterator[tuple[dt.date, str]]:
    last = "count_and_last_date_only" in item.obligations
    for held in item.values:
        on = held.on or held.until
        if on is not None:
            told = words.value(held, item.words, kind=item.kind, last=last)
            yield on, f"{item.label}: {told}" if told != words.day(on) else item.label
