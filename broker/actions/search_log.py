"""The audit log, searched: by an agency what it may see, by the operator (agency None) all of it. Each is logged.

What an agency may see is a mark of the matter itself, so that nothing is read and left out afterwards. Of a look-up of
another agency its officers see what was told of their own records; what was withheld silently they don't find.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from sqlalchemy import Connection, select

from broker.actions.mark_log import mark_log
from broker.actions.open_matters import Opened, open_matter
from broker.actions.publish_checkpoint import prove
from broker.audit import matters
from broker.audit.matters import Explanation, Look
from broker.audit.oversight_events import search_event
from broker.audit.query import Query, parse
from broker.errors import BadInput, NotFound, Unavailable
from broker.keys import cursors
from broker.parts import Parts, load_set
from broker.policy.levels import LEVELS
from broker.policy.policies import Policies
from broker.policy.replay import replay_all
from broker.store import auditmarks, auditread
from broker.store.audit_tables import audit_entries
from broker.store.auditmarks import Place, Search
from broker.store.engine import Entry, Released
from broker.wire.answer import ReceiptLeaf
from broker.wire.audit_search import PAGE, By, Counted, EntryShown, Found, Hit
from broker.wire.fields import AnyWire
from broker.wire.reference import reference_prefix, spoken_reference

MOST = 10_000
"""A count goes no further."""
_PATIENCE = 5.0
"""Seconds that whoever looks waits until all is findable."""
_DAYS = 92
_T_BYTES = 27
_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_QUIET = frozenset({("is", "silent"), ("decision", matters.SILENT)})


@dataclass(frozen=True)
class Officer:
    """Who looks through the log: somebody of an agency, by its pseudonym for them, or the operator."""

    agency: str | None = None
    staff: str = ""

    @property
    def org(self) -> str:
        return self.agency or "broker"


def search_log(parts: Parts, text: str, *, by: Officer, cursor: bytes | None = None) -> Released[Found]:
    """One page of what `text` finds. Raises `BadInput` for a search that can't be read."""
    query = query_of(text, by)
    parts = ready(parts)
    with parts.store.look() as connection:
        asked = Search(query, by.agency)
        older = place_after(parts, cursor, about=(by.org, query.digest)) if cursor else None
        places = auditmarks.found(connection, parts.keyring, asked, most=PAGE + 1, older=older)
        count = auditmarks.count(connection, parts.keyring, asked, most=MOST)
        opened = [open_matter(parts, connection, entry_id) for _, entry_id in places[:PAGE]]
    made = partial(
        Found,
        v=1,
        agency=by.org,
        count=count,
        most=MOST,
        hits=tuple(hit_of(one, by.agency) for one in opened),
        said=said_in(parts.policies, opened),
        more=cursor_at(parts, places[PAGE - 1], about=(by.org, query.digest)) if len(places) > PAGE else None,
    )
    return told(parts, note(parts, by, "found", found=count, about={"query": query.digest}), made)


def open_entry(parts: Parts, name: str, *, by: Officer) -> Released[EntryShown]:
    """One matter by its event's id or its answer's spoken reference, with its proof.

    Raises `NotFound` unless there is one that this officer may see.
    """
    parts = ready(parts)
    with parts.store.look() as connection:
        opened = open_matter(parts, connection, named(parts, connection, name, by))
        same = _made_again(parts, connection, opened)
    [proven] = prove(parts, [opened.id])
    made = partial(
        EntryShown,
        v=1,
        agency=by.org,
        hit=hit_of(opened, by.agency),
        said=said_in(parts.policies, [opened]),
        decisions=same,
        leaf=proven.leaf,
        proof=proven.proof,
    )
    return told(parts, note(parts, by, "opened", found=1, about={"about": opened.id.hex()}), made)


