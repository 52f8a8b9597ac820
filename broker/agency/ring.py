"""Whom to ring: every worker once, with the people they are there for; who works with the family now comes first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from broker.agency import words
from broker.agency.family import Member
from broker.agency.page import Page
from broker.wire.answer import Involvement, Level, Story

RUNG: tuple[Level, ...] = ("share", "reduced", "signpost", "refer")
_OPEN, _ASK, _CLOSED = range(3)
_HEADINGS = {
    _OPEN: "These services are already open to the family: contact them rather than make a new referral.",
    _ASK: "These are or were involved. Ring them: they say what they may.",
    _CLOSED: "No longer open to the family.",
}


@dataclass(frozen=True)
class _Call:
    """One worker or duty desk of a service, and one person they are there for."""

    name: str
    role: str
    service: str
    phone: str
    group: int
    latest: dt.date
    about: str

    @property
    def worker(self) -> tuple[str, str, str, str]:
        return self.name, self.role, self.service, self.phone


def show_whom_to_ring(page: Page, story: Story, family: list[Member]) -> None:
    """The summary and the workers, in up to three groups."""
    if not family:
        page.heading("No service that may answer for this reason shows a record of this person.")
        return
    page.heading("WHO TO RING")
    knowing = {block.source for member in family for block in member.involvements}
    showing = {source.source for source in story.sources if source.found}
    services = "1 service knows" if len(knowing) == 1 else f"{len(knowing)} services know"
    page.line(f"{services} this family. {len(showing)} may show you something for this reason.")
    calls = [_call(block, member.short) for member in family for block in member.involvements if block.level in RUNG]
    workers: dict[tuple[str, str, str, str], list[_Call]] = {}
    for call in calls:
        workers.setdefault(call.worker, []).append(call)
    for group, heading in _HEADINGS.items():
        found = [one for one in workers.values() if min(call.group for call in one) == group]
        if found:
            page.line(heading)
            found.sort(key=lambda one: max(call.latest for call in one), reverse=True)
            page.columns([_row(one, everybody=len(family)) for one in found])


def _call(block: Involvement, about: str) -> _Call:
    lead, group = block.lead, _ASK
    if block.status is not None:
        group = _OPEN if block.status == "current" else _CLOSED
    latest = block.last_contact or block.started or dt.date.min
    if lead is None:
        return _Call("Duty desk", "", block.service, block.duty_phone, group, latest, about)
    phone = lead.phone or f"{block.duty_phone} (duty desk)"
    return _Call(lead.name, lead.role, block.service, phone, group, latest, about)


def _row(calls: Sequence[_Call], *, everybody: int) -> tuple[str, str, str, str]:
    """Who, of which service (its name without what it does, which the facts say), phone, and for whom: in one line."""
    first, people = calls[0], list(dict.fromkeys(call.about for call in calls))
    whom = "everybody" if len(people) == everybody > 2 else words.listing(people)
    worker = ", ".join(filter(None, (first.name, first.role)))
    return worker, first.service.partition(" (")[0], first.phone, whom
