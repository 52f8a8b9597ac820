"""The refusals of an answer by their numbers: as they enter its cover leaf, sealed, and as they are found again.

`7ZQF-1K0M-R/3` is the third refusal of that answer. Its row says which item, rule and agreement, and names the record
by its tag in that answer, which means nothing elsewhere. What was withheld silently has no number and no row.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from broker.audit.disclosures import reveal
from broker.errors import NotFound
from broker.parts import Parts
from broker.policy.decision import Refusal
from broker.store import auditlog, auditread
from broker.store.recalls import trace_tag
from broker.story.held import Shown
from broker.story.tell import JudgedPerson
from broker.wire.reference import reference_prefix

OPEN_DAYS = 28
"""How long after an answer its refusals may be challenged."""


@dataclass(frozen=True)
class RefusalRow:
    """A refusal as the log keeps it. `item` and `tag` are empty where it is about no record.

    `lifts` is whether emergency access would show more; `is_quiet` whether the person's whereabouts are protected.
    """

    item: str
    tag: str
    rule: str
    agreement: str
    level: str
    lifts: bool
    is_quiet: bool

    def as_list(self) -> list[str | int]:
        """JSON-safe values, the flags as 0 or 1."""
        return [self.item, self.tag, self.rule, self.agreement, self.level, int(self.lifts), int(self.is_quiet)]

    @property
    def source(self) -> str:
        """The source whose record it is about; empty where it is about none."""
        return self.item.partition(".")[0]


def row_from(values: Sequence[Any]) -> RefusalRow:
    """The row whose `as_list` is `values`."""
    item, tag, rule, agreement, level, lifts, is_quiet = values
    return RefusalRow(item, tag, rule, agreement, level, bool(lifts), bool(is_quiet))


@dataclass
class Numbered:
    """Numbers the refusals of one answer while its story is told."""

    shown: list[Shown] = field(default_factory=list)

    def add(self, one: Shown) -> int:
        """The number of a refusal, from 1."""
        self.shown.append(one)
        return len(self.shown)

    def rows(self, parts: Parts, cover: bytes, people: Sequence[JudgedPerson]) -> list[RefusalRow]:
        """The rows of the refusals so far, for the answer with this cover leaf."""
        quiet = {one.record.id for some in people if some.person.is_kept_away for one in some.records}
        return [_row(parts, cover, one, is_quiet=one.record_id in quiet) for one in self.shown]


def _row(parts: Parts, cover: bytes, one: Shown, *, is_quiet: bool) -> RefusalRow:
    why = one.why
    if why is None:
        return RefusalRow("", "", "S6", one.agreement, "withhold", lifts=False, is_quiet=False)
    rule = why.reasons[0].id
    if isinstance(why, Refusal):
        # What the asker themselves lacks nobody else can allow.
        return RefusalRow("", "", rule, why.agreement, "withhold", lifts=False, is_quiet=False)
    tag = trace_tag(parts.keyring, cover, one.record_id)
    return RefusalRow(why.item, tag, rule, why.agreement, why.level, why.breakable and bool(why.clause), is_quiet)


@dataclass(frozen=True)
class Answered:
    """An answer that an agency was given, with the refusals it told of."""

    id: bytes
    at: dt.datetime
    role: str
    purpose: str
    staff: str
    agreements: tuple[str, ...]
    refusals: tuple[RefusalRow, ...] = field(repr=False)

    def refusal(self, number: int) -> RefusalRow:
        """The refusal with this number. Raises `NotFound`, in the words for an answer that is not there."""
        if not 1 <= number <= len(self.refusals):
            raise _unknown()
        return self.refusals[number - 1]


def answered(parts: Parts, connection: Connection, reference: str, *, agency: str) -> Answered:
    """The answer that `agency` was given and calls so. Raises `BadInput` for a misheard reference, else `NotFound`."""
    found = auditread.answer_with(connection, reference_prefix(reference))
    mine = [one for one in found if parse_leaf(auditlog.leaf_of(connection, one))["org"] == agency]
    if len(mine) != 1:
        # An answer of another agency is no answer: nobody learns that it was asked.
        raise _unknown()
    return opened(parts, connection, mine[0])


def opened(parts: Parts, connection: Connection, cover: bytes) -> Answered:
    """The answer with this cover leaf."""
    leaf = parse_leaf(auditlog.leaf_of(connection, cover))
    shown = auditlog.disclosures(connection, parts.keyring, cover)
    refused = reveal(shown["refused"])[1] if "refused" in shown else []
    return Answered(
        id=cover,
        at=dt.datetime.fromisoformat(leaf["t"]),
        role=leaf["role"],
        purpose=leaf["purpose"],
        staff=reveal(shown["staff"])[1],
        agreements=tuple(leaf["agreements"]),
        refusals=tuple(map(row_from, refused)),
    )


def parse_leaf(leaf: bytes) -> dict[str, Any]:
    """What a leaf of our own log says."""
    content: dict[str, Any] = json.loads(leaf)
    return content


def _unknown() -> NotFound:
    hint = "give the reference of the answer and the number of the refusal as they stand in it"
    return NotFound("refusal-unknown", "your agency was shown no such refusal", hint=hint)
