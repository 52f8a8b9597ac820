"""Which services have paused sharing: for their own agency, for the operator, and, where it lasts, for everybody.

Every asker reads it in an answer, and it tells of nobody, so no event says that somebody read it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from broker.parts import Parts
from broker.policy.clocks import last_day
from broker.policy.days import london_date
from broker.store import pauses
from broker.store.pauses import Pause
from broker.wire.pause import Paused, Pauses

LASTS = dt.timedelta(days=7)
"""How long a service has paused before the public register says so."""


@dataclass(frozen=True)
class PausedService:
    """A service, by its own name and its agency's, and since which day it tells nothing."""

    agency: str
    service: str
    since: dt.date


def read_pauses(parts: Parts, *, agency: str) -> Pauses:
    """The agency's own, with who paused them and who proposed to resume."""
    now = int(parts.now().timestamp())
    with parts.store.look() as connection:
        known = pauses.of_agency(connection, parts.keyring, agency)
    return Pauses(v=1, agency=agency, pauses=tuple(_shown(one, now) for one in known.values()))


def paused_services(parts: Parts, *, lasting: bool = False) -> tuple[PausedService, ...]:
    """All of the place, the longest first; with `lasting` only those that have paused for some time."""
    until = parts.now() - (LASTS if lasting else dt.timedelta())
    with parts.store.look() as connection:
        words = parts.at(connection).policies.vocabulary
        rows = pauses.every(connection)
    found = [(agency, source, dt.datetime.fromtimestamp(at, dt.UTC)) for agency, source, at in rows]
    return tuple(
        PausedService(words.agencies[agency].name, words.sources[source].name, london_date(since))
        for agency, source, since in found
        if since <= until and source in words.sources and agency in words.agencies
    )


def _shown(one: Pause, now: int) -> Paused:
    waits = one.is_resuming(now)
    return Paused(
        source=one.source,
        since=one.since,
        paused_by=one.paused_by,
        resuming_by=one.resuming_by if waits else None,
        due=last_day(dt.datetime.fromtimestamp(one.due, dt.UTC)) if waits else None,
    )
