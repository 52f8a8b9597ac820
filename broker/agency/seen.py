"""Who has looked at a record of ours: the broker's answer, checked here, as looks that people can read.

    looks = read_looks(place, edges, Wanted("csc", "C-1041"), staff=pseudonym)
    [look_line(one, looks.said) for one in looks.told]

What is checked: that the indexes of the audit log have no gap and go up to now; that each answers for this record on
each of its days, with every look it counts; that each look that is told is in the signed log, and is about this record.
The record's day tags are made here, from a key that the broker gives and that must stay the same from one time to the
next. That an index is what the whole log gives is checked by whoever holds the log (`broker audit verify`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from broker.agency import pseudonyms
from broker.agency.client import Connection, open_http
from broker.agency.delivery import write_atomically
from broker.agency.edges import Edges
from broker.agency.kept_answers import parsed
from broker.agency.receipts import MAX_AGE_SECONDS
from broker.agency.words import LEVELS, capital, day, listing, plain, words
from broker.agency.workspace import Workspace
from broker.audit.receipt import Verified, verify_receipt
from broker.audit.subjects import Answer, check_complete, covered_by, parse_row
from broker.audit.tree import leaf_hash
from broker.errors import Untrusted
from broker.keys.envelope import day_tag
from broker.keys.trust import Trust
from broker.wire.london import in_london
from broker.wire.reference import spoken_reference
from broker.wire.seen import IndexAnswer, Seen, SeenRequest

PATH = "/v1/people/seen"
_KEYS = "seen-keys.json"
_CHECKED = "that was checked against the whole record of look-ups, from which nothing can be taken out"


@dataclass(frozen=True)
class Wanted:
    """A record of ours, by the reference that our files have."""

    source: str
    reference: str = field(repr=False)


@dataclass(frozen=True)
class Look:
    """One look at the record: who looked when and why, and for each item how much was shown, and by which clause."""

    at: dt.datetime
    agency: str
    role: str
    purpose: str
    items: tuple[tuple[str, str, str], ...]
    answer: str
    """The reference of the answer, by which the other agency's IG officer finds it; empty when it is not kept."""


@dataclass(frozen=True)
class Looks:
    """Every look at a record: those told, and of those that are not yet, the days from which they are.

    `since` is the first day of which the log has an index, None when there was no look at anybody yet; `entries` is how
    many entries of the log were accounted for; `expired` counts looks whose entries the log no longer keeps.
    """

    ref: str
    """The record as the broker is told of it, in hex."""
    told: tuple[Look, ...]
    untold: tuple[dt.date, ...]
    expired: int
    since: dt.date | None
    entries: int
    said: Mapping[str, str]
    new_key: bool = False
    """Whether the record has another key than the last time we asked."""


def read_looks(place: Workspace, edges: Edges, wanted: Wanted, *, staff: str) -> Looks:
    """Asks the broker who has looked at a record, as this member of staff (their pseudonym), and checks the answer.

    Raises what a request raises, and `Untrusted` when anything does not fit.
    """
    ref = pseudonyms.reference(place.read_secrets().bytes32("reference"), wanted.source, ref=wanted.reference)
    asked = SeenRequest(v=1, source=wanted.source, ref=ref, staff=staff)
    with open_http(edges) as http:
        broker = Connection("the broker", place.broker_url, place.review_signer(), http, edges)
        seen = parsed(Seen, broker.send("POST", PATH, body=asked.model_dump_json().encode()))
    if (seen.agency, seen.source, seen.ref) != (place.agency, wanted.source, ref):
        raise Untrusted("answer-other", "the broker answered about another record")
    looks = check_seen(seen, place.read_trust(), staff=staff, now=edges.seconds())
    new_key = _note_key(place.state / _KEYS, f"{wanted.source}/{ref.hex()}", seen.seen_key)
    return replace(looks, new_key=new_key)


def check_seen(seen: Seen, trust: Trust, *, staff: str, now: int) -> Looks:
    """What the broker's answer proves. Raises `Untrusted` unless all of it does."""
    # 1. That we read this is in the log, now.
    read = _verified(seen.read.model_dump(), trust)
    _fits(read, {"typ": "seen", "act": "read", "org": seen.agency})
    if read.disclosed.get("staff") != staff or abs(_at(read).timestamp() - now) > MAX_AGE_SECONDS:
        raise Untrusted("receipt-other", "the event in the audit log is not about this reading")
    # 2. The last index is in the log, is of now, and all others are bound to it.
    if not seen.indexes:
        raise Untrusted("index-missing", "there is no index of the log")
    last = _verified({"v": 1, "leaf": seen.indexes[-1].leaf, "proof": seen.proof, "disclosures": ()}, trust)
    if abs(_at(last).timestamp() - now) > MAX_AGE_SECONDS:
        raise Untrusted("index-old", "the latest index of the log is not of now", hint="check this machine's clock")
    # 3. Each of them answers for this record on each of its days, and counts so many looks.
    shown = [(one.leaf.encode(), [_answer(answer) for answer in one.answers]) for one in seen.indexes]
    counted, covered = check_complete(shown, tag_of=lambda on: day_tag(seen.seen_key, dt.date.fromisoformat(on)))
    # 4. Each look is told, in the log and about this record; or it is one of those that are not told yet.
    leaves = {leaf_hash(one.leaf.encode()): one for one in seen.looks}
    untold = {one.look: one.until for one in seen.untold}
    if sorted(counted) != sorted([*leaves, *untold]) or len(leaves) + len(untold) != len(seen.looks) + len(seen.untold):
        raise Untrusted("index-incomplete", "the looks given are not those that the index counts")
    told = [_look(_verified(leaves[one].model_dump(), trust), seen.seen_key) for one in counted if one in leaves]
    days = [on for leaf, _ in shown for on in covered_by(json.loads(leaf)).days]
    return Looks(
        ref=seen.ref.hex(),
        told=tuple(told),
        untold=tuple(sorted(until for until in untold.values() if until is not None)),
        expired=sum(until is None for until in untold.values()),
        since=dt.date.fromisoformat(min(days)) if days else None,
        entries=covered.last,
        said=seen.said,
    )


