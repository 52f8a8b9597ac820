"""Reads on in the log where it stopped, and puts look-ups into the queues of those agencies' IG officers who asked.

    emergency     every look-up in an emergency
    unexplained   what was shown and nothing explains (`broker.audit.matters.explain`)
    A1-A14        what the alert rules say (`broker.audit.rules`)
    sample        a share of all others, drawn by a key

What was read, what the rules remember and what they say are written together, so that a stopped job goes on and says
nothing twice. `broker audit alerts` runs it, and so does whoever reads the queue.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import resources
from typing import Any, get_args

from sqlalchemy import Connection

from broker.actions.mark_log import mark_log
from broker.actions.open_matters import Opened, open_matter, open_matters
from broker.audit import matters, memory
from broker.audit.matters import Terms
from broker.audit.oversight_events import alert_event
from broker.audit.rules import Alert, Concerns, Seen, Watch, opened_without_cause, unwitnessed
from broker.errors import Conflict, Misconfigured
from broker.parts import Parts
from broker.policy.clocks import due_after, last_day
from broker.policy.days import london_date
from broker.store import auditaround, auditlog, auditmarks, auditread, feed, lookqueue
from broker.store.auditaround import Line
from broker.store.engine import Tx
from broker.store.feed import Notice
from broker.store.lookqueue import Item, Why
from broker.wire.reference import spoken_reference

_PAGE = 500
_TYPES = ("answer", "emergency", "admin", "search", "witness")
KEPT_DAYS = 2 * 365


@dataclass(frozen=True)
class Raised:
    """How many look-ups were read, and how many came into a queue."""

    looked: int
    raised: int


@dataclass(frozen=True)
class Thresholds:
    """When rules speak; `digest` is the SHA-256 of the file, in hex."""

    content: Mapping[str, Any] = field(repr=False)
    digest: str

    def severity(self, reasons: Iterable[str]) -> int:
        return sum(self.content["severity"][one] for one in reasons)


@dataclass
class _Page:
    """What one page of the log gives: reasons by the matter's event, with whose it is."""

    looked: int = 0
    found: dict[str, tuple[str, str, list[str]]] = field(default_factory=dict)

    def add(self, alerts: Iterable[Alert]) -> None:
        for one in alerts:
            reasons = self.found.setdefault(one.about, (one.org, one.actor, []))[2]
            if one.rule not in reasons:
                reasons.append(one.rule)


