"""A proposed change of agreements for whoever is to sign it: all that changes, and what it would have made. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from broker.agency.desk.show.cover import Cover, cover, does, uncoded, unwrapped
from broker.agency.proposals import SHOWS
from broker.agency.words import capital, day, day_of
from broker.wire.fields import canonical
from broker.wire.policy_change import Proposal


@dataclass(frozen=True)
class ChangeShown:
    """What a template needs. `changes` are lines with how deep each stands; `shifts` are kinds of decisions."""

    name: str
    digest: str
    title: str
    made: str
    until: str
    goes_back: bool
    cover: Cover
    does: tuple[str, ...]
    software: str
    changes: tuple[tuple[int, str], ...]
    decisions: int
    changed: int
    opened: int
    since: str
    shifts: tuple[tuple[str, str, str, str], ...]
    rest: int
    signed: tuple[str, ...]


def digest_of(put: Proposal) -> str:
    """What names exactly these terms, and with them the sentences: a file may be another by the time it is signed."""
    return hashlib.sha256(canonical(put.terms)).hexdigest()


def change_shown(name: str, put: Proposal, signed: Sequence[str]) -> ChangeShown:
    """One proposal; `signed` are the ids of those here who have signed it."""
    terms, seen, told = put.terms, put.terms.simulated, cover(put.text)
    lines = [(len(line) - len(line.lstrip()), line.strip()) for line in unwrapped(put.text) if line.strip()]
    return ChangeShown(
        name=name,
        digest=digest_of(put),
        title=f"Proposed on {day_of(terms.made)}",
        made=day_of(terms.made),
        until=day_of(terms.expires),
        goes_back=terms.back,
        cover=told,
        does=tuple(does(told, sentences_proven=terms.sentences, is_compared=bool(terms.diff))),
        software=terms.software,
        changes=tuple((min(deep // 2, 3), line) for deep, line in lines),
        decisions=seen.decisions,
        changed=seen.changed,
        opened=seen.opened,
        since=day(seen.since),
        shifts=tuple(
            (uncoded(one.said), capital(SHOWS[one.before]), capital(SHOWS[one.after]), f"{one.count:,}")
            for one in seen.kinds
        ),
        rest=seen.rest,
        signed=tuple(signed),
    )
