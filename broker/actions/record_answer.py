"""An answer enters the audit log: a cover leaf, and two leaves for every agency that may answer.

Of the two, one holds the decisions whose traces the asker sees, the other those that are silent. Both are written for
every agency, whatever was found, so that neither their number nor their place in the log tells the asker that something
was withheld silently. The receipt shows the cover leaf and the told leaves that hold anything.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from broker.actions.check_question import Checked
from broker.audit.events import Asked, Counts, Decisions, Event, Stamp, answer_event, deny_event, disclose_event
from broker.parts import Parts
from broker.policy.decision import Admitted, Decision, Refusal
from broker.store import auditlog
from broker.store.engine import Tx
from broker.story.judge import Judged
from broker.story.tell import JudgedPerson
from broker.wire.answer import Story
from broker.wire.fields import canonical

_AT_ONCE = 80
"""Decisions in one leaf: a leaf has at most 16 KiB, so a very large family's agency takes a further one."""


Shown: TypeAlias = tuple[bytes, tuple[str, ...]]


@dataclass(frozen=True)
class Recorded:
    """The entries of one answer that its receipt shows, each with the disclosures that go with it.

    The cover leaf shows the digest of the story it is about, the others that they belong to this answer.
    """

    shown: tuple[tuple[bytes, tuple[str, ...]], ...]


@dataclass(frozen=True)
class _Row:
    item: str
    decision: Decision
    judged: Judged


def record(
    parts: Parts,
    tx: Tx,
    checked: Checked,
    *,
    cover: bytes,
    story: Story,
    admitted: Admitted | Refusal,
    people: Sequence[JudgedPerson],
) -> Recorded:
    """Adds the answer's entries to `tx` and says which of them its receipt shows."""
    answer_id = cover.hex()
    shown = [_cover(parts, tx, checked, answer_id=answer_id, story=story, people=people)]
    if isinstance(admitted, Refusal):
        facts = json.dumps(admitted.as_audit(), sort_keys=True)
        rows = [("*", "withhold", admitted.reasons[0].id)]
        shown += _leaf(parts, tx, checked, answer_id=answer_id, decisions=Decisions("*", rows, [], [facts]))
        return Recorded(tuple(shown))
    vocabulary = parts.policies.vocabulary
    every = [judged for one in people for judged in one.records]
    for owner in sorted({vocabulary.sources[source].agency for source in admitted.sources}):
        mine = [judged for judged in every if vocabulary.sources[judged.record.source].agency == owner]
        told = [_Row(item, decision, judged) for judged in mine for item, decision in judged.told]
        untold = [_Row(item, decision, judged) for judged in mine for item, decision in judged.untold]
        added = _leaves(parts, tx, checked, answer_id=answer_id, owner=owner, rows=told)
        shown += added if told else []
        _leaves(parts, tx, checked, answer_id=answer_id, owner=owner, rows=untold)
    return Recorded(tuple(shown))


def _cover(
    parts: Parts, tx: Tx, checked: Checked, *, answer_id: str, story: Story, people: Sequence[JudgedPerson]
) -> Shown:
    assertion = checked.question.assertion
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
    details = {"relation": assertion.relation, "training_on": assertion.training_on.isoformat()}
    asked = Asked(
        purpose=checked.requester.purpose,
        role=checked.requester.role,
        staff=assertion.staff,
        case_reference=assertion.case_reference,
        story=hashlib.sha256(canonical(story)).hexdigest(),
        question=details,
    )
    stamp = Stamp(answer_id, parts.now(), checked.requester.agency)
    event = answer_event(stamp, asked, agreements=story.agreements, policy=parts.policies.digest, counts=counts)
    return _add(parts, tx, event, "story")


def _leaves(parts: Parts, tx: Tx, checked: Checked, *, answer_id: str, owner: str, rows: Sequence[_Row]) -> list[Shown]:
    added: list[Shown] = []
    for start in range(0, max(1, len(rows)), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        tagged = {row.judged.record.id: row.judged.record for row in some}
        entry_id = parts.random(16)
        decisions = Decisions(
            source=owner,
            items=[(row.item, row.decision.level, row.decision.clause or "S6") for row in some],
            tags=sorted(held.tag(entry_id.hex()) for held in tagged.values()),
            facts=[json.dumps(row.decision.as_audit(), sort_keys=True) for row in some],
        )
        added += _leaf(parts, tx, checked, answer_id=answer_id, decisions=decisions, entry_id=entry_id)
    return added


def _leaf(
    parts: Parts, tx: Tx, checked: Checked, *, answer_id: str, decisions: Decisions, entry_id: bytes | None = None
) -> list[Shown]:
    entry = entry_id or parts.random(16)
    stamp = Stamp(entry.hex(), parts.now(), checked.requester.agency)
    shared = any(level in ("share", "reduced", "signpost") for _, level, _ in decisions.items)
    make = disclose_event if shared else deny_event
    event = make(stamp, decisions, answer=answer_id, purpose=checked.requester.purpose, policy=parts.policies.digest)
    return [_add(parts, tx, event, "answer")]


def _add(parts: Parts, tx: Tx, event: Event, disclosed: str) -> Shown:
    entry = auditlog.entry(event, parts.keyring, random=parts.random)
    tx.audit(entry)
    return entry.id, (entry.disclosures[disclosed],)
