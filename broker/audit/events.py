"""What happened, and the leaf that the audit log keeps of it.

    event = answer_event(Stamp(uuid, now, "council"), asked, agreements=("early-help",), policy=digest, counts=counts)
    sealable = leaf(event, salts)      # sealable.leaf_bytes into the tree, sealable.disclosures sealed apart from it

One answer is a cover leaf (`answer`) and two leaves for each source agency: what was told of its records (`disclose`,
`deny` or `nothing`) and what was not (`untold`), each with salts of its own, so that one of them can be shown without
the others. Levels are counted as the asker was told them: a record that is withheld silently is counted nowhere in the
open, only in private fields that every cover leaf and every `untold` leaf has.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

from broker.audit import canonical, disclosures
from broker.audit.leaves import ENVELOPE, VERSION, check_event, check_leaf, check_length, check_private, reveal_in
from broker.errors import BadInput, Untrusted

HeaderValue: TypeAlias = "int | str | Sequence[HeaderValue]"
Salts: TypeAlias = "Callable[[], bytes] | Sequence[bytes]"


@dataclass(frozen=True)
class Event:
    """One thing that happened: `id` is a UUID in hex, `t` has a time zone, `org` is the agency that acted."""

    typ: str
    id: str
    t: dt.datetime
    org: str
    header: Mapping[str, HeaderValue] = field(default_factory=dict)
    private: Mapping[str, canonical.Value] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Sealable:
    """A leaf for the tree, and the disclosure of each private field by name, to be kept sealed apart from it."""

    leaf_bytes: bytes
    disclosures: Mapping[str, str] = field(repr=False)


def leaf(event: Event, salts: Salts) -> Sealable:
    """The leaf of `event`; `salts` gives 16 bytes for each private field, in the order of their names.

    Raises `BadInput` for anything that a verifier would refuse, for salts too few, too many or used twice, and for a
    leaf over 16 KiB.
    """
    names = sorted(event.private)
    chosen = [salts() for _ in names] if callable(salts) else list(salts)
    if not len(set(chosen)) == len(chosen) == len(names):
        raise BadInput("salt-count", "every private field of an audit event needs one salt of its own")
    if overlap := (ENVELOPE & set(event.header)):
        raise BadInput("leaf-header", "a header field has a name that every leaf uses itself", field=min(overlap))
    shown = {n: disclosures.conceal(n, event.private[n], salt=salt) for n, salt in zip(names, chosen, strict=True)}
    content: dict[str, canonical.Value] = {**event.header, "v": VERSION, "typ": event.typ, "id": event.id}
    content |= {"t": instant(event.t), "org": event.org, "_sd": sorted(map(disclosures.digest, shown.values()))}
    leaf_bytes, read = canonical.written(content)
    try:
        # What the log takes in must be what every verifier lets through, or one bad event spoils the whole log.
        check_length(leaf_bytes)
        check_event(read)
        for name in names:
            check_private(read, name)
    except Untrusted as error:
        raise BadInput(error.code, error.message, hint=error.hint, field=error.field) from None
    return Sealable(leaf_bytes, shown)


def instant(t: dt.datetime) -> str:
    """`t` in UTC as leaves write it, with six digits of a second. Raises `BadInput` for a time without a zone."""
    if t.utcoffset() is None:
        raise BadInput("event-time", "the time of an audit event needs a time zone")
    return _in_utc(t)


@lru_cache(64)
def _in_utc(t: dt.datetime) -> str:
    # All leaves of an answer are of one moment.
    return t.astimezone(dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def check_disclosure(leaf_bytes: bytes, disclosure: str) -> tuple[str, Any]:
    """The (name, value) of a private field of this leaf. Raises `Untrusted` when the leaf has no such digest."""
    return reveal_in(check_leaf(leaf_bytes), disclosure)


@dataclass(frozen=True)
class Stamp:
    """Which event, when, and which agency acted."""

    id: str
    t: dt.datetime
    org: str

    def event(self, typ: str, header: Mapping[str, HeaderValue], private: Mapping[str, canonical.Value]) -> Event:
        """An event of this stamp."""
        return Event(typ, self.id, self.t, self.org, header, private)
