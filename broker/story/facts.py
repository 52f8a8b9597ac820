"""What a decision may depend on, from a record in hand and the register of protections: one small function each fact.

    facts_of_record(record, person, ...)     every fact of RESOLVERS, each stale one taken as unknown

The register is the broker's own, so that nothing in it *means* nothing there, and it is never stale: what passes its
day of review protects until two people lift it. What only a source can know and did not say stays unknown, and so does
what it said too long ago; the vocabulary says how long a fact may be relied on, and what unknown is taken for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from broker.policy.facts import RecordFacts
from broker.policy.known import Known, spelt
from broker.story.held import KEPT_AWAY, HeldPerson, HeldRecord
from broker.wire.delivery import Payload


@dataclass(frozen=True)
class Sight:
    """What the resolvers look at: a record of a person, what the asker's agency said of the asker, and the day."""

    record: HeldRecord
    person: HeldPerson
    perpetrator_view: str
    on: dt.date
    fresh_days: int

    @property
    def payload(self) -> Payload:
        """What the record's source said."""
        return self.record.payload

    def said(self, value: str, as_of: dt.date | None = None) -> Known:
        """What the record says, as of its own day or one it names; the later of two can't count."""
        day = self.payload.as_of if as_of is None else min(as_of, self.payload.as_of)
        return Known(None if value == "unknown" else value, "record", day)

    def registered(self, value: str) -> Known:
        """What the register says today."""
        return Known(value, "register", self.on)


def match(sight: Sight) -> Known:
    """Only a certain match is confirmed: a protection applies to a probable one too, sharing does not."""
    return Known("confirmed" if sight.record.band == "certain" else "probable", "match", sight.on)


def record_age(sight: Sight) -> Known:
    """Whether the record is of a day that may still be relied on."""
    is_fresh = sight.payload.as_of >= sight.on - dt.timedelta(days=sight.fresh_days)
    return Known("fresh" if is_fresh else "stale", "record", sight.payload.as_of)


def age(sight: Sight) -> Known:
    """The age band, which the agency worked out on the record's day."""
    return sight.said(sight.payload.age_band)


def wishes(sight: Sight) -> Known:
    """What the person said about sharing, on the day they were asked where the source says which."""
    return sight.said(sight.payload.wishes, sight.payload.wishes_on)


def risk(sight: Sight) -> Known:
    """How great the source judged the risk, on the day of that judgement where it says which."""
    return sight.said(sight.payload.risk, sight.payload.risk_on)


def deceased(sight: Sight) -> Known:
    """Whether the person has died, as the source knows."""
    return sight.said(sight.payload.deceased)


def third_party(sight: Sight) -> Known:
    """Whether the record holds other people's details."""
    return sight.said(sight.payload.third_party)


def objection(sight: Sight) -> Known:
    """The most protective of the person's objections that the register holds."""
    register = sight.person.protections
    if "objection_upheld" in register:
        return sight.registered("upheld")
    return sight.registered("pending" if "objection_pending" in register else "none")


def restriction(sight: Sight) -> Known:
    """Whether the register holds a restriction."""
    return sight.registered("yes" if "restriction" in sight.person.protections else "no")


def perpetrator_view(sight: Sight) -> Known:
    """What the asker's agency says of the asker's other clients, with every question anew."""
    said = sight.perpetrator_view
    return Known(None if said == "unknown" else said, "asker", sight.on)


RESOLVERS: Mapping[str, Callable[[Sight], Known]] = {
    "match": match,
    "record_age": record_age,
    "age": age,
    "wishes": wishes,
    "risk": risk,
    "objection": objection,
    "restriction": restriction,
    "perpetrator_view": perpetrator_view,
    "deceased": deceased,
    "third_party": third_party,
}
"""Every fact of which a record has one value."""


def protection(sight: Sight) -> frozenset[str]:
    """Every kind of protection in force for the person, whichever agency made it and whatever its day of review."""
    return sight.person.protections & KEPT_AWAY


def facts_of_record(sight: Sight, limits: Mapping[str, str]) -> RecordFacts:
    """The facts about one record; `limits` are the periods for which they may be relied on (`Vocabulary.limits`)."""
    known = {name: find(sight).unless_stale(limits.get(name), on=sight.on) for name, find in RESOLVERS.items()}
    values = {name: one.value for name, one in known.items()}
    known["protection"] = sight.registered("")
    return RecordFacts(sight.record.source, protection=protection(sight), known=spelt(known), **values)