def count_matters(parts: Parts, text: str, *, by: Officer, values: By) -> Released[Counted]:
    """How many matters there are of each value of one qualifier, or of each day; small numbers too."""
    query = query_of(text, by)
    parts = ready(parts)
    with parts.store.look() as connection:
        counts = [
            (value, auditmarks.count(connection, parts.keyring, Search(one, by.agency), most=MOST))
            for value, one in _each(parts, query, values)
            if value != matters.SILENT or by.agency is None
        ]
    ordered = sorted(counts, key=lambda row: (0, row[0]) if values == "day" else (-row[1], row[0]))
    rows = tuple(row for row in ordered if row[1])
    made = partial(Counted, v=1, agency=by.org, by=values, most=MOST, counts=rows)
    return told(parts, note(parts, by, "counted", found=len(rows), about={"query": query.digest, "by": values}), made)


def hit_of(opened: Opened, agency: str | None) -> Hit:
    """A matter as an officer of `agency` may see it."""
    event, look = opened.event, opened.look
    hit = Hit(
        id=event["id"],
        reference=spoken_reference(opened.id),
        at=event["t"],
        typ=event["typ"],
        agency=event["org"],
        act=str(event.get("act", "")),
        staff=opened.actor,
        others=opened.actors[:-1],
        role=str(event.get("role", "")),
        purpose=str(event.get("purpose", "")),
        kept=opened.is_kept,
    )
    if look is None:
        return hit
    seen = look if agency in (None, look.org) else matters.part_of(look, agency)
    why = _visible(look, seen)
    return hit.model_copy(
        update={
            "emergency": look.is_emergency,
            "refused": look.is_refused,
            "told": tuple((one.item or "*", one.level, ", ".join(one.named)) for one in seen.told),
            "steps": why.steps,
            "missing": why.holes,
        }
    )


def _visible(look: Look, seen: Look) -> Explanation:
    """Another agency learns neither whether the asker's holds a record nor what others' clauses gave."""
    why = matters.explain(look)
    if seen is look:
        return why
    if not seen.released:
        return matters.explain(seen)
    mine = {f"clause:{one.agreement}#{one.clause}" for one in seen.released}
    steps = tuple("known" if one.startswith("known:") else one for one in why.steps)
    return Explanation(tuple(one for one in steps if not one.startswith("clause:") or one in mine), why.holes)


def query_of(text: str, by: Officer) -> Query:
    """What is asked for. Raises `BadInput` for what can't be read, and for what agencies don't search."""
    query = parse(text)
    asked = {(name, value) for name, values in query.wanted.items() for value in values} | set(query.unwanted)
    if by.agency is not None and asked & _QUIET:
        hint = "`broker-agency silent` counts what was withheld of your own records"
        raise BadInput("search-quiet", "what was withheld silently is not searched by agencies", hint=hint)
    return query


def ready(parts: Parts) -> Parts:
    """The parts of now, with everything that was committed in its place in the log, and findable.

    Raises `Unavailable` when that takes long: another time it takes less.
    """
    mark_log(parts, seconds=_PATIENCE)
    with parts.store.look() as connection:
        parts = parts.at(connection)
    return parts


def note(parts: Parts, by: Officer, act: str, *, found: int, about: Mapping[str, str]) -> Entry:
    """The event that an officer looked through the log."""
    stamp = parts.stamp(by.org)
    event = search_event(stamp, act, found=found, private={"staff": by.staff, **about})
    return parts.entry(event)


def told(parts: Parts, entry: Entry, make: Callable[..., AnyWire]) -> Released[AnyWire]:
    """What `make` makes with the receipt of `entry`, once the entry is durable."""
    with parts.store.begin() as tx:
        tx.audit(entry)
        held = tx.release(make)
    return with_receipt(parts, entry, held.released())


def with_receipt(parts: Parts, entry: Entry, released: Released[Callable[..., AnyWire]]) -> Released[AnyWire]:
    """What was released, made with the receipt of its event."""
    [proven] = prove(parts, [entry.id])
    shown = tuple(sorted(entry.disclosures.values()))
    receipt = ReceiptLeaf(v=1, leaf=proven.leaf, proof=proven.proof, disclosures=shown)
    return released.map(lambda made: made(receipt=receipt))


