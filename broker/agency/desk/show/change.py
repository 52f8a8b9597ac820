"""A proposed change of agreements for whoever is to sign it: all that changes, and what it would have made. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from broker.agency.proposals import SHOWS, summary
from broker.agency.words import capital, day, day_of
from broker.wire.fields import canonical
from broker.wire.policy_change import Proposal

_WIDTH, _HANGING = 118, 6
"""How the sentences of a change are broken (`policy.diff_text`): so wide, and so deep from the second line on."""


@dataclass(frozen=True)
class ChangeShown:
    """What a template needs. `changes` are lines with how deep each stands; `shifts` are kinds of decisions."""

    name: str
    digest: str
    title: str
    made: str
    until: str
    goes_back: bool
    head: tuple[str, ...]
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


def _unwrapped(text: str) -> list[str]:
    """The lines as they were before a terminal's width broke them: where the next word would not have fitted."""
    found: list[str] = []
    last = ""
    for line in text.splitlines():
        word = line.split(maxsplit=1)
        if last and word and line.startswith(" " * _HANGING) and len(last) + 1 + len(word[0]) > _WIDTH:
            found[-1] += f" {line.strip()}"
        else:
            found.append(line)
        last = line
    return found


def change_shown(name: str, put: Proposal, signed: Sequence[str]) -> ChangeShown:
    """One proposal; `signed` are the ids of those here who have signed it."""
    terms, seen = put.terms, put.terms.simulated
    lines = [(len(line) - len(line.lstrip()), line.strip()) for line in _unwrapped(put.text) if line.strip()]
    return ChangeShown(
        name=name,
        digest=digest_of(put),
        title=f"Proposed on {day_of(terms.made)}",
        made=day_of(terms.made),
        until=day_of(terms.expires),
        goes_back=terms.back,
        head=tuple(line for line in summary(terms) if "sentences of what must" in line),
        changes=tuple((min(deep // 2, 3), line) for deep, line in lines),
        decisions=seen.decisions,
        changed=seen.changed,
        opened=seen.opened,
        since=day(seen.since),
        shifts=tuple(
            (one.said, capital(SHOWS[one.before]), capital(SHOWS[one.after]), f"{one.count:,}") for one in seen.kinds
        ),
        rest=seen.rest,
        signed=tuple(signed),
    )
