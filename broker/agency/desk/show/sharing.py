"""Which of our services share, and which have paused, for officers. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from broker.agency.desk.show.called import Called
from broker.agency.words import day, moment, plain, sentences
from broker.wire.pause import Paused

ALL = "all"


@dataclass(frozen=True)
class ServiceShown:
    """One service; `may` is what can be done about its pause by whoever looks, and empty while it shares."""

    source: str
    name: str
    is_paused: bool
    since: str = ""
    waits: str = ""
    may: tuple[tuple[str, str], ...] = ()


def service_shown(source: str, paused: Paused | None, called: Called, *, me: str) -> ServiceShown:
    """A service as it stands; `me` is who looks, as the broker knows them."""
    name = called.service(source)
    if paused is None:
        return ServiceShown(source, name, is_paused=False)
    until = f" by {day(paused.due)}" if paused.due else ""
    proposed = f"{_by('Somebody', paused.resuming_by, called)} proposed to resume it; another officer agrees{until}"
    return ServiceShown(
        source,
        name,
        is_paused=True,
        since=sentences(f"Paused since {moment(paused.since)} by {_by('somebody', paused.paused_by, called)}"),
        waits=sentences(proposed) if paused.resuming_by else "",
        may=_may(paused, me),
    )


def _may(paused: Paused, me: str) -> tuple[tuple[str, str], ...]:
    if paused.resuming_by is None:
        return (("propose", "Propose to resume"),)
    # Whoever proposed it leaves the rest to somebody else.
    return () if paused.resuming_by == me else (("agree", "Agree: share again"),)


def _by(nobody: str, who: str | None, called: Called) -> str:
    return plain(called.staff.get(who or "", nobody))
