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
OPEN, _ASK, _CLOSED = range(3)
NOBODY = "No service that may answer for this reason shows a record of this person."
_HEADINGS = {
    OPEN: "These services are already open to the family: contact them rather than make a new referral.",
    _ASK: "These are or were involved. Ring them: they say what they may.",
    _CLOSED: "No longer open to the family.",
}


@dataclass(frozen=True)
class Call:
    """One worker or duty desk of a service, and one person they are there for, as `block` has it."""

    name: str
    role: str
    service: str
    phone: str
    group: int
    latest: dt.date
    about: str
    block: Involvement

    @property
    def worker(self) -> tuple[str, str, str, str]:
        """Whoever answers the telephone, however many people they are there for."""
        return self.name, self.role, self.service, self.phone


def summary(story: Story, family: list[Member]) -> str:
    """How many services know the family, and how many of them may show something."""
    knowing = {block.source for member in family for block in member.involvements}
    showing = {source.source for source in story.sources if source.found}
    services = "1 service knows" if len(knowing) == 1 else f"{len(knowing)} services know"
    return f"{services} this family. {len(showing)} may show you something for this reason."


def whom_to_ring(family: list[Member]) -> list[tuple[int, str, list[list[Call]]]]:
    """Every worker once, in up to three groups with headings. Who is there for the person asked about comes first.

    Then it goes by the last contact, the latest first.
    """
    calls = [_call(block, member.short) for member in family for block in member.involvements if block.level in RUNG]
    workers: dict[tuple[str, str, str, str], list[Call]] = {}
    for call in calls:
        workers.setdefault(call.worker, []).append(call)
    groups = []
    for group, heading in _HEADINGS.items():
        found = [one for one in workers.values() if min(call.group for call in one) == group]
        found.sort(key=lambda one: (_is_for(one, family[0]), max(call.latest for call in one)), reverse=True)
        if found:
            groups.append((group, heading, found))
    return groups


def show_whom_to_ring(page: Page, story: Story, family: list[Member]) -> None:
    """The summary and the workers, in up to three groups."""
    if not family:
        page.heading(NOBODY)
        return
    page.heading("WHO TO RING")
    page.line(summary(story, family))
    for _, heading, found in whom_to_ring(family):
        page.line(heading)
        page.columns([_row(one, everybody=len(family)) for one in found])


def _is_for(calls: Sequence[Call], member: Member) -> bool:
    return any(call.about == member.short for call in calls)


def _call(block: Involvement, about: str) -> Call:
    lead, group = block.lead, _ASK
    if block.status is not None:
        group = OPEN if block.status == "current" else _CLOSED
    latest = block.last_contact or block.started or dt.date.min
    if lead is None:
        return Call("Duty desk", "", block.service, block.duty_phone, group, latest, about, block)
    phone = lead.phone or f"{block.duty_phone} (duty desk)"
    return Call(lead.name, lead.role, block.service, phone, group, latest, about, block)


def whom(calls: Sequence[Call], *, everybody: int) -> str:
    """The people whom a worker is there for."""
    people = list(dict.fromkeys(call.about for call in calls))
    return "everybody" if len(people) == everybody > 2 else words.listing(people)


def _row(calls: Sequence[Call], *, everybody: int) -> tuple[str, str, str, str]:
    """Who, of which service (its name without what it does, which the facts say), phone, and for whom: in one line."""
    first = calls[0]
    worker = ", ".join(filter(None, (first.name, first.role)))
    return worker, first.service.partition(" (")[0], first.phone, whom(calls, everybody=everybody)
