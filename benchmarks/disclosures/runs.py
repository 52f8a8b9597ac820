"""Made-up questions told by the broker's own code, from facts to story, and held against the norm."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from random import Random

from benchmarks.disclosures.made_up import FRESH_DAYS, TODAY, Family, Known, Question, question
from benchmarks.disclosures.norm import is_silent, wrong
from broker.policy.decide import admit
from broker.policy.decision import Admitted, Refusal
from broker.policy.policies import Policies
from broker.story.facts import Sight, facts_of_record
from broker.story.held import Freshness
from broker.story.judge import judge
from broker.story.tell import Asking, Handles, JudgedPerson, refused, tell
from broker.wire.answer import Story

Allowed = Mapping[bytes, Collection[str]]
BLOCK = 500
"""Questions that are drawn from one seed: a run can be cut anywhere between two blocks, and one block made again."""
_FRESH = Freshness(TODAY, TODAY.replace(year=2024), "Brackwater")


@dataclass(frozen=True)
class Found:
    """`disclosures` are what was told and must not be; `traces`: a silent record changed the story."""

    questions: int = 0
    refused: int = 0
    records: int = 0
    silent: int = 0
    disclosures: int = 0
    traces: int = 0
    first: str = ""

    def __add__(self, other: Found) -> Found:
        sums = (getattr(self, name) + getattr(other, name) for name in _COUNTS)
        return Found(*sums, first=self.first or other.first)


_COUNTS = ("questions", "refused", "records", "silent", "disclosures", "traces")


def fuzz(policies: Policies, seeds: range, *, progress: Callable[[int], object] = lambda _: None) -> Found:
    """A block of questions for each of `seeds`."""
    found = Found()
    for seed in seeds:
        rng = Random(f"disclosures {seed}")
        for number in range(BLOCK):
            found += one(policies, question(policies, rng), rng, name=f"seed {seed} question {number}")
        progress(BLOCK)
    return found


def one(policies: Policies, asked: Question, rng: Random, *, name: str = "") -> Found:
    """One question, told and held against the norm; and told again without what is silent."""
    admitted = admit(policies, asked.requester, on=TODAY)
    if not isinstance(admitted, Refusal):
        # Nothing else is looked up.
        asked = _only(asked, lambda known: known.record.source in admitted.sources)
    allowed = _allowed(asked, rng)
    story = told(policies, asked, admitted, allowed=allowed)
    known = [(family, one) for family in asked.people for one in family.known]
    found = list(wrong(policies, asked, story, allowed=allowed))
    silent = {one.record.id for _, one in known if is_silent(policies, asked, one, allowed.get(one.record.id, ()))}
    without = _only(asked, lambda one: one.record.id not in silent)
    traces = bool(silent) and told(policies, without, admitted, allowed=allowed) != story
    said = [*found, *(["a silent record changes the story"] if traces else [])]
    return Found(
        1, int(story.refusal is not None), len(known), len(silent), len(found), int(traces),
        f"{name}: {said[0]}" if said else "",
    )  # fmt: skip


def told(policies: Policies, asked: Question, admitted: Admitted | Refusal, *, allowed: Allowed) -> Story:
    """The story, as the broker tells it of records in hand."""
    asker = asked.requester
    asking = Asking(asker.agency, "AAAA-AAAA-0", 1_795_339_800, TODAY, asker.purpose, "unknown", None)
    if isinstance(admitted, Refusal):
        return refused(policies, admitted, asking=asking)
    numbers = itertools.count(1)
    handles = Handles(
        person=lambda record_id: f"p-{record_id.hex()}",
        record=lambda record_id, is_certain: f"r-{record_id.hex():0>38}",
        refusal=lambda _: next(numbers),
    )
    people = [_judged(policies, asked, family, allowed) for family in asked.people]
    coverages = dict.fromkeys(admitted.sources, _FRESH)
    return tell(policies, people, asking=asking, admitted=admitted, coverages=coverages, handles=handles)


def _judged(policies: Policies, asked: Question, family: Family, allowed: Allowed) -> JudgedPerson:
    person, limits = family.person, policies.vocabulary.limits
    records = []
    for record in person.records:
        facts = facts_of_record(Sight(record, person, asked.view, TODAY, FRESH_DAYS), limits)
        its = allowed.get(record.id, ())
        records.append(judge(policies, asked.requester, record, facts=facts, on=TODAY, allowed=its))
    return JudgedPerson(person, tuple(records))


def _only(asked: Question, keep: Callable[[Known], bool]) -> Question:
    """The question with fewer records."""
    people = []
    for family in asked.people:
        known = tuple(one for one in family.known if keep(one))
        person = replace(family.person, records=tuple(one.record for one in known))
        people.append(Family(person, known))
    return replace(asked, people=tuple(people))


def _allowed(asked: Question, rng: Random) -> Allowed:
    """Now and then a reviewer has allowed items of one record."""
    records = [one.record for family in asked.people for one in family.known]
    if not records or rng.random() < 0.8:
        return {}
    record = rng.choice(records)
    return {record.id: {f"{record.source}.involvement", *record.items}}
