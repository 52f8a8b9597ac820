"""What happened, and the leaf that the audit log keeps of it.

    event = answer_event(Stamp(uuid, now, "council"), asked, agreements=("early-help",), policy=digest, counts=counts)
    sealable = leaf(event, salts)      # sealable.leaf_bytes into the tree, sealable.disclosures sealed apart from it

One answer is a cover leaf (`answer`) and a leaf for each source agency, which says what was told of its records
(`disclose`, `deny` or `nothing`), each with salts of its own, so that one of them can be shown without the others.
Levels are counted as the asker was told them: a record that is withheld silently is counted nowhere in the open, only
in private fields that every cover leaf has (`silent`) and every other (`decisions`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

from broker.audit import canonical, disclosures
from broker.audit.leaves import (
    ENVELOPE,
    VERSION,
    check_event,
    check_id,
    check_leaf,
    check_length,
    check_private,
    reveal_in,
)
from broker.errors import BadInput, Untrusted

HeaderValue: TypeAlias = "int | str | Sequence[HeaderValue]"
Salts: TypeAlias = "Callable[[], bytes] | Sequence[bytes]"
_NO_ID, _NO_TIME = "0" * 32, "0001-01-01T00:00:00.000000Z"


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
    shown = {n: disclosures.conceal(n, event.private[n], salt=salt) for n, salt in zip(names, chosen, strict=True)}
    digests = sorted(map(disclosures.digest, shown.values()))
    try:
        # What the log takes in must be what every verifier lets through, or one bad event spoils the whole log.
        frame = _frame_of(event)
        check_id(event.id)
        for name in names:
            check_private(frame.event, name)
        leaf_bytes = frame.filled(digests, event.id, instant(event.t))
        check_length(leaf_bytes)
    except Untrusted as error:
        raise BadInput(error.code, error.message, hint=error.hint, field=error.field) from None
    return Sealable(leaf_bytes, shown)


@dataclass(frozen=True)
class _Frame:
    """A leaf without its digests, id and time, checked: `event` as a reader finds it, and the text between the three.

    Of an answer's leaves most differ in these alone, and from those of the last answer too.
    """

    event: Mapping[str, Any]
    first: str
    second: str
    last: str

    def filled(self, digests: Sequence[str], event_id: str, t: str) -> bytes:
        every = '","'.join(digests)
        among = f'"{every}"' if digests else ""
        return f'{{"_sd":[{among}]{self.first}{event_id}{self.second}{t}{self.last}'.encode()


def _frame_of(event: Event) -> _Frame:
    values = event.header.values()
    make = _kept_frame if all(map(_can_be_kept, values)) else _frame
    return make(event.typ, event.org, tuple(event.header), *values)


def _can_be_kept(value: HeaderValue) -> bool:
    return isinstance(value, str | int) or (isinstance(value, tuple) and all(type(one) is str for one in value))


def _frame(typ: str, org: str, names: tuple[str, ...], *values: HeaderValue) -> _Frame:
    if overlap := (ENVELOPE & set(names)):
        raise BadInput("leaf-header", "a header field has a name that every leaf uses itself", field=min(overlap))
    content: dict[str, canonical.Value] = {**dict(zip(names, values, strict=True)), "v": VERSION, "typ": typ}
    spelled, read = canonical.written(content | {"id": _NO_ID, "t": _NO_TIME, "org": org, "_sd": []})
    check_event(read)
    # The underscore comes before every letter, and no word of a header holds a quotation mark.
    first, _, rest = spelled.decode().removeprefix('{"_sd":[]').partition(f'"id":"{_NO_ID}')
    second, _, last = rest.partition(f'"t":"{_NO_TIME}')
    return _Frame(read, f'{first}"id":"', f'{second}"t":"', last)


# By type too, as True is not 1 in a leaf.
_kept_frame = lru_cache(4096, typed=True)(_frame)


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
