"""The person and their family, every record decided: what is told, and what is only decided, of each.

Records that are silent, or whose service has paused sharing, protect and do no more: they vouch for no other record,
name no relative, and are told to nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from broker.actions.check_question import Checked
from broker.actions.gather_family import Gathering
from broker.actions.use_allowance import Allowances
from broker.parts import Parts
from broker.policy.days import london_date
from broker.policy.decision import Admitted
from broker.story.facts import Sight, facts_of_record
from broker.story.held import KEPT_AWAY, HeldPerson, HeldRecord
from broker.story.judge import Judged, judge
from broker.story.protect import carried
from broker.story.tell import JudgedPerson


@dataclass(frozen=True)
class Judging:
    """What deciding about one question's records needs; `paused` are the services that have paused sharing."""

    parts: Parts
    checked: Checked
    allowed: Allowances
    paused: Collection[str]

    def person(self, person: HeldPerson) -> JudgedPerson:
        """Every record of a person decided."""
        return JudgedPerson(person, tuple(self._record(person, record) for record in person.records))

    def _record(self, person: HeldPerson, record: HeldRecord) -> Judged:
        parts, checked, is_paused = self.parts, self.checked, record.source in self.paused
        conflict, on = checked.question.assertion.perpetrator_view, london_date(checked.at)
        sight = Sight(record, person, conflict, on, parts.settings.record_fresh_days)
        judged = judge(
            parts.policies,
            checked.requester,
            record,
            facts=facts_of_record(sight, parts.policies.vocabulary.limits),
            on=on,
            allowed=() if is_paused else self.allowed.items_of(record.id),
        )
        return judged.paused() if is_paused else judged


def judge_family(judging: Judging, connection: Connection, admitted: Admitted) -> list[JudgedPerson]:
    """The person and their family, every record decided. Only what may be told leads on."""
    parts, checked = judging.parts, judging.checked
    question = checked.question
    compare = parts.linkage_unit.comparison(question.ticket, question.evidence)
    gathering = Gathering(parts, connection, admitted.sources, compare)
    near = gathering.neighbourhood(checked.points)
    own = gathering.held(near.person())
    kinds = gathering.protected(own, checked.points)
    # Of somebody whose whereabouts are kept, an address finds nothing and weighs nothing: guessing postcodes about a
    # hidden person must look like any other question.
    placeless = bool(kinds & KEPT_AWAY)
    own = gathering.held(near.person(placeless=placeless))
    # Records of an adopted child's two lives are never brought together: whatever is not of this one was not found.
    apart = gathering.kept_apart(own, checked.points)
    own = tuple(record for record in own if record.id not in apart)
    subject = HeldPerson("subject", own, kinds)
    judged = judging.person(subject).records
    # Once more without what is silent, so that a silent record neither vouches for another nor contradicts it: whom
    # the others are told of, and how well they match, is as if it were not there.
    silent = frozenset(one.record.id for one in judged if one.is_silent)
    rest = gathering.held(near.person(placeless=placeless, without=silent | apart))
    apart = gathering.kept_apart(rest, checked.points)
    told = tuple(record for record in rest if record.id not in apart)
    kinds |= gathering.protected(told, checked.points)
    subject = HeldPerson("subject", (*told, *(record for record in own if record.id in silent)), kinds)
    subject, *relatives = _family(judging, gathering, subject, judging.person(subject).records)
    return [judging.person(person) for person in (subject, *relatives)]


def _family(
    judging: Judging, gathering: Gathering, subject: HeldPerson, judged: Sequence[Judged]
) -> Sequence[HeldPerson]:
    """The person and the relatives that may be told of, with the protections that reach each of them."""
    on = london_date(judging.checked.at)
    followed = [(one.record, one.involvement.level == "share") for one in judged if one.leads_on]
    if not judging.paused:
        return carried([subject, *gathering.family(subject.records, followed, on=on)])
    # As if the services that have paused held nothing, and with all the protections that are known through them: that
    # they hold something must not show, and that they tell nothing must open nothing.
    through = [(one.record, False) for one in judged if one.is_paused and one.record.band == "certain"]
    protecting = gathering.family(subject.records, [*followed, *through], on=on)
    sharing = tuple(source for source in gathering.sources if source not in judging.paused)
    told = replace(gathering, sources=sharing).family(subject.records, followed, on=on)
    known = [as_protected(one, protecting) for one in told]
    return carried([subject, *known, *protecting])[: len(known) + 1]


def as_protected(person: HeldPerson, others: Iterable[HeldPerson]) -> HeldPerson:
    """The person with the protections of whoever of `others` has one of their records."""
    ids = {record.id for record in person.records}
    same = [one.protections for one in others if ids & {record.id for record in one.records}]
    return replace(person, protections=person.protections.union(*same))
