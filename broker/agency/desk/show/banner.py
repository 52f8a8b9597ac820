"""What stands on every page of an officer until it is dealt with: emergencies that go on or wait, and pauses. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from broker.agency.words import listing, moment, plain, sentences
from broker.wire.standing import Standing


@dataclass(frozen=True)
class Notice:
    """One line of the banner, and where it is dealt with."""

    text: str
    href: str
    link: str


def notices(found: Standing | None) -> tuple[Notice, ...]:
    """The lines, the most urgent first; none where nothing has to be known, or the broker doesn't say."""
    return tuple(_notices(found)) if found else ()


def _notices(found: Standing) -> Iterator[Notice]:
    if found.open_until is not None or found.emergencies:
        until = f"Emergency access is open until {moment(found.open_until)}" if found.open_until is not None else ""
        waits = f"{_many(found.emergencies)} of ours {_have(found.emergencies)} to be judged"
        owed = f", {found.unexplained:,} to be explained first" if found.unexplained else ""
        yield Notice(sentences(until, f"{waits}{owed}" if found.emergencies else ""), "/looks", "Look-ups to review")
    if found.to_judge:
        said = f"{_many(found.to_judge)} of others {_have(found.to_judge)} to be judged by us"
        yield Notice(sentences(said), "/refusals", "Refusals and emergencies")
    yield from _paused(found)


def _paused(found: Standing) -> Iterator[Notice]:
    if found.paused:
        said = listing(f"{plain(one.service)} since {moment(one.since)}" for one in found.paused)
        waits = "Somebody has proposed to resume, and a second person agrees or not"
        told = ("We have paused sharing", f"{said}: nobody is told what these services hold")
        resuming = any(one.resuming for one in found.paused)
        yield Notice(sentences(*told, waits if resuming else ""), "/agency/sharing", "Pause or resume sharing")


def _many(number: int) -> str:
    return "One emergency" if number == 1 else f"{number:,} emergencies"


def _have(number: int) -> str:
    return "has" if number == 1 else "have"
