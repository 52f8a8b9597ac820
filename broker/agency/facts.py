"""The facts, person by person: each service's involvement and what it shares, in a line or two."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from broker.agency import words
from broker.agency.family import Member
from broker.agency.page import Page
from broker.wire.answer import Involvement, ShownItem, Story

FRESH_DAYS = 7
MARKS = {
    "disputed": " [the person says this is wrong: it is being checked]",
    "statement": " [the person sees this otherwise: ask the service for their view]",
}
_LAST_ONLY = "count_and_last_date_only"


def show_facts(page: Page, member: Member, *, asked_at: int, notices: Sequence[str]) -> None:
    """What is shown of one person. Duties that are among the `notices` are said once at the end, not here."""
    page.heading(member.heading)
    stale = stale_before(asked_at)
    page.items(_fact(block, stale, notices) for block in member.involvements if block.status is not None)
    for level in ("signpost", "refer", "withhold"):
        services = [_service(block) for block in member.involvements if block.level == level]
        if services:
            page.items([f"{words.capital(words.LEVELS[level])}: {words.listing(services)}."])


def show_coverage(page: Page, story: Story) -> None:
    """How fresh the answer is and what it covers, once for all services that are alike."""
    stale = stale_before(story.asked_at)
    days = {source.service: source.as_of for source in story.sources if source.as_of is not None}
    old = {service: day for service, day in days.items() if day < stale}
    fresh = [day for day in days.values() if day >= stale]
    which = "All other services" if old else "All services"
    late = "; ".join(f"{service} {words.day(day)}" for service, day in old.items())
    areas: dict[str, list[str]] = {}
    for source in story.sources:
        if text := words.coverage(source.coverage_from, source.coverage_area):
            areas.setdefault(text, []).append(source.service)
    page.heading("How fresh this is, and what it covers")
    texts = [f"Older: {late}" if late else "", f"{which}: correct as of {words.days(fresh)}" if fresh else ""]
    texts += [f"{words.listing(names) if len(areas) > 1 else 'Every service'}: {text}" for text, names in areas.items()]
    page.items(words.sentences(text) for text in texts if text)


def stale_before(asked_at: int) -> dt.date:
    """What was correct before this day is not fresh."""
    return dt.datetime.fromtimestamp(asked_at, dt.UTC).date() - dt.timedelta(days=FRESH_DAYS)


def _fact(block: Involvement, stale: dt.date, notices: Sequence[str]) -> str:
    shown = (item for item in block.items if item.level in ("share", "reduced"))
    said = f"{_service(block)}: {', '.join(involvement_texts(block))}"
    return words.sentences(said + _old(block.as_of, stale), *item_texts(shown, notices))


def _service(block: Involvement) -> str:
    """The service, who provides it where that is not the same, and what there is to be careful about."""
    provider = f" ({block.provider})" if block.provider and block.provider != block.service else ""
    unsure = " [match: to be checked]" if block.match != "certain" else ""
    return f"{block.service}{provider}{unsure}{MARKS.get(block.mark or '', '')}"


def involvement_texts(block: Involvement) -> Iterator[str]:
    """Since when, until when, and the last contact."""
    status = words.STATUSES[block.status or "not_covered"]
    if block.started is not None and block.ended is not None:
        yield f"{status}, from {words.day(block.started)} to {words.day(block.ended)}"
    elif block.started is not None:
        yield f"{status} since {words.day(block.started)}" if block.status == "current" else status
    else:
        yield f"{status} on {words.day(block.ended)}" if block.ended is not None else status
    if block.last_contact is not None and block.last_contact != block.ended:
        yield f"last contact {words.day(block.last_contact)}"


def _old(as_of: dt.date | None, stale: dt.date) -> str:
    return f" (correct as of {words.day(as_of)})" if as_of is not None and as_of < stale else ""


def item_texts(items: Iterable[ShownItem], notices: Sequence[str]) -> Iterator[str]:
    """Each fact with what there is to be careful about, where the `notices` don't say so of all."""
    for item in items:
        last = _LAST_ONLY in item.obligations
        told = "; ".join(words.value(held, item.words, kind=item.kind, last=last) for held in item.values)
        duties = [item.words.get(duty, words.words(duty)) for duty in item.obligations]
        own = ", ".join(duty.lower() for duty in duties if duty not in notices)
        yield f"{item.label}: {told or words.LEVELS[item.level]}" + (f" ({own})" if own else "")
