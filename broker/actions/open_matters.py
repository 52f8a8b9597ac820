"""Matters of the audit log, opened: the look-up that a cover leaf and the leaves beside it are, or another event.

Everything that reads look-ups again begins here: search, alerts, the marks of a log that has none yet.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from broker.audit import matters
from broker.audit.disclosures import reveal
from broker.audit.matters import Decided, Look, Terms
from broker.errors import NotFound, Unavailable, Untrusted
from broker.parts import Parts
from broker.policy.days import london_date
from broker.store import auditaround, auditlog
from broker.store.auditaround import Line


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
    def actors(self) -> tuple[str, ...]:
        """Who acted, as their agency names them to the broker, the last of several at the end; or it is not kept."""
        staff = self.private.get("staff", "")
        return tuple(one for one in ([staff] if isinstance(staff, str) else staff) if one)

    @property
    def actor(self) -> str:
        """The last of those who acted: whoever completed it. Empty where nobody did or it is no longer kept."""
        return self.actors[-1] if self.actors else ""

    def terms(self) -> Terms:
        """What it is found by."""
        if self.look is not None:
            return matters.terms_of_look(self.look)
        purpose = str(self.event.get("purpose", ""))
        return matters.terms_of_event(self.event["typ"], self.event["org"], actors=self.actors, purpose=purpose)


@dataclass
class _Parts:
    told: list[Decided] = field(default_factory=list)
    untold: list[Decided] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)


def open_matter(parts: Parts, connection: Connection, entry_id: bytes) -> Opened:
    """The matter with this first event. Raises `Untrusted` when it was changed, `Unavailable` while it has no place."""
    lines = auditaround.same_moment(connection, entry_id)
    own = next(lines, None)
    if own is None:
        raise Unavailable("log-not-ready", "the audit entry has no place in the signed tree yet")
    # Whatever is no answer has no parts.
    return open_matters(parts, [own, *lines] if own.typ == "answer" else [own], only=entry_id)[0]


def open_matters(
    parts: Parts, lines: Sequence[Line], *, only: bytes | None = None, is_lenient: bool = False
) -> list[Opened]:
    """The matters among `lines`, which hold all the parts of each; or `only` one of them.

    Raises `Untrusted` when one of them was changed; whoever `is_lenient` gets as much of it as its row says.
    """
    found: dict[str, _Parts] = {}
    for line in lines:
        if line.typ in matters.PARTS:
            event, private, is_kept = _read(parts, line, is_lenient)
            answer = private.get("answer", "")
            if is_kept and (only is None or answer == only.hex()):
                _take(found.setdefault(answer, _Parts()), event, private)
    opened = list[Opened]()
    for line in lines:
        if line.typ in matters.PARTS or (only is not None and line.id != only):
            continue
        event, private, is_kept = _read(parts, line, is_lenient)
        if line.typ != "answer" or not is_kept:
            opened.append(Opened(line.id, event, private, is_kept))
            continue
        own = found.get(event["id"], _Parts())
        look = _look(parts, event, private, own)
        opened.append(Opened(line.id, event, private, True, look, tuple(own.rows), frozenset(own.tags)))
    return opened


def _read(parts: Parts, line: Line, is_lenient: bool) -> tuple[Mapping[str, Any], dict[str, Any], bool]:
    """What the leaf says, and its private fields, if they are kept."""
    try:
        event = json.loads(line.leaf)
        if line.sealed is None:
            return event, {}, False
        shown = auditlog.opened_details(parts.keyring, line.id, line.sealed)
        return event, dict(map(reveal, shown.values())), True
    except NotFound:
        return event, {}, False
    except (Untrusted, ValueError):
        if not is_lenient:
            raise
        # `broker audit verify` says what is wrong; meanwhile the rest of the log must be found.
        return {"id": line.id.hex(), "t": line.t, "typ": line.typ, "org": line.org}, {}, False


def _take(found: _Parts, event: Mapping[str, Any], private: Mapping[str, Any]) -> None:
    """Adds one part of an answer."""
    owner = event["source"]
    found.tags |= set(event.get("seen", ()))
    for row, item in _facts(event, private):
        found.told.append(matters.decided(owner, json.loads(row), item=item))
        found.rows.append(row)
    # In a leaf of its own once (`untold`), and in that of what was told since.
    for row in json.loads(private.get("decisions", "{}")).get("decisions", ()):
        found.untold.append(matters.decided(owner, row, item=str(row["item"])))
        found.rows.append(json.dumps({name: row[name] for name in row if name != "item"}, sort_keys=True))


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
        is_embargoed=_is_embargoed(parts, event["org"], event["purpose"], on=london_date(at)),
        told=found.told,
        untold=found.untold,
    )


def _is_embargoed(parts: Parts, org: str, purpose: str, *, on: dt.date) -> bool:
    """Whether the agencies whose records are told of learn of such a look-up later than at once."""
    return parts.policies.embargoes.told_from(asker=org, purpose=purpose, on=on) > on
