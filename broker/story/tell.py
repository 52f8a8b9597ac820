"""Records in hand and decisions -> the story, and what the audit log keeps of it. The front door of the room."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from broker.policy.decision import Admitted, Decision, Refusal
from broker.policy.obligations import TRANSFORMERS
from broker.policy.policies import Policies
from broker.story.blocks import involvement
from broker.story.held import Coverages, HeldPerson, Shown
from broker.story.judge import Judged
from broker.story.withheld import not_agreed, not_shown, paused, source_answer, why_not_agreed
from broker.wire.answer import Involvement, Person, SourceAnswer, Story
from broker.wire.delivery import AgeBand, RelationshipEvidence


@dataclass(frozen=True)
class Asking:
    """What every story says of its question."""

    agency: str
    reference: str
    asked_at: int
    on: dt.date
    purpose: str
    age_band: str
    case_reference: str | None
    paused: Mapping[str, dt.date] = field(default_factory=dict)
    """Services that have paused sharing, and since which day."""


@dataclass(frozen=True)
class JudgedPerson:
    """One person with their records' decisions."""

    person: HeldPerson
    records: tuple[Judged, ...]


@dataclass(frozen=True)
class Handles:
    """Makes the names that people, records and refusals have in one answer."""

    person: Callable[[bytes], str]
    record: Callable[[bytes, bool], str]
    refusal: Callable[[Shown], int]
    """Numbers the refusals of the answer, in the order in which they are told."""


def tell(
    policies: Policies,
    people: Sequence[JudgedPerson],
    *,
    asking: Asking,
    admitted: Admitted,
    coverages: Coverages,
    handles: Handles,
) -> Story:
    """The story of the people in hand. A person of whom nothing is told is not in it."""
    told = [
        person for judged in people if (person := _person(policies, judged, asking, coverages, handles)) is not None
    ]
    # Silent records count for nothing here: their source must read exactly as if it held none.
    noticed = [one for judged in people for one in judged.records if not one.is_silent]
    uncovered = {one.record.source for one in noticed if one.record.payload.status == "not_covered"}
    return _blank(policies, asking).model_copy(
        update={
            "agreements": tuple(admitted.agreements),
            "people": tuple(told),
            "sources": _sources(
                policies, told, asking=asking, admitted=admitted, coverages=coverages, uncovered=uncovered
            ),
            "not_agreed": not_agreed(policies, admitted),
            "not_agreed_why": why_not_agreed(
                policies,
                admitted,
                asker=asking.agency,
                on=asking.on,
                number=handles.refusal(Shown(None, agreement=admitted.agreements[0])),
            ),
            "notices": _notices(policies, (decision for one in noticed for _, decision in one.told)),
        }
    )


def refused(policies: Policies, refusal: Refusal, *, asking: Asking) -> Story:
    """The answer to somebody who may not ask: the same whoever it is about, because nothing was looked up."""
    agreements = (refusal.agreement,) if refusal.agreement else ()
    why = not_shown(policies, refusal, number=1)
    return _blank(policies, asking).model_copy(update={"agreements": agreements, "refusal": why})


def _blank(policies: Policies, asking: Asking) -> Story:
    """What every story says of its question."""
    purpose = policies.vocabulary.purposes.get(asking.purpose)
    return Story(
        v=1,
        reference=asking.reference,
        asked_at=asking.asked_at,
        purpose=asking.purpose,
        purpose_label=purpose.label if purpose else "",
        lawful_basis=purpose.lawful_basis if purpose else "",
        tell_family=purpose.tell_family if purpose else "",
        agreements=(),
        policy_digest=policies.digest,
        case_reference=asking.case_reference,
    )


def _person(
    policies: Policies, judged: JudgedPerson, asking: Asking, coverages: Coverages, handles: Handles
) -> Person | None:
    shown = [
        one for one in judged.records if not one.is_silent and one.record.payload.status in ("current", "historic")
    ]
    if not shown:
        return None
    blocks = [
        involvement(
            policies,
            one,
            is_protected=judged.person.is_kept_away,
            fresh=coverages.get(one.record.source),
            handle=handles.record,
            number=handles.refusal,
        )
        for one in shown
    ]
    certain = [one.record for one in shown if one.record.band == "certain"]
    own = tuple(r.ref for r in certain if policies.vocabulary.sources[r.source].agency == asking.agency)
    return Person(
        handle=handles.person(min(one.record.id for one in shown)),
        relationship=judged.person.relationship,
        known_by=None if judged.person.is_kept_away else _known_by(judged.person),
        since=None if judged.person.is_kept_away else judged.person.since,
        age_band=_age_band([one for one in shown if one.involvement.level in ("share", "reduced")]),
        own_refs=own,
        involvements=tuple(sorted(blocks, key=_current_first)),
    )


def _known_by(person: HeldPerson) -> RelationshipEvidence | None:
    return None if person.evidence == "unknown" else person.evidence


def _age_band(shown: list[Judged]) -> AgeBand:
    """What the freshest of the blocks that are told says; they were right on different days."""
    known = [one.record.payload for one in shown if one.record.payload.age_band != "unknown"]
    if not known:
        return "unknown"
    return max(known, key=lambda payload: (payload.as_of, payload.age_band)).age_band


def _current_first(block: Involvement) -> tuple[bool, int, str]:
    latest = block.last_contact or block.started or dt.date.min
    return (block.status != "current", -latest.toordinal(), block.source)


def _sources(
    policies: Policies,
    told: list[Person],
    *,
    asking: Asking,
    admitted: Admitted,
    coverages: Coverages,
    uncovered: set[str],
) -> tuple[SourceAnswer, ...]:
    by_source: dict[str, list[Involvement]] = {source: [] for source in admitted.sources}
    for person in told:
        for block in person.involvements:
            by_source[block.source].append(block)
    answers = (
        source_answer(
            policies,
            source,
            told=blocks,
            coverages=coverages,
            age_band=asking.age_band,
            not_covered=source in uncovered,
        )
        for source, blocks in by_source.items()
    )
    return tuple(paused(one, asking.paused[one.source]) if one.source in asking.paused else one for one in answers)


def _notices(policies: Policies, decisions: Iterable[Decision]) -> tuple[str, ...]:
    """What must happen besides: each duty once, in the vocabulary's words. Reductions are said at their items."""
    owed = {name for decision in decisions for name in decision.obligations} - TRANSFORMERS.keys()
    known = policies.vocabulary.obligations
    return tuple(known[name].label for name in sorted(owed & known.keys()))
