"""What is not shown and why, services that show nothing, and what no agreement lets this role see for this reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from broker.agency import words
from broker.agency.family import Member
from broker.agency.page import Page
from broker.wire.answer import NotShown, SourceAnswer, Story

DANGER = "If somebody is in danger now, ring 999, then the service"
# Two refusals are told together when they differ in nothing but whom to ring.
_Reason = tuple[str, ...]


@dataclass(frozen=True)
class HeldBack:
    """One refusal: why, of which service, what it is about (an item, or the service itself), and about whom."""

    why: NotShown
    service: str
    what: str
    about: str


def show_not_shown(page: Page, family: list[Member], *, reference: str) -> None:
    """Everything that is held back, a reason at a time; of a service that is only named, its items are not listed."""
    held = reasons(family)
    if held:
        page.heading("WHAT IS NOT SHOWN, AND WHY")
    for entries in held:
        page.items(not_shown_lines(entries[0].why, services(entries), quote=_quoted(reference, numbers(entries))))


def reasons(family: list[Member]) -> list[list[HeldBack]]:
    """Everything that is held back, together what is held back for one reason."""
    held: dict[_Reason, list[HeldBack]] = {}
    for one in _held_back(family):
        why, by, glass = one.why, one.why.review_by.isoformat(), str(one.why.breakable)
        key = (why.rule, why.reason, why.remedy, why.reviewer, by, glass, *why.more_if)
        held.setdefault(key, []).append(one)
    return list(held.values())


def numbers(entries: Sequence[HeldBack]) -> list[int]:
    """The numbers by which refusals are challenged: of those that somebody could decide otherwise."""
    found = [one.why for one in entries]
    return sorted(why.number for why in found if why.decides is not None and why.number is not None)


def not_shown_lines(why: NotShown, services: Iterable[str], *, quote: str) -> Iterator[str]:
    """One refusal: what it is about, why, what would change that, whom to ring, who looks at it again by when.

    `quote` is how it is called by whoever needs it nevertheless.
    """
    again = f"{why.reviewer} looks at it again by {words.day(why.review_by)} (rule {why.rule})"
    more = f"More is shown if it is so: {' or '.join(why.more_if)}" if why.more_if else ""
    said = words.sentences(why.reason, why.remedy, more, again, quote, DANGER if why.breakable else "")
    listed = list(services)
    ring = f"Ring {why.contact}, {why.phone}" if len(listed) == 1 and why.phone not in listed[0] else ""
    yield words.sentences("; ".join(listed), said, ring)


def refusal_quoted(why: NotShown, reference: str) -> str:
    """How a single refusal is challenged; empty where nobody else could decide."""
    return _quoted(reference, [why.number] if why.number is not None and why.decides is not None else [])


def show_nothings(page: Page, story: Story) -> None:
    """The services that show nothing, a sentence for each kind of nothing."""
    found = nothings(story)
    if found:
        page.heading("SERVICES THAT SHOW NOTHING")
    for answer, meaning, sources in found:
        listed = words.listing(f"{one.service} {one.phone}" for one in sources)
        page.items([words.sentences(f"{answer} ({meaning}): {listed}")])


def nothings(story: Story) -> list[tuple[str, str, list[SourceAnswer]]]:
    """For each kind of nothing its name, its meaning, and the services that answered so."""
    kinds = [
        (said, meaning, [one for one in story.sources if one.nothing == kind])
        for kind, (said, meaning) in words.NOTHINGS.items()
    ]
    return [one for one in kinds if one[2]]


def show_paused(page: Page, story: Story) -> None:
    """The services that have paused sharing, before everything that is shown: this much is missing."""
    found = paused(story)
    if found:
        page.heading("SHARING PAUSED: what these services know is missing here")
        page.items(found)


def paused(story: Story) -> list[str]:
    """For each service that has paused sharing since when, and whom to ring; it may know this family or not."""
    since = [(one, one.paused_since) for one in story.sources if one.paused_since is not None]
    return [
        words.sentences(
            f"{one.service} has told nobody anything since {words.day(day)}, and may know this family",
            f"Ring {one.phone}",
        )
        for one, day in since
    ]


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


def _quoted(reference: str, found: list[int]) -> str:
    names = [f"{reference}/{number}" for number in found]
    return f"To say that you need it: `challenge` {' or '.join(names)}" if names else ""


def _held_back(family: list[Member]) -> Iterator[HeldBack]:
    for member in family:
        for block in member.involvements:
            if block.not_shown is not None:
                yield HeldBack(block.not_shown, block.service, words.LEVELS[block.level], member.short)
            if block.level not in ("share", "reduced"):
                continue
            for item in block.items:
                if item.not_shown is not None:
                    what = f"{item.label}, {words.LEVELS[item.level]}"
                    yield HeldBack(item.not_shown, block.service, what, member.short)


def services(entries: Sequence[HeldBack]) -> list[str]:
    """`CAMHS (waiting, not shown for this reason: Ann and Bo), ring Duty nurse 01632 960333`."""
    by_service: dict[tuple[str, str, str], dict[str, list[str]]] = {}
    for one in entries:
        whats = by_service.setdefault((one.service, one.why.contact, one.why.phone), {})
        whats.setdefault(one.what, []).append(one.about)
    found = []
    for (service, contact, phone), whats in by_service.items():
        said = "; ".join(f"{what}: {words.listing(about)}" for what, about in whats.items())
        found.append(f"{service} ({said}), ring {contact} {phone}")
    return found
