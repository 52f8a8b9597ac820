"""What a verifier accepts as a leaf of the audit log: one event in canonical JSON, at most 16 KiB.

    {"_sd":["3kI…","9aT…"],"id":"018f…","items":[["csc.cp_plan","share","early-help#2"]],"org":"homes",
     "policy":"sha256:77…","purpose":"early_help","source":"council","t":"2026-11-22T00:00:00.000000Z",
     "tags":["9f86d081884c7d65"],"typ":"disclose","v":1}

`v typ id t org _sd` are in every leaf. The others are the header: public, and never identifying, which is why its keys
are allow-listed for each type in `HEADERS` and its text can't hold a space. Everything sensitive is private: `_sd`
holds one salted digest of each such field, and `disclosures` says how one of them is shown.

`HEADERS` is append-only: a type or key is never renamed, removed or given another meaning, because leaves of every
age must verify. The rules are in `docs/formats/audit-event.md`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from broker.audit import canonical, disclosures
from broker.errors import Untrusted

VERSION = 1
MAX_LEAF_BYTES = 16 * 1024
ENVELOPE = frozenset({"v", "typ", "id", "t", "org", "_sd"})

_DECISIONS = frozenset({"source", "purpose", "policy", "items", "tags", "seen"})
_LEVELS = frozenset({"shared", "reduced", "signpost", "refer", "withheld"})
HEADERS: Mapping[str, frozenset[str]] = {
    "start": frozenset({"software", "policy", "size"}),
    "policy": frozenset({"old", "new", "diff", "act", "terms"}),
    "key": frozenset({"act", "key", "use"}),
    "keys": frozenset({"act", "generation", "epoch", "label", "reference", "kek", "seal", "records"}),
    "admin": frozenset({"act", "what"}),
    "ingest": frozenset({"source", "batch", "number", "chunk", "kept", "replaced", "retracted", "rejected", "key"}),
    "close": frozenset({"source", "batch", "closed", "held"}),
    "retract": frozenset({"source", "records", "tags"}),
    "protect": frozenset({"act", "review_by"}),
    "pause": frozenset({"act", "sources"}),
    "verdict": frozenset({"verdict"}),
    "run": frozenset({"act", "purpose", "grant", "sources", "records"}),
    "quality": frozenset({"run", "rows"}),
    "recall": frozenset({"act"}),
    "alarm": frozenset({"answer"}),
    "review": frozenset({"act"}),
    "challenge": frozenset({"act"}),
    "emergency": frozenset({"act"}),
    "right": frozenset({"act"}),
    "index": frozenset({"act", "first", "last", "days", "size", "root", "before"}),
    "seen": frozenset({"act"}),
    "witness": frozenset({"act", "size", "witness"}),
    "search": frozenset({"act", "found"}),
    "alert": frozenset({"act"}),
    "unproven": frozenset({"count"}),
    "dispose": frozenset({"source", "records", "values", "tags"}),
    "hold": frozenset({"act", "source", "tags"}),
    "expire": frozenset({"kept", "month", "entries"}),
    "shred": frozenset({"basis", "case", "entries"}),
    "prune": frozenset({"first", "root"}),
    "nothing": frozenset({"source", "purpose", "policy"}),
    "untold": frozenset({"source", "purpose", "policy"}),
    "answer": frozenset({"purpose", "role", "agreements", "policy", "people", "sources"}) | _LEVELS,
    "disclose": _DECISIONS,
    "deny": _DECISIONS,
}
"""Which header keys a leaf of each type may have; its keys are the types."""

_KEYS: Mapping[str, frozenset[str]] = {typ: ENVELOPE | header for typ, header in HEADERS.items()}

# Words of machines only: without spaces no name or address fits, and without control characters no report is fooled.
_WORD = re.compile(r"[A-Za-z0-9*-][A-Za-z0-9._:@/+=#~*-]{0,199}", re.ASCII)
_FIELD = re.compile(r"[a-z][a-z0-9_.]{0,63}", re.ASCII)
_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
_DIGEST = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_LATELY = 1024
"""Words and instants that were just read: those of one answer, and of one agreement, come again and again."""


def check_leaf(leaf_bytes: bytes) -> dict[str, Any]:
    """The event that a leaf spells. Raises `Untrusted` when it is not canonical or not of a known type and shape."""
    check_length(leaf_bytes)
    event = canonical.decode(leaf_bytes)
    check_event(event)
    return event


def check_length(leaf_bytes: bytes) -> None:
    """Raises `Untrusted` for a leaf that is too long."""
    if len(leaf_bytes) > MAX_LEAF_BYTES:
        raise Untrusted("leaf-too-large", f"the leaf is over {MAX_LEAF_BYTES} bytes")


def check_event(event: Mapping[str, Any]) -> None:
    """Raises `Untrusted` unless what a canonical leaf spells is of a known type and shape."""
    if not event.keys() >= ENVELOPE:
        raise Untrusted("leaf-malformed", "the leaf lacks a field that every leaf has")
    _check_envelope(event)
    if not event.keys() <= _KEYS[event["typ"]]:
        raise Untrusted("leaf-unknown", "the leaf has a header field that its type does not have")
    for key, value in event.items():
        if key not in ENVELOPE and not _is_public(value):
            raise Untrusted("leaf-header", "a header field holds more than words and numbers of machines", field=key)
    if "seen" in event and not _is_seen(event["seen"]):
        raise Untrusted("leaf-header", "the day tags of the leaf are malformed, out of order or repeated", field="seen")


def check_id(event_id: object) -> None:
    """Raises `Untrusted` unless this may be an event's id."""
    if not _matches(_ID, event_id):
        raise Untrusted("leaf-malformed", "the leaf's id, time or organisation is malformed")


