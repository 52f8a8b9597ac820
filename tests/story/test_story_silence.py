"""Silence searched for a difference, over every role, purpose, source and item: what is silent leaves no trace."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest
import story_records
from story_records import Opened, held, person, policies, told

from broker.policy.decide import admit
from broker.policy.decision import Admitted
from broker.policy.facts import Requester
from broker.story.facts import Sight, facts_of_record
from broker.story.held import HeldRecord
from broker.story.judge import judge
from broker.wire.answer import Answer, padded
from broker.wire.delivery import ItemValue

VOCABULARY = policies().vocabulary
DAY = dt.date(2026, 9, 1)
REGISTERS = ((), ("safe_address",), ("witness",), ("adopted",), ("adopted", "safe_address"), ("objection_upheld",))
ASKERS = [
    Requester(role.partition(".")[0], role, purpose, dt.date(2026, 9, 1), ("allocated", "self_claimed")[n % 2])
    for n, (role, purpose) in enumerate(policies().schedule)
]


def value_of(item: str) -> ItemValue:
    """A value of the item's kind, as its source would post it."""
    entry = VOCABULARY.items[item]
    role = "victim" if entry.event_role else None
    code = next(iter(entry.codes), None)
    by_kind = {
        "flag": {"yes": True},
        "count": {"count": 2, "on": DAY, "role": role},
        "code": {"code": code},
        "date": {"on": DAY},
        "period": {"on": DAY},
    }
    return ItemValue(item=item, **by_kind[entry.kind])  # type: ignore[arg-type]


def sent(records: Sequence[HeldRecord], register: Sequence[str], asker: Requester) -> bytes:
    """The whole answer's bytes about somebody with these records, as they would leave."""
    story = told(person("subject", *records, protections=register), requester=asker)
    return padded(Answer(v=1, story=story, receipt=())).model_dump_json().encode()


def search(asker: Requester, source: str, *, rng: Random) -> int:
    """Compares one record with what would be sent if its silent parts weren't there. Returns how many were silent."""
    register = rng.choice(REGISTERS)
    values = [value_of(item) for item in VOCABULARY.items_of(source) if not item.endswith(".involvement")]
    known = {
        "risk": rng.choice(("none", "concern", "significant_harm")),
        "wishes": rng.choice(("not_asked", "objects_competent")),
        "deceased": rng.choice(("no", "no", "yes")),
        "as_of": rng.choice((dt.date(2026, 11, 20), dt.date(2026, 11, 20), dt.date(2025, 1, 1))),
    }
    opened = Opened()
    band = rng.choice(("certain", "certain", "probable"))
    record = held(source, *values, band=band, opened=opened, **known)  # type: ignore[arg-type]
    whole = person("subject", record, protections=register)
    facts = facts_of_record(Sight(record, whole, "no", story_records.TODAY, 92), VOCABULARY.limits)
    judged = judge(policies(), asker, record, facts=facts, on=story_records.TODAY)
    others = [held(one, number=2) for one in sources(asker) if one != source][:1]
    silent = {item for item, decision in judged.untold if decision.level == "withhold_silently"}
    without = replace(record, items=tuple(item for item in record.items if item not in silent))
    left = [] if judged.is_silent else [without]
    for around in ([], others):
        assert sent([*around, record], register, asker) == sent([*around, *left], register, asker), (asker, source)
    assert silent.isdisjoint(opened.items), "something silent was opened"
    return len(silent) + judged.is_silent


def sources(asker: Requester) -> tuple[str, ...]:
    """The sources that may answer; the others are never looked up."""
    made = admit(policies(), asker, on=story_records.TODAY)
    assert isinstance(made, Admitted)
    return made.sources


def test_what_is_silent_leaves_no_trace_for_anybody() -> None:
    """An answer differs by a byte between a record that is withheld silently and one that isn't there."""
    rng, found = Random(51), 0
    for asker in ASKERS:
        for source in sources(asker):
            found += search(asker, source, rng=rng)
    assert found > 200, "next to nothing was silent, so that nothing was searched"


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_what_is_silent_leaves_no_trace_at_length() -> None:
    """The same, sixty times as often."""
    rng = Random(52)
    for _ in range(60):
        for asker in ASKERS:
            for source in sources(asker):
                search(asker, source, rng=rng)