def look_line(look: Look, said: Mapping[str, str]) -> str:
    """One look as a sentence: when, who, why, and what they were shown."""
    who = f"{_said(look.agency, said)}, {_said(look.role, said).lower() if look.role else 'role not kept'}"
    at = in_london(look.at)
    when = f"{day(at.date())} at {at:%H:%M}"
    answer = f" [{plain(look.answer)}]" if look.answer else ""
    return f'{when}: {who}, for the reason "{_said(look.purpose, said)}": {_what(look.items, said)}{answer}'


def looks_lines(looks: Looks) -> list[str]:
    """All of it in plain words, ending with what is not told and what was proven."""
    lines = [look_line(one, looks.said) for one in looks.told]
    for until in sorted(set(looks.untold)):
        count = looks.untold.count(until)
        lines.append(f"{_many(count)} withheld until {day(until)}: the law lets them be told later")
    if looks.expired:
        lines.append(f"{_many(looks.expired)} older than the audit log keeps; only the number is left")
    total = len(looks.told) + len(looks.untold) + looks.expired
    since = f" since {day(looks.since)}" if looks.since else ""
    said = "nobody has looked at this record" if not total else f"{total:,} look{'' if total == 1 else 's'} in all"
    missing = ", and none is missing" if total else ""
    lines.append(f"{said}{since}{missing}: {_CHECKED}")
    return lines


def _what(items: Sequence[tuple[str, str, str]], said: Mapping[str, str]) -> str:
    """Attendance shown (early-help#4); school not shown for this reason (P5)."""
    levels: dict[str, list[str]] = {}
    for item, level, clause in items:
        levels.setdefault(level, []).append(f"{_said(item, said)} ({plain(clause)})")
    parts = [f"{LEVELS.get(level, words(level))}: {listing(names)}" for level, names in levels.items()]  # type: ignore[call-overload]
    return "; ".join(parts) or "what they were shown is not kept"


def _many(count: int) -> str:
    return f"{count:,} {'entry is' if count == 1 else 'entries are'}"


def _said(name: str, said: Mapping[str, str]) -> str:
    return plain(said.get(name, "")) or capital(words(name.rpartition(".")[2]))


def _look(leaf: Verified, seen_key: bytes) -> Look:
    """A look, from its leaf and what is disclosed of it."""
    event, at = leaf.event, _at(leaf)
    tag = day_tag(seen_key, at.date()).hex()
    own = [value for name, value in leaf.disclosed.items() if name.startswith("record.")]
    if tag not in event.get("seen", ()) or any(mine[0] != tag for mine in own):
        raise Untrusted("index-other", "a look in the broker's answer is about another record")
    items = tuple(tuple(event["items"][place]) for _, places in own for place in places)
    answer = leaf.disclosed.get("answer")
    reference = spoken_reference(bytes.fromhex(answer)) if answer else ""
    return Look(at, event["org"], str(leaf.disclosed.get("role", "")), event["purpose"], items, reference)


def _answer(one: IndexAnswer) -> Answer:
    return Answer(parse_row(one.row), one.place, one.path, one.looks)


def _verified(receipt: object, trust: Trust) -> Verified:
    return verify_receipt(receipt, [trust.broker.audit_log])


def _at(leaf: Verified) -> dt.datetime:
    return dt.datetime.fromisoformat(leaf.event["t"])


def _fits(leaf: Verified, expected: Mapping[str, str]) -> None:
    for name, value in expected.items():
        if leaf.event.get(name) != value:
            raise Untrusted("receipt-other", "the event in the audit log is not the one the broker reports", field=name)


def _note_key(path: Path, name: str, seen_key: bytes) -> bool:
    """Whether the record's key is another than the last time; keeps a digest of it.

    A record that was erased and posted again has a new one; otherwise the broker would be hiding looks under the old.
    """
    known: dict[str, str] = json.loads(path.read_bytes()) if path.exists() else {}
    digest = hashlib.sha256(seen_key).hexdigest()
    before = known.get(name)
    if before != digest:
        write_atomically(path, json.dumps(known | {name: digest}, sort_keys=True).encode())
    return before not in (None, digest)
