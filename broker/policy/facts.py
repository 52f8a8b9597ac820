"""What a decision depends on: who asks, and what is known about one record. Nothing else may matter.

Every fact becomes one of the values its vocabulary lists. One that is missing, says `unknown` or isn't listed becomes
the value declared for unknown, which is never more open than any other. A record can be under several protections;
each is decided by itself and the most protective outcome counts, so that adding one never opens anything.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

from broker.errors import BadInput
from broker.policy.agreement import Agreement, state
from broker.policy.days import after
from broker.policy.known import Known, spelt
from broker.policy.vocabulary import Vocabulary

REQUESTER_FACTS = ("agreement", "training", "relation", "break_glass")
RECORD_FACTS = (
    "match",
    "record_age",
    "age",
    "wishes",
    "risk",
    "objection",
    "restriction",
    "protection",
    "perpetrator_view",
    "deceased",
    "third_party",
)
SINGLE_FACTS = tuple(fact for fact in RECORD_FACTS if fact != "protection")
"""Those of which a record has one value; it can be under several protections."""


@dataclass(frozen=True)
class Requester:
    """Who asks, for what. `training_on` is the day of their last training; `relation` is theirs to the person."""

    agency: str
    role: str
    purpose: str
    training_on: dt.date
    relation: str
    break_glass: bool = False
    known: str = ""
    """Who said so, as of which day (`policy.known`): for the audit row, and no reason for anything."""


@dataclass(frozen=True)
class RecordFacts:
    """What is known about one record; None is unknown. `protection` holds every kind in force, and may be empty.

    `known` is who said so, as of which day (`policy.known`): for the audit row, and no reason for anything.
    """

    source: str
    match: str | None = None
    record_age: str | None = None
    age: str | None = None
    wishes: str | None = None
    risk: str | None = None
    objection: str | None = None
    restriction: str | None = None
    protection: Iterable[str] | None = None
    perpetrator_view: str | None = None
    deceased: str | None = None
    third_party: str | None = None
    known: str = ""

    def __post_init__(self) -> None:
        if self.protection is not None:
            object.__setattr__(self, "protection", tuple(sorted(set(self.protection))))


def resolved(vocabulary: Vocabulary, fact: str, value: str | None) -> str:
    """`value` if the vocabulary lists it for `fact`, else the value declared for unknown."""
    known = vocabulary.facts[fact]
    return value if value is not None and value in known.values else known.unknown


def requester_facts(
    vocabulary: Vocabulary, requester: Requester, *, agreement: Agreement, on: dt.date
) -> dict[str, str]:
    """The requester's facts under one agreement, of which each is one function."""
    return {
        "agreement": state(agreement, on),
        "training": training(requester, agreement, on),
        "relation": resolved(vocabulary, "relation", requester.relation),
        "break_glass": emergency(requester, agreement),
    }


def training(requester: Requester, agreement: Agreement, on: dt.date) -> str:
    """Current from the day of the last training for as long as the agreement says; before and after, lapsed."""
    since = requester.training_on
    return "current" if since <= on < after(since, agreement.assurance.training_valid) else "lapsed"


def emergency(requester: Requester, agreement: Agreement) -> str:
    """Emergency access counts only for the agreement's own roles and purposes."""
    allowed = may_break_glass(agreement, role=requester.role, purpose=requester.purpose)
    return "yes" if requester.break_glass and allowed else "no"


def asserted(requester: Requester, *, on: dt.date) -> Requester:
    """The same, with who said so: their agency, in the assertion that it signed for this question of the day `on`."""
    said = {name: Known(None, "asker", on) for name in ("break_glass", "relation")}
    return replace(requester, known=spelt({**said, "training": Known(None, "asker", requester.training_on)}))


def may_break_glass(agreement: Agreement, *, role: str, purpose: str) -> bool:
    """Whether `agreement` allows emergency access to `role` for `purpose`."""
    glass = agreement.break_glass
    return glass.allowed and role in glass.roles and purpose in glass.purposes


@dataclass(frozen=True)
class Case:
    """All that one decision depends on: who asks, about which item of which record, on which date in London."""

    requester: Requester
    record: RecordFacts
    item: str
    on: dt.date

    def as_row(self) -> dict[str, Any]:
        """JSON-safe values for the audit row."""
        return {**requester_row(self.requester, on=self.on), "item": self.item, "record": record_row(self.record)}


def record_row(record: RecordFacts) -> dict[str, Any]:
    """What is known about `record`, as JSON-safe values."""
    row = {name: getattr(record, name) for name in ("source", *RECORD_FACTS)}
    row["protection"] = None if record.protection is None else list(record.protection)
    # Rows from before it was kept have none, and come out to the letter.
    return {**row, "known": record.known} if record.known else row


def requester_row(requester: Requester, *, on: dt.date) -> dict[str, Any]:
    """What an admission depends on, as JSON-safe values."""
    row = {name: getattr(requester, name) for name in _REQUESTER}
    row |= {"known": requester.known} if requester.known else {}
    return {"on": on.isoformat(), "requester": {**row, "training_on": requester.training_on.isoformat()}}


_REQUESTER = tuple(field.name for field in fields(Requester) if field.name != "known")


def from_row(row: Any) -> Case:
    """The case whose `as_row` is `row`. Raises `BadInput` for anything else, whatever it is."""
    try:
        asker, record = row["requester"], row["record"]
        texts = [asker[name] for name in ("agency", "role", "purpose", "relation")]
        texts += [row["item"], asker.get("known", ""), record["source"], *(record["protection"] or ())]
        texts += [value for name, value in record.items() if name != "protection" and value is not None]
        if not all(isinstance(text, str) for text in texts) or not isinstance(asker["break_glass"], bool):
            raise ValueError("not of the agreed form")
        requester = Requester(**{**asker, "training_on": dt.date.fromisoformat(asker["training_on"])})
        return Case(requester, RecordFacts(**record), row["item"], dt.date.fromisoformat(row["on"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        hint = "use the row as it was written"
        raise BadInput("audit-row-unreadable", "the facts of the row are not of the agreed form", hint=hint) from None
