"""Matters of the audit log, opened: the look-up that a cover leaf and the leaves beside it are, or another event.

Everything that reads look-ups again begins here: search, alerts, the marks of a log that has none yet.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from broker.actions.record_answer import is_embargoed
from broker.audit import matters
from broker.audit.disclosures import reveal
from broker.audit.matters import Decided, Look, Terms
from broker.errors import NotFound
from broker.parts import Parts
from broker.store import auditaround, auditlog


@dataclass(frozen=True)
class Opened:
    """One matter: what its leaf says, its private fields as far as they are kept, and the look-up, where it is one.

    `rows` are the decisions' audit rows, from which they can be made again; `tags` name records for the UTC day.
    """

    id: bytes
    event: Mapping[str, Any]
    private: Mapping[str, Any] = field(repr=False)
    is_kept: bool
    look: Look | None = field(default=None, repr=False)
    rows: tuple[str, ...] = field(default=(), repr=False)
    tags: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def at(self) -> dt.datetime:
        return dt.datetime.fromisoformat(self.event["t"])

    @property
    def actor(self) -> str:
        """Who acted, as their agency names them to the broker; empty where nobody did or it is no longer kept."""
        staff = self.private.get("staff", "")
        return staff if isinstance(staff, str) else ""

    def terms(self) -> Terms:
        """What it is found by."""
        if self.look is not None:
            return matters.terms_of_look(self.look)
        purpose = str(self.event.get("purpose", ""))
        return matters.terms_of_event(self.event["typ"], self.event["org"], actor=self.actor, purpose=purpose)


@dataclass
class _Parts:
    told: list[Decided] = field(default_factory=list)
    untold: list[Decided] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)


def open_matter(parts: Parts, connection: Connection, entry_id: bytes) -> Opened:
    """The matter with this first event, which has its place in the log. Raises `Untrusted` when it was changed."""
    event = json.loads(auditlog.leaf_of(connection, entry_id))
    private, is_kept = _private(parts, connection, entry_id)
    if event["typ"] != "answer" or not is_kept:
        return Opened(entry_id, event, private, is_kept)
    found = _Parts()
    for one, leaf, sealed in auditaround.same_moment(connection, entry_id):
        content = json.loads(leaf)
        if content["typ"] in matters.PARTS and sealed is not None:
            shown = dict(map(reveal, auditlog.opened_details(parts.keyring, one, sealed).values()))
            if shown.get("answer") == event["id"]:
                _take(found, content, shown)
    look = _look(parts, event, private, found)
    return Opened(entry_id, event, private, True, look, tuple(found.rows), frozenset(found.tags))


def _private(parts: Parts, connection: Connection, entry_id: bytes) -> tuple[dict[str, Any], bool]:
    try:
        shown = auditlog.disclosures(connection, parts.keyring, entry_id)
    except NotFound:
        return {}, False
    return dict(map(reveal, shown.values())), True


def _take(found: _Parts, event: Mapping[str, Any], private: Mapping[str, Any]) -> None:
    """Adds one part of an answer."""
    owner = event["source"]
    if event["typ"] == "untold":
        for row in json.loads(private["decisions"])["decisions"]:
            item = str(row["item"])
            found.untold.append(matters.decided(owner, row, item=item))
            found.rows.append(json.dumps({name: row[name] for name in row if name != "item"}, sort_keys=True))
        return
    found.tags |= set(event.get("seen", ()))
    for row, item in _facts(event, private):
        found.told.append(matters.decided(owner, json.loads(row), item=item))
        found.rows.append(row)


def _facts(event: Mapping[str, Any], private: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for number, (item, _, _) in enumerate(event.get("items", ())):
        yield private[f"facts.{number}"], item


def _look(parts: Parts, event: Mapping[str, Any], private: Mapping[str, Any], found: _Parts) -> Look:
    at = dt.datetime.fromisoformat(event["t"])
    return Look(
        id=event["id"],
        org=event["org"],
        actor=str(private["staff"]),
        role=event["role"],
        purpose=event["purpose"],
        relation=str(private["question"]["relation"]),
        has_case=bool(private["case_reference"]),
        is_emergency=bool(private["question"].get("emergency")),
        is_embargoed=is_embargoed(parts, event["org"], event["purpose"], at=at),
        told=found.told,
        untold=found.untold,
    )
