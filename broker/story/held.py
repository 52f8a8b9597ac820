"""Records in hand: what the story is told from. The values of items are opened only when a decision lets them be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from broker.linkage.model import Band
from broker.policy.decision import Decision, Refusal
from broker.wire.delivery import ItemValue, Payload, RelationshipEvidence


@dataclass(frozen=True)
class HeldRecord:
    """One record of one person. `payload` has no items; `open_item` opens the values of one."""

    id: bytes
    source: str
    ref: bytes
    band: Band
    payload: Payload = field(repr=False)
    items: tuple[str, ...] = field(repr=False)
    open_item: Callable[[str], tuple[ItemValue, ...]] = field(repr=False)
    tag: Callable[[str], str] = field(repr=False)
    """This record's name in the audit leaf with the given id."""
    day_tag: Callable[[dt.date], str] = field(repr=False)
    """This record's name in all leaves of a UTC day that tell of it."""
    mark: Literal["disputed", "statement"] | None = None
    """What the person says of the record: it is wrong and being checked, or their own view stands beside it."""


KEPT_AWAY = frozenset({"safe_address", "witness", "adopted"})
"""The protections under which nobody may learn where a person is; an objection or a restriction is none of them."""


@dataclass(frozen=True)
class HeldPerson:
    """One person, `subject` or a relative, their records, and the kinds of protection the register has for them."""

    relationship: str
    records: tuple[HeldRecord, ...]
    protections: frozenset[str]
    evidence: RelationshipEvidence = "unknown"
    since: dt.date | None = None
    """How the relationship is known and since when it holds, as far as it may be told."""

    @property
    def is_kept_away(self) -> bool:
        """Whether nothing may be told that could tell where they are."""
        return bool(self.protections & KEPT_AWAY)


@dataclass(frozen=True)
class Freshness:
    """What a source said it covers. A source that has not delivered has none."""

    as_of: dt.date
    coverage_from: dt.date
    coverage_area: str


@dataclass(frozen=True)
class Shown:
    """A refusal that the asker sees: of an item of a record, of the asker, or (`why` empty) of what is not agreed."""

    why: Decision | Refusal | None
    record_id: bytes = b""
    agreement: str = ""


Coverages = Mapping[str, Freshness]
