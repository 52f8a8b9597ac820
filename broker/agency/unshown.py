"""What is not shown and why, services that show nothing, and what no agreement lets this role see for this reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from broker.agency import words
from broker.agency.family import Member
from broker.agency.page import Page
from broker.wire.answer import NotShown, Story

_DANGER = "If somebody is in danger now, ring 999, then the service"
# Two refusals are told together when they differ in nothing but whom to ring.
_Reason = tuple[str, ...]


def show_not_shown(page: Page, family: list[Member], *, reference: str) -> None:
    """Everything that is held back, a reason at a time; of a service that is only named, its items are not listed."""
    held: dict[_Reason, list[tuple[NotShown, str, str, str]]] = {}
    for why, service, what, about in _held_back(family):
        by, glass = why.review_by.isoformat(), str(why.breakable)
        key = (why.rule, why.reason, why.remedy, why.reviewer, by, glass, *why.more_if)
        held.setdefault(key, []).append((why, service, what, about))
    if held:
        page.heading("WHAT IS NOT SHOWN, AND WHY")
    for entries in held.values():
        numbers = [why.number for why, *_ in entries if why.decides is not None and why.number is not None]
        page.items(not_shown_lines(entries[0][0], _services(entries), quote=_quoted(reference, numbers)))


def not_shown_lines(why: NotShown, services: Iterable[str], *, quote: str) -> Iterator[str]:
    """One refusal: what it is about, why, what would change that, whom to ring, who looks at it again by when.

    `quote` is how it is called by whoever needs it nevertheless.
    """
    again = f"{why.reviewer} looks at it again by {words.day(why.review_by)} (rule {why.rule})"
    more = f"More is shown if it is so: {' or '.join(why.more_if)}" if why.more_if else ""
    said = words.sentences(why.reason, why.remedy, more, again, quote, _DANGER if why.breakable else "")
    listed = list(services)
    ring = f"Ring {why.contact}, {why.phone}" if len(listed) == 1 and why.phone not in listed[0] else ""
    yield words.sentences("; ".join(listed), said, ring)


def refusal_quoted(why: NotShown, reference: str) -> str:
    """How a single refusal is challenged; empty where nobody else could decide."""
    return _quoted(reference, [why.number] if why.number is not None and why.decides is not None else [])


def show_nothings(page: Page, story: Story) -> None:
    """The services that show nothing, a sentence for each kind of nothing."""
    kinds: dict[str, list[str]] = {}
    for source in story.sources:
        if source.nothing is not None:
            kinds.setdefault(source.nothing, []).append(f"{source.service} {source.phone}")
    if not kinds:
        return
    page.heading("SERVICES THAT SHOW NOTHING")
    for kind, (answer, meaning) in words.NOTHINGS.items():
        if kind in kinds:
            page.items([words.sentences(f"{answer} ({meaning}): {words.listing(kinds[kind])}")])


def show_not_agreed(page: Page, story: Story) -> None:
    """What is shown to nobody of this role for this reason, whoever the person is."""
    why = story.not_agreed_why
    if not story.not_agreed or why is None:
        return
    page.heading("NOT AGREED for your role and this reason, whoever it is about")
    listed = "; ".join(f"{one.service}: {', '.join(one.labels)}" for one in story.not_agreed)
    again = f"{why.reviewer} looks at it again by {words.day(why.review_by)} (rule {why.rule})"
    ring = f"Ring {why.contact}, {why.phone}"
    quote = refusal_quoted(why, story.reference)
    page.items([words.sentences(listed), words.sentences(why.reason, why.remedy, ring, again, quote)])


def _quoted(reference: str, numbers: list[int]) -> str:
    names = [f"{reference}/{number}" for number in sorted(numbers)]
    return f"To say that you need it: `challenge` {' or '.join(names)}" if names else ""


def _held_back(family: list[Member]) -> Iterator[tuple[NotShown, str, str, str]]:
    for member in family:
        for block in member.involvements:
            if block.not_shown is not None:
                yield block.not_shown, block.service, words.LEVELS[block.level], member.short
            if block.level not in ("share", "reduced"):
                continue
            for item in block.items:
                if item.not_shown is not None:
                    yield item.not_shown, block.service, f"{item.label}, {words.LEVELS[item.level]}", member.short


def _services(entries: list[tuple[NotShown, str, str, str]]) -> list[str]:
    """`CAMHS (waiting, not shown for this reason: Ann and Bo), ring Duty nurse 01632 960333`."""
    by_service: dict[tuple[str, str, str], dict[str, list[str]]] = {}
    for why, service, what, about in entries:
        by_service.setdefault((service, why.contact, why.phone), {}).setdefault(what, []).append(about)
    found = []
    for (service, contact, phone), whats in by_service.items():
        said = "; ".join(f"{what}: {words.listing(about)}" for what, about in whats.items())
        found.append(f"{service} ({said}), ring {contact} {phone}")
    return found
