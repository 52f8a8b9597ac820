"""What is decided, as values that can't be made incomplete.

A `Decision` about one item of one record, an `Admitted` or a `Refusal` about a requester. Anything less than a share
must have a reason, a remedy, somebody to ring, a reviewer and a date: the constructor raises without them. A silent
withholding has them too, for the audit log; it has no *visible* reason, as nobody but an auditor may learn of it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from broker.policy.levels import LEVELS, Level


@dataclass(frozen=True)
class Contact:
    """Who to ring: a service or an agency, and its duty phone."""

    name: str
    phone: str


@dataclass(frozen=True)
class Reason:
    """A reason that the requester may read. `id` is a clause, a public rule, or one of the vocabulary's reasons."""

    id: str
    text: str
    remedy: str


@dataclass(frozen=True)
class Terms:
    """The clause's terms: how far back (`window`) and how long to keep, in calendar periods, and who else may see."""

    window: str | None
    keep: str
    onward: str


NO_TERMS = Terms(window=None, keep="P0D", onward="none")


@dataclass(frozen=True)
class Admitted:
    """`sources` may answer for this role and purpose, with the `items` scheduled: sorted, the same for everybody."""

    agreements: tuple[str, ...]
    sources: tuple[str, ...]
    items: tuple[str, ...]


@dataclass(frozen=True)
class Refusal:
    """The requester may not ask, whoever it is about. `agreement` is empty when none is in play."""

    reasons: tuple[Reason, ...]
    remedy: str
    contact: Contact
    reviewer: str
    review_by: dt.date
    agreement: str
    breakable: bool
    facts: dict[str, Any] = field(repr=False)
    packed: dict[str, list[int]] = field(repr=False)
    policy_digest: str

    def __post_init__(self) -> None:
        _accountable(self, bool(self.reasons))

    def as_audit(self) -> dict[str, Any]:
        """JSON-safe values for the audit row."""
        return {
            "level": "withhold",
            "agreement": self.agreement,
            "rules": [reason.id for reason in self.reasons],
            **_answerable(self),
            "breakable": self.breakable,
            "facts": self.facts,
            "packed": self.packed,
            "policy_digest": self.policy_digest,
        }


@dataclass(frozen=True)
class Decision:
    """The outcome for one item of one record.

    `rules` and `lifted` are for the audit log: a rule's id can tell a secret fact. `reasons` are for the requester.
    `breakable` says that emergency access would show more. `facts` are all it was decided from; `packed` are the same
    as each agreement saw them, by its id: one number (`packed.pack`) for each protection the record is under. Neither
    is ever changed; decisions about one record share what is equal.
    """

    level: Level
    agreement: str
    clause: str
    rules: tuple[str, ...]
    lifted: tuple[str, ...]
    obligations: tuple[str, ...]
    reasons: tuple[Reason, ...]
    remedy: str
    contact: Contact
    reviewer: str
    review_by: dt.date | None
    breakable: bool
    terms: Terms
    facts: dict[str, Any] = field(repr=False)
    packed: dict[str, list[int]] = field(repr=False)
    policy_digest: str

    def __post_init__(self) -> None:
        if self.level not in LEVELS:
            raise ValueError("no such level")
        if self.level == "share":
            return
        silent = self.level == "withhold_silently"
        _accountable(self, bool(self.rules) if silent else bool(self.reasons))
        if silent and (self.reasons or self.breakable):
            raise ValueError("a silent withholding shows nothing")

    @property
    def item(self) -> str:
        """The item that was decided."""
        return str(self.facts["item"])

    @property
    def on(self) -> dt.date:
        """The date in London on which it was decided."""
        return dt.date.fromisoformat(self.facts["on"])

    def about(self, facts: dict[str, Any], packed: dict[str, list[int]]) -> Decision:
        """The same outcome from other facts: a copy that isn't checked again, as it was complete when it was made."""
        made = object.__new__(Decision)
        made.__dict__.update(self.__dict__, facts=facts, packed=packed)
        return made

    def reviewed_by(self, day: dt.date | None) -> Decision:
        """The same outcome, to be reviewed by `day`: likewise a copy that isn't checked again."""
        if day == self.review_by:
            return self
        made = object.__new__(Decision)
        made.__dict__.update(self.__dict__, review_by=day)
        return made

    def as_audit(self) -> dict[str, Any]:
        """JSON-safe values for the audit row, from which `recompute` makes the same decision again."""
        return {
            "level": self.level,
            "agreement": self.agreement,
            "clause": self.clause,
            "rules": list(self.rules),
            "lifted": list(self.lifted),
            "obligations": list(self.obligations),
            **_answerable(self),
            "breakable": self.breakable,
            "facts": self.facts,
            "packed": self.packed,
            "policy_digest": self.policy_digest,
        }


def _answerable(made: Refusal | Decision) -> dict[str, Any]:
    return {
        "reasons": [{"id": r.id, "text": r.text, "remedy": r.remedy} for r in made.reasons],
        "remedy": made.remedy,
        "contact": {"name": made.contact.name, "phone": made.contact.phone},
        "reviewer": made.reviewer,
        "review_by": made.review_by.isoformat() if made.review_by else None,
    }


def _accountable(made: Refusal | Decision, has_reason: bool) -> None:
    if not (
        has_reason and made.remedy and made.contact.name and made.contact.phone and made.reviewer and made.review_by
    ):
        raise ValueError("less than a share needs a reason, a remedy, a contact, a reviewer and a date")
