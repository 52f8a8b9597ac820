"""The family page from an answer: who to contact, people, what has happened, what can't be seen and why.

It says what `broker.agency.show` prints, in the same words, cut up for a page. Names are this agency's own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from broker.agency import words
from broker.agency.desk.show.timeline import Year, timeline
from broker.agency.desk.show.unseen import Unseen, of_refusal, unseen
from broker.agency.facts import MARKS, involvement_texts, item_texts, stale_before
from broker.agency.family import Member, Subject, members
from broker.agency.ring import NOBODY, OPEN, Call, summary, whom, whom_to_ring
from broker.agency.show import keeping
from broker.agency.unshown import nothings, paused
from broker.wire.answer import EmergencyNote, Involvement, Story


@dataclass(frozen=True)
class Contact:
    """Somebody to ring; `block` is the involvement that says so, for its freshness."""

    worker: str
    role: str
    service: str
    phone: str
    whom: str
    latest: str
    fresh: str
    is_open: bool


@dataclass(frozen=True)
class Group:
    """Contacts under one heading."""

    heading: str
    contacts: tuple[Contact, ...]


@dataclass(frozen=True)
class Block:
    """What one service tells of one person; `unsure` where the match is still to be checked."""

    service: str
    provider: str
    status: str
    level: str
    facts: tuple[str, ...]
    fresh: str
    is_stale: bool
    unsure: bool
    mark: str


@dataclass(frozen=True)
class PersonCard:
    """One member of the family."""

    heading: str = field(repr=False)
    services: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Nothing:
    """Services that show nothing, of one kind of nothing."""

    said: str
    meaning: str
    services: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class FamilyPage:
    """Everything on the page; `refusal` stands alone when the asker may not ask at all."""

    reference: str
    heading: str = field(repr=False)
    reason: str
    asked: str
    summary: str
    paused: tuple[str, ...]
    refusal: Unseen | None
    groups: tuple[Group, ...]
    people: tuple[PersonCard, ...]
    years: tuple[Year, ...]
    unseen: tuple[Unseen, ...]
    nothings: tuple[Nothing, ...]
    not_agreed: Unseen | None
    duties: tuple[str, ...]
    emergency: EmergencyNote | None


def family_page(story: Story, subject: Subject, *, own_names: Mapping[bytes, str]) -> FamilyPage:
    """The page of `story`; `own_names` has what this agency calls the records in `own_refs`."""
    family = members(story, subject, own_names=own_names)
    stale = stale_before(story.asked_at)
    refusal = of_refusal(story.refusal, ["This look-up"]) if story.refusal is not None else None
    return FamilyPage(
        reference=story.reference,
        heading=f"{subject.name}, {words.age(subject.age_band)}",
        reason=story.purpose_label or words.words(story.purpose),
        asked=words.moment(story.asked_at),
        summary=summary(story, family) if family else NOBODY,
        paused=tuple(paused(story)),
        refusal=refusal,
        groups=tuple(_group(*one, everybody=len(family)) for one in whom_to_ring(family)),
        people=tuple(_person(one, stale, story.notices) for one in family),
        years=timeline(family),
        unseen=unseen(family),
        nothings=tuple(
            Nothing(said, meaning, tuple((one.service, one.phone, _coverage(one)) for one in sources))
            for said, meaning, sources in nothings(story)
        ),
        not_agreed=_not_agreed(story),
        duties=duties(story),
        emergency=story.emergency,
    )


def duties(story: Story) -> tuple[str, ...]:
    """What goes with having looked: the law, the family, what may be kept and told on, the record of this look-up."""
    agreements = f"Agreed in {words.listing(story.agreements)}" if story.agreements else ""
    lawful = f"Lawful basis: {story.lawful_basis}" if story.lawful_basis else ""
    tell = f"What to tell the family: {story.tell_family}" if story.tell_family else ""
    texts = [words.sentences(lawful, agreements), words.sentences(tell), keeping(story), *story.notices]
    return tuple(words.sentences(text) for text in texts if text)


def fresh(as_of: dt.date | None, since: dt.date | None, area: str | None) -> str:
    """Correct as of 21 November 2026. Covers Brackwater since 1 April 2024."""
    correct = f"Correct as of {words.day(as_of)}" if as_of else ""
    return words.sentences(correct, words.capital(words.coverage(since, area)))


def _coverage(block: object) -> str:
    return fresh(*(getattr(block, name) for name in ("as_of", "coverage_from", "coverage_area")))


def _group(group: int, heading: str, workers: Sequence[Sequence[Call]], *, everybody: int) -> Group:
    return Group(heading, tuple(_contact(one, is_open=group == OPEN, everybody=everybody) for one in workers))


def _contact(calls: Sequence[Call], *, is_open: bool, everybody: int) -> Contact:
    first = calls[0]
    latest = max(call.latest for call in calls)
    last = f"Last contact {words.day(latest)}" if latest > dt.date.min else ""
    for_whom = whom(calls, everybody=everybody)
    return Contact(first.name, first.role, first.service, first.phone, for_whom, last, _coverage(first.block), is_open)


def _person(member: Member, stale: dt.date, notices: Sequence[str]) -> PersonCard:
    blocks = tuple(_block(one, stale, notices) for one in member.involvements)
    return PersonCard(member.heading, words.listing(one.service for one in blocks), blocks)


def _block(block: Involvement, stale: dt.date, notices: Sequence[str]) -> Block:
    told = ", ".join(involvement_texts(block)) if block.status is not None else words.LEVELS[block.level]
    shown = [item for item in block.items if item.level in ("share", "reduced")] if block.status is not None else []
    return Block(
        service=block.service,
        provider=block.provider if block.provider and block.provider != block.service else "",
        status=words.capital(told),
        level=block.level,
        facts=tuple(words.capital(text) for text in item_texts(shown, notices)),
        fresh=_coverage(block),
        is_stale=block.as_of is not None and block.as_of < stale,
        unsure=block.match != "certain",
        mark=words.capital(MARKS.get(block.mark or "", "").strip(" []")),
    )


def _not_agreed(story: Story) -> Unseen | None:
    if not story.not_agreed or story.not_agreed_why is None:
        return None
    return of_refusal(story.not_agreed_why, [f"{one.service}: {', '.join(one.labels)}" for one in story.not_agreed])