def reveal_in(event: Mapping[str, Any], disclosure: str) -> tuple[str, Any]:
    """The (name, value) of a private field of `event`, as `check_leaf` gave it. Raises `Untrusted` if it is not one."""
    name, value = disclosures.reveal(disclosure)
    if disclosures.digest(disclosure) not in event["_sd"]:
        raise Untrusted("disclosure-foreign", "the disclosure belongs to another leaf, or was changed")
    check_private(event, name)
    return name, value


def check_private(event: Mapping[str, Any], name: str) -> None:
    """Raises `Untrusted` unless a private field of `event` may be called so."""
    # A private field under a public one's name would contradict it in a report.
    if name in event or not _FIELD.fullmatch(name):
        raise Untrusted("disclosure-name", "the disclosure's name is not one a private field may have")


def _check_envelope(event: Mapping[str, Any]) -> None:
    typ, digests = event["typ"], event["_sd"]
    # `True == 1` in Python, but a leaf that says `true` is another leaf.
    if type(event["v"]) is not int or event["v"] != VERSION or not isinstance(typ, str) or typ not in HEADERS:
        raise Untrusted("leaf-unknown", "the leaf is of an unknown version or type", hint="update the verifier")
    org, t = event["org"], event["t"]
    are_text = isinstance(org, str) and isinstance(t, str)
    if not are_text or not _matches(_ID, event["id"]) or not _is_word(org) or not _is_instant(t):
        raise Untrusted("leaf-malformed", "the leaf's id, time or organisation is malformed")
    if not isinstance(digests, list) or not all(_matches(_DIGEST, digest) for digest in digests):
        raise Untrusted("leaf-malformed", "the leaf's digests are malformed")
    if digests != sorted(set(digests)):
        raise Untrusted("leaf-malformed", "the leaf's digests are out of order or repeated")


def _is_public(value: object) -> bool:
    if isinstance(value, str):
        return _is_word(value)
    if isinstance(value, list):
        return all(_is_public(inner) for inner in value)
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_seen(value: object) -> bool:
    """Day tags, by which an index of the log is made: every reader must make the same of them."""
    return isinstance(value, list) and all(_matches(_ID, tag) for tag in value) and value == sorted(set(value))


@lru_cache(_LATELY)
def _is_word(text: str) -> bool:
    return _WORD.fullmatch(text) is not None


@lru_cache(_LATELY)
def _is_instant(text: str) -> bool:
    if not _INSTANT.fullmatch(text):
        return False
    try:
        dt.datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None
