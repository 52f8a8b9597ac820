"""An answer enters the audit log: a cover leaf, and a leaf for every agency that may answer.

It holds the decisions whose traces the asker sees, and in one private field those that leave none. Leaf and field are
written for every agency, whatever was found, so that neither number nor place nor shape of the leaves tells anybody
that something was withheld silently. The receipt shows the cover leaf, and of the others those in which something was
told.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations, islice
from typing import TypeAlias

from broker.actions.check_question import Checked
from broker.actions.shown_refusals import RefusalRow
from broker.audit.answer_events import (
    Asked,
    Counts,
    Decisions,
    answer_event,
    deny_event,
    disclose_event,
    nothing_event,
)
from broker.audit.events import Event, Stamp
from broker.errors import Unavailable
from broker.parts import Parts
from broker.policy.decision import Admitted, Decision, Refusal
from broker.store import pauses, verdicts
from broker.store.engine import Entry, Tx
from broker.store.recalls import together_tags
from broker.story.judge import Judged
from broker.story.tell import JudgedPerson
from broker.wire.answer import Story
from broker.wire.fields import canonical

_AT_ONCE = 50
"""Decisions in one leaf: a leaf has at most 16 KiB, so a very large family's agency takes a further one."""
_json = json.JSONEncoder(sort_keys=True).encode
_NO_DECISIONS = _json({"tags": [], "decisions": []})


Shown: TypeAlias = tuple[bytes, tuple[str, ...]]


@dataclass(frozen=True)
class Recorded:
    """The entries of one answer that its receipt shows, each with the disclosures that go with it.

    The cover leaf shows the digest of the story it is about, the others that they belong to this answer.
    """

    shown: tuple[Shown, ...]


@dataclass(frozen=True)
class _Row:
    item: str
    decision: Decision
    judged: Judged


@dataclass(frozen=True)
class Told:
    """An answer as it is told, on its way into the log; `cover` is the id of its cover leaf."""

    cover: bytes
    story: Story
    admitted: Admitted | Refusal
    people: Sequence[JudgedPerson] = field(repr=False)
    refusals: Sequence[RefusalRow] = field(repr=False)


def record(parts: Parts, tx: Tx, checked: Checked, told: Told) -> Recorded:
    """Adds the answer's entries to `tx` and says which of them its receipt shows.

    Raises `Unavailable` when, after the look-up, somebody parted two of its records (the verdict has been traced
    already, and would not find this answer) or a service paused sharing, or resumed it.
    """
    _refuse_parted(parts, tx, told.people)
    _refuse_changed(tx, told)
    answer_id, admitted = told.cover.hex(), told.admitted
    shown = [_cover(parts, tx, checked, told)]
    if isinstance(admitted, Refusal):
        facts = _json(admitted.as_audit())
        rows = [("*", "withhold", admitted.reasons[0].id)]
        shown += _leaf(parts, tx, checked, answer_id=answer_id, decisions=Decisions("*", rows, [], [facts]))
        return Recorded(tuple(shown))
    vocabulary = parts.policies.vocabulary
    every = [judged for one in told.people for judged in one.records]
    for owner in sorted({vocabulary.sources[source].agency for source in admitted.sources}):
        mine = [judged for judged in every if vocabulary.sources[judged.record.source].agency == owner]
        shown += _part(parts, tx, checked, answer_id=answer_id, owner=owner, judged=mine)
    return Recorded(tuple(shown))


def _cover(parts: Parts, tx: Tx, checked: Checked, told: Told) -> Shown:
    story, people = told.story, told.people
    levels = [decision.level for one in people for judged in one.records for _, decision in judged.told]
    counts = Counts(
        people=len(story.people),
        sources=sum(answer.found for answer in story.sources),
        shared=levels.count("share"),
        reduced=levels.count("reduced"),
        signpost=levels.count("signpost"),
        refer=levels.count("refer"),
        withheld=levels.count("withhold"),
        silent=sum(len(judged.untold) for one in people for judged in one.records),
    )
    event = answer_event(
        _stamp(parts, checked, told.cover),
        _asked(parts, checked, told),
        agreements=story.agreements,
        policy=parts.policies.digest,
        counts=counts,
    )
    entry = _add(parts, tx, event)
    return entry.id, (entry.disclosures["story"], entry.disclosures["question"])


def _asked(parts: Parts, checked: Checked, told: Told) -> Asked:
    """What the cover leaf keeps sealed of who asked and what was told."""
    assertion = checked.question.assertion
    details: dict[str, str | bool] = {
        "relation": assertion.relation,
        "training_on": assertion.training_on.isoformat(),
        "ticket": assertion.ticket.hex(),
    }
    if assertion.concerns:
        details["concerns"] = assertion.concerns
    if checked.requester.break_glass:
        details["emergency"] = True
    return Asked(
        purpose=checked.requester.purpose,
        role=checked.requester.role,
        staff=assertion.staff,
        case_reference=assertion.case_reference,
        story=hashlib.sha256(canonical(told.story)).hexdigest(),
        question=details,
        together=_together(parts, told.cover, told.people),
        refused=[row.as_list() for row in told.refusals],
    )