def named(parts: Parts, connection: Connection, name: str, by: Officer) -> bytes:
    """The id of the event of this name. Raises `NotFound` unless there is one that this officer may see."""
    is_id = _ID.fullmatch(name)
    found = [bytes.fromhex(name)] if is_id else auditread.answer_with(connection, reference_prefix(name))
    unknown = NotFound("entry-unknown", "you may see no entry of this name", hint="check every character")
    if len(found) != 1:
        raise unknown
    seen = matters.EVERY if by.agency is None else ("sees", by.agency)
    t = connection.execute(select(audit_entries.c.t).where(audit_entries.c.id == found[0])).scalar()
    if t is None or not auditmarks.has(connection, parts.keyring, (t, found[0]), term=seen):
        raise unknown
    return found[0]


def _made_again(parts: Parts, connection: Connection, opened: Opened) -> Literal["same", "differ", "unknown"]:
    """Whether the decisions come out as they were written, under the agreements that they were made under."""

    def find(digest: str) -> Policies | None:
        try:
            return parts.policies if digest == parts.policies.digest else load_set(connection, digest).policies
        except (NotFound, Unavailable):
            return None

    found = replay_all(find, opened.rows).values()
    if any(one.differing for one in found):
        return "differ"
    return "same" if opened.is_kept and not any(one.elsewhere for one in found) else "unknown"


def _each(parts: Parts, query: Query, values: By) -> Sequence[tuple[str, Query]]:
    policies = parts.policies
    if values == "day":
        today = parts.now().astimezone(dt.UTC).date()
        days = [today - dt.timedelta(days=back) for back in range(_DAYS)]
        return [(day.isoformat(), _of_day(query, day)) for day in days]
    known: dict[str, Sequence[str]] = {
        "org": [*policies.vocabulary.agencies, "broker"],
        "purpose": list(policies.vocabulary.purposes),
        "decision": list(LEVELS),
        "rule": _rules(policies),
    }
    given = query.wanted.get(values)
    return [
        (value, replace(query, wanted={**query.wanted, values: (value,)}))
        for value in known[values]
        if given is None or value in given
    ]


def _rules(policies: Policies) -> list[str]:
    """Every clause and rule of the agreements in force, and those of the place."""
    rules = [*policies.rules, *(rule for some in policies.exceptions.values() for rule in some)]
    clauses = [clause.id for agreement in policies.agreements.values() for clause in agreement.share]
    return list(dict.fromkeys([*(f"S{number}" for number in range(1, 11)), *(rule.id for rule in rules), *clauses]))


def _of_day(query: Query, day: dt.date) -> Query:
    after, before = day.isoformat(), (day + dt.timedelta(days=1)).isoformat()
    return replace(query, after=max(query.after, after), before=min(query.before, before))


def said_in(policies: Policies, opened: Sequence[Opened]) -> dict[str, str]:
    """The words for what stands in the hits, as far as the agreements in force still know them."""
    known, said = policies.vocabulary, dict[str, str]()
    for one in opened:
        event, look = one.event, one.look
        said |= {event["org"]: known.agencies[event["org"]].name} if event["org"] in known.agencies else {}
        purpose, role = str(event.get("purpose", "")), str(event.get("role", ""))
        said |= {purpose: known.purposes[purpose].label} if purpose in known.purposes else {}
        said |= {role: known.roles[role].label} if role in known.roles else {}
        items = {row.item for row in look.told} if look else set()
        said |= {item: known.items[item].label for item in items if item in known.items}
    return said


def cursor_at(parts: Parts, place: Place, *, about: tuple[str, ...]) -> bytes:
    """Where the next page begins, sealed for whoever asked `about` this."""
    return cursors.seal(parts.keyring.verdict_key, place[0].encode() + place[1], about=about)


def place_after(parts: Parts, cursor: bytes, *, about: tuple[str, ...]) -> Place:
    """Where a page begins. Raises `BadInput` for a cursor of another search."""
    place = cursors.opened(parts.keyring.verdict_key, cursor, about=about)
    return place[:_T_BYTES].decode("ascii"), place[_T_BYTES:]
