"""Two people at the broker open who has looked at one record, embargoed looks too: for a court, or a complaint.

Who they are, for which matter, and of which record are an event of the audit log, before anything is shown.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from broker.actions.who_has_seen import Look, looks_at, note_read
from broker.audit.disclosures import reveal
from broker.errors import BadInput, NotFound
from broker.keys.envelope import day_tag
from broker.parts import Parts
from broker.policy.days import london_date
from broker.store import auditlog
from broker.store.engine import Released
from broker.wire.reference import spoken_reference

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,63}", re.ASCII)


@dataclass(frozen=True)
class Opening:
    """Which record is opened, by its agency's pseudonym of it; by which two people, for which matter."""

    source: str
    ref: bytes
    by: str
    second: str
    matter: str


@dataclass(frozen=True)
class OpenedLook:
    """One look. `staff` is the asking agency's pseudonym; `told_from` when the record's own agency is told of it."""

    at: str
    org: str
    role: str
    purpose: str
    staff: str = field(repr=False)
    items: Sequence[Sequence[str]]
    answer: str
    told_from: dt.date


def open_looks(parts: Parts, opening: Opening) -> Released[list[OpenedLook]]:
    """Every look at the record that the log still keeps. Raises `BadInput` and `NotFound`."""
    check_opening(opening)
    with parts.store.look() as connection:
        parts = parts.at(connection)
        if opening.source not in parts.policies.vocabulary.sources:
            raise NotFound("source-unknown", "there is no such source", field="source")
        found = looks_at(parts, connection, opening.source, opening.ref)
        looks = [_opened(parts, connection, one) for one in found.looks if one.leaf]
    today = day_tag(found.seen_key, parts.now().astimezone(dt.UTC).date()).hex()
    untold = sum(one.told_from > london_date(parts.now()) for one in looks)
    private: dict[str, str | int] = {"by": opening.by, "second": opening.second, "matter": opening.matter}
    private |= {"source": opening.source, "tag": today, "told": len(looks), "untold": untold}
    with parts.store.begin() as tx:
        tx.audit(note_read(parts, "opened", org="broker", private=private))
        held = tx.release(looks)
    return held.released()


def check_opening(opening: Opening) -> None:
    """Raises `BadInput` unless two different people are named, and a matter."""
    for name, said in (("by", opening.by), ("second", opening.second), ("matter", opening.matter)):
        if not _WORD.fullmatch(said):
            hint = "letters, digits and . _ / - only: a staff number, the number of the matter"
            raise BadInput("opening-invalid", "a name or number is not of the agreed form", field=name, hint=hint)
    if opening.by.casefold() == opening.second.casefold():
        raise BadInput("second-person", "two different people open this", field="second")


def _opened(parts: Parts, connection: Connection, look: Look) -> OpenedLook:
    event: dict[str, Any] = json.loads(look.leaf)
    shown = dict(reveal(text) for text in look.disclosures)
    answer = bytes.fromhex(shown.get("answer", ""))
    cover = auditlog.disclosures(connection, parts.keyring, answer) if answer else {}
    places = [place for name, value in shown.items() if name.startswith("record.") for place in value[1]]
    return OpenedLook(
        at=event["t"],
        org=event["org"],
        role=str(shown.get("role", "")),
        purpose=event["purpose"],
        staff=str(reveal(cover["staff"])[1]) if "staff" in cover else "",
        items=[event["items"][place] for place in places],
        answer=spoken_reference(answer) if answer else "",
        told_from=look.told_from or dt.date.max,
    )
