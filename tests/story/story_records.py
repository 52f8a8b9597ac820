"""Records in hand, and who asks: what stories are told from, with a note of which items were opened."""

from __future__ import annotations

import datetime as dt
import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from world import POLICIES

from broker.linkage.model import Band
from broker.policy.decide import admit
from broker.policy.decision import Admitted
from broker.policy.facts import Requester
from broker.policy.policies import Policies
from broker.server import read_policies
from broker.story.facts import Sight, facts_of_record
from broker.story.held import Freshness, HeldPerson, HeldRecord
from broker.story.judge import Judged, judge
from broker.story.tell import Asking, Handles, JudgedPerson, tell
from broker.wire.answer import Story
from broker.wire.delivery import ItemValue, Lead, Payload

TODAY = dt.date(2026, 11, 22)
SOCIAL_WORKER = Requester("council", "council.social_worker", "child_safeguarding", dt.date(2026, 9, 1), "allocated")
FRESH = Freshness(dt.date(2026, 11, 20), dt.date(2024, 1, 1), "Brackwater")
LEAD = Lead(name="Ada Marsh", role="Practitioner", phone="01632 960111")


@functools.cache
def policies() -> Policies:
    return read_policies(POLICIES)


@dataclass
class Opened:
    """Which items' values were opened."""

    items: list[str] = field(default_factory=list)


def held(
    source: str, *values: ItemValue, band: Band = "certain", opened: Opened | None = None, number: int = 1, **known: Any
) -> HeldRecord:
    """A record of `source`; `known` changes what its payload says."""
    content: dict[str, Any] = {
        "status": "current", "provider": "Harbour team", "lead": LEAD, "started": dt.date(2026, 2, 3),
        "last_contact": dt.date(2026, 11, 1), "as_of": dt.date(2026, 11, 20), "coverage_from": dt.date(2024, 1, 1),
        "coverage_to": dt.date(2026, 11, 20), "coverage_area": "Brackwater", "age_band": "5_12", "wishes": "not_asked",
        "risk": "significant_harm", "deceased": "no", "third_party": "no",
    }  # fmt: skip
    noted = opened or Opened()

    def open_item(code: str) -> tuple[ItemValue, ...]:
        noted.items.append(code)
        return tuple(value for value in values if value.item == code)

    name = f"{source}{number}".encode().ljust(16, b".")
    payload = Payload(**{**content, **known})
    items = tuple(value.item for value in values)
    return HeldRecord(name, source, name, band, payload, items, open_item, lambda entry: "tag", lambda day: "00" * 16)


def person(relationship: str, *records: HeldRecord, protections: Sequence[str] = ()) -> HeldPerson:
    return HeldPerson(relationship, records, frozenset(protections))


def judged(one: HeldPerson, requester: Requester = SOCIAL_WORKER) -> JudgedPerson:
    def decided(record: HeldRecord) -> Judged:
        facts = facts_of_record(Sight(record, one, "no", TODAY, 92), policies().vocabulary.limits)
        return judge(policies(), requester, record, facts=facts, on=TODAY)

    return JudgedPerson(one, tuple(map(decided, one.records)))


def told(
    *people: HeldPerson,
    requester: Requester = SOCIAL_WORKER,
    age_band: str = "5_12",
    silent_sources: Sequence[str] = ("fr",),
) -> Story:
    """The story of `people`; every source but `silent_sources` has delivered."""
    admitted = admit(policies(), requester, on=TODAY)
    assert isinstance(admitted, Admitted)
    coverages = {source: FRESH for source in admitted.sources if source not in silent_sources}
    asking = Asking(requester.agency, "AAAA-AAAA-0", 1_795_339_800, TODAY, requester.purpose, age_band, None)
    numbers = itertools.count(1)
    handles = Handles(
        person=lambda record_id: f"p-{record_id.hex()}",
        record=lambda record_id, is_certain: f"r-{record_id.hex():0>38}",
        refusal=lambda _: next(numbers),
    )
    return tell(
        policies(),
        [judged(one, requester) for one in people],
        asking=asking,
        admitted=admitted,
        coverages=coverages,
        handles=handles,
    )
