"""How refusals and emergencies went, rule by rule, out of the audit log alone: `broker refusals report`.

A rule of which more than a fifth of the answered challenges and samples was overturned is flagged: it refuses what
should be shown. So is one that emergencies lift again and again: there should be another way.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from broker.actions.publish_checkpoint import publish_checkpoint
from broker.actions.shown_refusals import parse_leaf
from broker.audit.disclosures import reveal
from broker.audit.events import instant
from broker.parts import Parts
from broker.store import auditlog, auditread

FLAG_PERCENT = 20
_OVERTURNED = frozenset({"allow_once", "allow_and_propose"})
_TYPES = ("answer", "challenge", "emergency")


@dataclass(frozen=True)
class RuleRow:
    """One rule: refusals shown under it, challenges, what reviewers answered and overturned, emergencies lifting it."""

    rule: str
    refused: int
    challenged: int
    answered: int
    overturned: int
    lifted: int

    @property
    def overturned_percent(self) -> int | None:
        """Of those answered; None when none was."""
        return round(100 * self.overturned / self.answered) if self.answered else None

    @property
    def is_flagged(self) -> bool:
        return self.answered > 0 and 100 * self.overturned > FLAG_PERCENT * self.answered


@dataclass(frozen=True)
class Report:
    """Since when; how many answers there were, and of them emergencies; what became of emergencies; rule by rule."""

    since: dt.datetime
    answers: int
    emergencies: int
    unexplained: int
    not_justified: int
    escalated: int
    rules: tuple[RuleRow, ...]


def report_refusals(parts: Parts, *, days: int) -> Report:
    """The report of the last `days` days. That somebody made it is an event of the audit log."""
    since = parts.now() - dt.timedelta(days=days)
    with parts.store.look() as connection:
        counts = _counted(parts, connection, instant(since))
    stamp = parts.stamp("broker")
    event = stamp.event("admin", {"act": "reported-refusals", "what": f"{days}-days"}, {})
    with parts.store.begin() as tx:
        tx.audit(parts.entry(event))
    publish_checkpoint(parts)
    names = sorted({rule for what, rule in counts if rule})
    return Report(
        since=since,
        answers=counts["answers", ""],
        emergencies=counts["emergencies", ""],
        unexplained=counts["overdue", ""],
        not_justified=counts["not_justified", ""],
        escalated=counts["escalated", ""],
        rules=tuple(RuleRow(rule, *(counts[what, rule] for what in _COLUMNS)) for rule in names),
    )


_COLUMNS = ("refused", "challenged", "answered", "overturned", "lifted")


def _counted(parts: Parts, connection: Connection, since: str) -> Counter[tuple[str, str]]:
    counts: Counter[tuple[str, str]] = Counter()
    for leaf_bytes, sealed in auditread.of_types(connection, _TYPES, since=since):
        leaf = parse_leaf(leaf_bytes)
        shown = auditlog.opened_details(parts.keyring, bytes.fromhex(leaf["id"]), sealed)
        private = {name: reveal(text)[1] for name, text in shown.items()}
        counts.update(_of[leaf["typ"]](leaf, private))
    return counts


def _of_answer(_: dict[str, Any], private: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "answers", ""
    if private.get("question", {}).get("emergency"):
        yield "emergencies", ""
    yield from (("refused", row[2]) for row in private.get("refused", ()))


def _of_challenge(leaf: dict[str, Any], private: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if leaf["act"] == "made":
        yield "challenged", private["rule"]
    if leaf["act"] == "escalated":
        yield "escalated", ""
    if leaf["act"] == "answered" and private["kind"] != "proposal":
        yield "answered", private["rule"]
        if private["outcome"] in _OVERTURNED:
            yield "overturned", private["rule"]


def _of_emergency(leaf: dict[str, Any], private: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if leaf["act"] in ("opened", "went-on"):
        yield from (("lifted", rule) for rule in private["lifted"])
    if leaf["act"] == "overdue":
        yield "overdue", ""
    if leaf["act"] == "reviewed" and private["outcome"] == "not_justified":
        yield "not_justified", ""


_of = {"answer": _of_answer, "challenge": _of_challenge, "emergency": _of_emergency}