def read_thresholds(parts: Parts) -> Thresholds:
    """Those that the settings name, or the packaged ones. Raises `Misconfigured` when they can't be read."""
    packaged = resources.files("broker.audit") / "thresholds.toml"
    try:
        data = parts.settings.alerts.read_bytes() if parts.settings.alerts else packaged.read_bytes()
        content = tomllib.loads(data.decode())
        known = tomllib.loads(packaged.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise Misconfigured("alerts-unreadable", "can't read the thresholds that BROKER_ALERTS names") from None
    if {name: set(some) for name, some in content.items()} != {name: set(some) for name, some in known.items()}:
        hint = "copy the packaged broker/audit/thresholds.toml, and change its numbers"
        raise Misconfigured("alerts-incomplete", "the thresholds lack something, or have something unknown", hint=hint)
    return Thresholds(content, hashlib.sha256(data).hexdigest())


def raise_alerts(parts: Parts) -> Raised:
    """Reads the log up to now. Raises `Untrusted` when it was tampered with."""
    thresholds, last = read_thresholds(parts), mark_log(parts)
    looked = raised = 0
    while True:
        with parts.store.look() as connection:
            parts = parts.at(connection)
            place, content = lookqueue.remembered(connection, parts.keyring)
            watch = Watch(thresholds.content, memory.from_dict(content))
            lines = auditaround.between(connection, place, last, most=_PAGE)
            upto = lines[-1].place + 1 if lines else last
            page = _read(parts, connection, watch, lines)
        if upto == last:
            # Before, a review of it may still be to come in the log.
            page.add(watch.overdue(parts.now()))
        if upto <= place and not page.found:
            return Raised(looked, raised)
        try:
            raised += _write(parts, watch, page, thresholds, was=place, upto=max(upto, place))
        except Conflict:
            # Another process reads on from the same place: what it has read is not read again.
            continue
        looked += page.looked


def _read(parts: Parts, connection: Connection, watch: Watch, lines: Sequence[Line]) -> _Page:
    page = _Page()
    for opened in open_matters(parts, [line for line in lines if line.typ in _TYPES or line.typ in matters.PARTS]):
        if opened.look is not None:
            page.looked += 1
            page.add(watch.see(_seen(opened)))
            page.add(_always(parts, watch, opened))
        else:
            page.add(_other(parts, connection, watch, opened, page))
    return page


def _always(parts: Parts, watch: Watch, opened: Opened) -> list[Alert]:
    """What brings a look-up into the queue whatever the rules say."""
    look = opened.look
    if look is None:
        return []
    percent = int(watch.thresholds["queue"]["sample_percent"])
    reasons = ["emergency"] if look.is_emergency else []
    reasons += [] if matters.explain(look).is_whole else ["unexplained"]
    drawn = lookqueue.is_drawn(parts.keyring, look.id, percent=percent)
    return [Alert(one, look.id, look.org, look.actor) for one in reasons or (["sample"] if drawn else [])]


def _seen(opened: Opened) -> Seen:
    look, at = opened.look, opened.at
    if look is None:
        raise TypeError("not a look-up")
    noon = at.replace(hour=12)
    # London is one hour ahead of UTC where the day's beginning there is a day earlier here.
    summer = london_date(noon.replace(hour=23, minute=30)) != noon.date()
    local = at + dt.timedelta(hours=int(summer))
    said = opened.private["question"].get("concerns", "unknown")
    concerns: Concerns = said if said in get_args(Concerns) else "unknown"
    return Seen(look, at, local.weekday() * 24 + local.hour, opened.tags, concerns)


def _other(parts: Parts, connection: Connection, watch: Watch, opened: Opened, page: _Page) -> list[Alert]:
    event, private = opened.event, opened.private
    act = str(event.get("act", ""))
    if event["typ"] == "witness":
        return unwitnessed(act, event["id"])
    if event["typ"] == "emergency" and "about" in private:
        return _emergency(parts, connection, watch, opened)
    about = str(event.get("what", "")) if act == "opened-answer" else str(private.get("about", ""))
    if event["org"] != "broker" or act not in ("opened-answer", "opened") or not about:
        return []
    return _unblinded(parts, connection, about, page)


def _emergency(parts: Parts, connection: Connection, watch: Watch, opened: Opened) -> list[Alert]:
    """What happened to an emergency; nothing explains one that was not explained in time."""
    act, about = str(opened.event["act"]), str(opened.private["about"])
    watch.emergency(act, about, org=opened.event["org"], at=opened.at)
    covers = auditread.answer_with(connection, bytes.fromhex(about)) if act == "overdue" else []
    late = [open_matter(parts, connection, one) for one in covers]
    return [Alert("unexplained", about, one.event["org"], one.actor) for one in late]


def _unblinded(parts: Parts, connection: Connection, about: str, page: _Page) -> list[Alert]:
    """The operator opened an answer: of whose agency, and whether anything was the cause."""
    covers = auditread.answer_with(connection, bytes.fromhex(about))
    if not covers:
        return []
    opened = open_matter(parts, connection, covers[0])
    known = lookqueue.of(connection, parts.keyring, lookqueue.item_id(parts.keyring, about))
    before = tuple(page.found[about][2]) if about in page.found else known.why.reasons if known else ()
    is_linked = bool(set(before) - {"sample"})
    return opened_without_cause(about, org=opened.event["org"], is_linked=is_linked)


def _write(parts: Parts, watch: Watch, page: _Page, thresholds: Thresholds, *, was: int, upto: int) -> int:
    """One page, whole or not at all. Returns how many came into a queue."""
    content = watch.memory.as_dict()
    if not page.found:
        # Made of the log alone, so that it can be made again.
        with parts.store.derive() as connection:
            lookqueue.remember(connection, parts.keyring, content, was=was, place=upto, random=parts.random)
        return 0
    with parts.store.begin() as tx:
        lookqueue.remember(tx.connection, parts.keyring, content, was=was, place=upto, random=parts.random)
        notices = [_put(parts, tx, thresholds, about=about, found=found) for about, found in sorted(page.found.items())]
        feed.put(tx.connection, [one for one in notices if one], at=int(parts.now().timestamp()))
    return len(notices)


def _put(
    parts: Parts, tx: Tx, thresholds: Thresholds, *, about: str, found: tuple[str, str, Sequence[str]]
) -> Notice | None:
    """Puts one matter into its agency's queue, or what is new about it; who drew it by lot is told nothing."""
    org, actor, reasons = found
    one, now = lookqueue.item_id(parts.keyring, about), parts.now()
    known = lookqueue.of(tx.connection, parts.keyring, one)
    every = tuple(dict.fromkeys([*(known.why.reasons if known else ()), *reasons]))
    every = tuple(name for name in every if name != "sample" or len(every) == 1)
    queue = thresholds.content["queue"]
    days = queue["sample_working_days" if every == ("sample",) else "working_days"]
    due = int(due_after(now, days).timestamp())
    why = Why(about, actor, every, thresholds.severity(every), thresholds.digest)
    item = Item(one, org, "new", int(now.timestamp()), due, why)
    if known is not None:
        again = replace(known.why, reasons=every, severity=why.severity, thresholds=why.thresholds, outcome=None)
        item = replace(known, state="new" if known.state == "closed" else known.state, due=due, why=again)
    lookqueue.put(tx.connection, parts.keyring, item, random=parts.random)
    if "unexplained" in reasons:
        _mark_unexplained(parts, tx, bytes.fromhex(about))
    private = {"about": about, "rules": list(reasons), "thresholds": thresholds.digest}
    event = alert_event(parts.stamp(org, at=now), "raised", private=private)
    tx.audit(parts.entry(event))
    if every == ("sample",) or org == "broker":
        return None
    return Notice(org, "look_waits", spoken_reference(one), last_day(due_after(now, days)))


def _mark_unexplained(parts: Parts, tx: Tx, entry_id: bytes) -> None:
    """From now on a search for what nothing explains finds it."""
    term = ("is", "unexplained")
    t = json.loads(auditlog.leaf_of(tx.connection, entry_id))["t"]
    if not auditmarks.has(tx.connection, parts.keyring, (t, entry_id), term=term):
        marks = auditmarks.marks_of(parts.keyring, Terms(frozenset({term})), random=parts.random)
        auditmarks.put(tx.connection, [((t, entry_id), marks)])
