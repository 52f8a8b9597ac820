"""An adopted child's records are never brought together with those of the life before: the do-not-link rule.

    entry of the register (made on the record of the new identity)     its match keys, none with an address

    inside     of that identity: an identifier agrees, or a match key that holds both names
    touching   shares another label with the entry, and no more: a telephone
    (neither)  shares nothing

Two records are kept apart when they do not stand to every entry in the same way. So the rule is the entry itself: there
is no row that names two records, nothing says which the other identity is, and a dump links nothing. It is about one
person at a time, and stricter than it need be: a record with too many mistakes is then told of by itself. A child who
keeps both names is not told from the life before by this rule; their numbers, or a person's verdict, part the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, TypeAlias

from broker.linkage.compare import Points
from broker.tokens import MatchKey, Scheme

Side: TypeAlias = Literal["inside", "touching", "neither"]
ADOPTED = "adopted"


def sides(points: Points, entries: Iterable[Points], scheme: Scheme) -> tuple[Side, ...]:
    """How a record or question stands to each entry, in their order."""
    return tuple(_side({number for number, _ in points & entry}, scheme) for entry in entries)


def kept_apart(
    pivot: Points, records: Mapping[bytes, Points], entries: Sequence[Points], *, scheme: Scheme
) -> frozenset[bytes]:
    """The ids of the records that may not be brought together with what `pivot` is about."""
    own = sides(pivot, entries, scheme)
    return frozenset(one for one, points in records.items() if sides(points, entries, scheme) != own)


def parted(records: Mapping[bytes, Points], entries: Sequence[Points], *, scheme: Scheme) -> list[frozenset[bytes]]:
    """`records` in parts that may each be brought together, in the order in which their first members come."""
    parts: dict[tuple[Side, ...], list[bytes]] = {}
    for one, points in records.items():
        parts.setdefault(sides(points, entries, scheme), []).append(one)
    return [frozenset(part) for part in parts.values()]


def _side(shared: set[int], scheme: Scheme) -> Side:
    if not shared:
        return "neither"
    return "inside" if any(_names_somebody(scheme.match_key(number)) for number in shared) else "touching"


def _names_somebody(key: MatchKey) -> bool:
    """Whether a match key is a whole identifier, or holds both names: an address is never among an entry's keys."""
    kinds = {atom[:2] for atom in key.atoms}
    return (key.identifier and len(key.atoms) == 1) or "nsw" in key.atoms or {"fn", "sn"} <= kinds