def _refuse_parted(parts: Parts, tx: Tx, people: Sequence[JudgedPerson]) -> None:
    verdicts.hold(tx.connection)
    # Two that are only probable may have been parted from each other: each of them may still be the person's.
    pairs = [
        frozenset((one.record.id, other.record.id))
        for person in people
        for one, other in combinations(person.records, 2)
        if "certain" in (one.record.band, other.record.band)
    ]
    if "not_the_same" in verdicts.of(tx.connection, parts.keyring, pairs).values():
        hint = "ask again"
        raise Unavailable("records-parted", "somebody has just said that two of these records differ", hint=hint)


def _refuse_changed(tx: Tx, told: Told) -> None:
    sources = {one.source: one.nothing == "paused" for one in told.story.sources}
    paused = pauses.since(tx.connection)
    if any((source in paused) != is_paused for source, is_paused in sources.items()):
        raise Unavailable("sharing-changed", "a service has just paused sharing, or resumed it", hint="ask again")


def _together(parts: Parts, answer: bytes, people: Sequence[JudgedPerson]) -> list[list[str]]:
    """For each person the tags of their records. A silent record is not among them: a recall would tell that it is."""
    held = [[one.record.id for one in person.records if not one.is_silent] for person in people]
    tags = iter(together_tags(parts.keyring, answer, [record_id for ids in held for record_id in ids]))
    return [sorted(islice(tags, len(ids))) for ids in held]


def _part(
    parts: Parts, tx: Tx, checked: Checked, *, answer_id: str, owner: str, judged: Sequence[Judged]
) -> list[Shown]:
    """What was decided of one agency's records; a leaf that says that nothing was told is not in the receipt."""
    rows = [_Row(item, decision, one) for one in judged for item, decision in one.told]
    untold = [_Row(item, decision, one) for one in judged for item, decision in one.untold]
    if not rows:
        stamp, purpose, policy = _stamp(parts, checked), checked.requester.purpose, parts.policies.digest
        quiet = _untold(untold, stamp.id)
        _add(parts, tx, nothing_event(stamp, owner, answer=answer_id, purpose=purpose, policy=policy, untold=quiet))
        return []
    added: list[Shown] = []
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        entry_id = parts.random(16)
        decisions = Decisions(
            source=owner,
            items=[(row.item, row.decision.level, row.decision.clause or "S6") for row in some],
            tags=_tags(some, entry_id.hex()),
            facts=[_json(row.decision.as_audit()) for row in some],
            role=checked.requester.role,
            seen=_seen(some, checked.at),
            untold=_untold([] if start else untold, entry_id.hex()),
        )
        added += _leaf(parts, tx, checked, answer_id=answer_id, decisions=decisions, entry_id=entry_id)
    return added


def _untold(rows: Sequence[_Row], entry_id: str) -> str:
    """The decisions that left no trace in the answer, and whose records they are about."""
    if not rows:
        return _NO_DECISIONS
    decided = [{"item": row.item, **row.decision.as_audit()} for row in rows]
    return _json({"tags": _tags(rows, entry_id), "decisions": decided})


def _tags(rows: Sequence[_Row], entry_id: str) -> list[str]:
    held = {row.judged.record.id: row.judged.record for row in rows}
    return sorted(record.tag(entry_id) for record in held.values())


def _seen(rows: Sequence[_Row], at: dt.datetime) -> dict[str, list[int]]:
    """For each record its tag of the leaf's own UTC day, and the places of its rows."""
    day, own = at.astimezone(dt.UTC).date(), dict[bytes, list[int]]()
    for place, row in enumerate(rows):
        own.setdefault(row.judged.record.id, []).append(place)
    held = {row.judged.record.id: row.judged.record for row in rows}
    return {held[record_id].day_tag(day): places for record_id, places in own.items()}


def _stamp(parts: Parts, checked: Checked, entry_id: bytes | None = None) -> Stamp:
    # One time for all leaves of an answer, in whole seconds: the gaps between them would tell what was written between.
    return Stamp((entry_id or parts.random(16)).hex(), checked.at, checked.requester.agency)


def _leaf(
    parts: Parts, tx: Tx, checked: Checked, *, answer_id: str, decisions: Decisions, entry_id: bytes | None = None
) -> list[Shown]:
    released = any(level in ("share", "reduced", "signpost") for _, level, _ in decisions.items)
    make = disclose_event if released else deny_event
    purpose, policy = checked.requester.purpose, parts.policies.digest
    event = make(_stamp(parts, checked, entry_id), decisions, answer=answer_id, purpose=purpose, policy=policy)
    entry = _add(parts, tx, event)
    return [(entry.id, (entry.disclosures["answer"],))]


def _add(parts: Parts, tx: Tx, event: Event) -> Entry:
    entry = parts.entry(event)
    tx.audit(entry)
    return entry
