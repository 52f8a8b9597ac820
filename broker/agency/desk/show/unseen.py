"""What is not shown and why: what would change it, whom to ring, who looks at it again, and a way to ask for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from broker.agency import words
from broker.agency.family import Member
from broker.agency.unshown import DANGER, HeldBack, numbers, reasons
from broker.wire.answer import NotShown


@dataclass(frozen=True)
class Unseen:
    """One reason; `number` is the refusal's in its answer, 0 where nobody else could decide."""

    what: tuple[str, ...]
    reason: str
    remedy: str
    more: tuple[str, ...]
    review: str
    rule: str
    ring: str
    number: int
    danger: str


def unseen(family: list[Member]) -> tuple[Unseen, ...]:
    """Everything that is held back. What one asks for is a refusal of its own, so each that can be asked for is one."""
    found: list[Unseen] = []
    for entries in reasons(family):
        by_number: dict[int, list[HeldBack]] = {}
        for one in entries:
            by_number.setdefault(next(iter(numbers([one])), 0), []).append(one)
        found += [of_refusal(held[0].why, _listed(held), number=number) for number, held in by_number.items()]
    return tuple(found)


def _listed(held: Sequence[HeldBack]) -> list[str]:
    """Mental health and CAMHS, who to ring only: Callum and Leanne."""
    about: dict[str, list[str]] = {}
    for one in held:
        about.setdefault(f"{one.service}, {one.what}", []).append(one.about)
    return [f"{what}: {words.listing(whom)}" for what, whom in about.items()]


def of_refusal(why: NotShown, what: Sequence[str], *, number: int | None = None) -> Unseen:
    """One refusal in words."""
    known = why.number if why.decides is not None and why.number is not None else 0
    said = " ".join(what)
    return Unseen(
        what=tuple(words.capital(one) for one in what),
        reason=words.sentences(why.reason),
        remedy=words.sentences(why.remedy),
        more=tuple(words.capital(one.strip("[]")) for one in why.more_if),
        review=f"{why.reviewer} looks at it again by {words.day(why.review_by)}",
        rule=why.rule,
        ring=f"Ring {why.contact}, {why.phone}" if why.phone and why.phone not in said else "",
        number=known if number is None else number,
        danger=f"{DANGER}." if why.breakable else "",
    )
