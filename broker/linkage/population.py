"""What one record adds to a population run: counts that can be summed, and what its agency gets back about it.

    seen = Seen(Place("csc", "council"), matches=(Match(Place("ed", "school"), "certain", "bbdb..."),), ...)
    seen.counts()   -> Counter({("record", "csc"): 1, ("size", "2"): 1, ("pair", "csc", "ed", "certain"): 1, ...})
    seen.gift()     -> "one other service holds another date of birth", without saying which, or which date

A run keeps nothing but the sum of the counts. A gift is for the agency that holds the record and for nobody else: how
many services differ, never which, and never a value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from broker.linkage.levels import FIELDS
from broker.linkage.model import Band

Counts: TypeAlias = "Counter[tuple[str, ...]]"
"""A kind of count and what it is of -> how many."""
Duplicates = Literal["none", "one", "several"]

IDENTIFIERS = ("nhs", "nino", "upn")
_AGREES: Mapping[str, frozenset[str]] = {
    "forename": frozenset({"same", "nickname"}),
    "birth": frozenset({"same", "year, all that one side holds"}),
    "address": frozenset({"same home", "same postcode"}),
}
"""The levels that are no other value; where a field is not named here, only "same" is none."""
_FINDS_THEM = frozenset({"address", "phone", "email"})
"""Never given back: whoever posts a person under guessed addresses would see which of them others hold."""
_FIRST = ord("a")


@dataclass(frozen=True)
class Place:
    """Whose record it is."""

    source: str
    agency: str


@dataclass(frozen=True)
class Match:
    """Another record of the person. `letters` are its field levels against the record seen, empty if not told."""

    place: Place
    band: Band
    letters: str = field(default="", repr=False)


@dataclass(frozen=True)
class Differing:
    """One field of a record: how many other services hold another value, and how many the same one."""

    field: str
    other: int
    same: int


@dataclass(frozen=True)
class Gift:
    """What the agency that holds a record gets back about it."""

    fields: tuple[Differing, ...]
    duplicates: Duplicates
    identifiers: tuple[str, ...]
    """Those of `IDENTIFIERS` that a certain match has otherwise: one of the two is wrong, or two people are one."""


@dataclass(frozen=True)
class Seen:
    """One record and what a question about it would find, itself left out.

    `conflicts` counts the records that would be certain were there not something that rules it out; `hubs` are the
    (source, match-key number) of this record's labels that too many records share; `patterns` are the field levels of
    every pair compared, where the purpose of the run is to train on them.
    """

    place: Place
    matches: tuple[Match, ...]
    conflicts: int = 0
    is_protected: bool = False
    hubs: frozenset[tuple[str, int]] = frozenset()
    patterns: tuple[str, ...] = field(default=(), repr=False)

    def counts(self) -> Counts:
        """What this record adds to each sum."""
        return Counter([*self._of_record(), *self._of_pairs(), *self._of_fields()])

    def gift(self) -> Gift | None:
        """What its agency gets back; None when all agrees, and always of a protected person."""
        if self.is_protected:
            return None
        own = sum(match.place.source == self.place.source for match in self._certain())
        duplicates: Duplicates = "none" if not own else "one" if own == 1 else "several"
        differing = tuple(sorted(self._differing(), key=lambda one: list(FIELDS).index(one.field)))
        gift = Gift(differing, duplicates, tuple(sorted(self._identifiers())))
        return gift if gift.fields or gift.identifiers or duplicates != "none" else None

    def _certain(self) -> list[Match]:
        return [match for match in self.matches if match.band == "certain"]

    def _elsewhere(self) -> list[Match]:
        return [match for match in self._certain() if match.place.source != self.place.source]

    def _of_record(self) -> Iterator[tuple[str, ...]]:
        source, certain = self.place.source, self._certain()
        yield ("record", source)
        yield ("size", str(1 + len(certain)))
        yield ("size in source", source, str(1 + sum(one.place.source == source for one in certain)))
        in_agency = sum(one.place.agency == self.place.agency for one in certain)
        yield ("size in agency", self.place.agency, str(1 + in_agency))
        bands = {match.band for match in self.matches if match.place.source != source}
        yield ("best", source, "certain" if "certain" in bands else "probable" if "probable" in bands else "none")
        yield from (("hub", *map(str, hub)) for hub in sorted(self.hubs))
        if self.is_protected:
            yield ("protected",)

    def _of_pairs(self) -> Iterator[tuple[str, ...]]:
        source = self.place.source
        bands: dict[str, str] = {}
        for match in sorted(self.matches, key=lambda one: one.band == "certain"):
            bands[match.place.source] = match.band
        yield from (("pair", source, other, band) for other, band in bands.items() if other != source)
        yield from [("review", source, "probable")] * sum(match.band == "probable" for match in self.matches)
        yield from [("review", source, "conflict")] * self.conflicts
        yield from (("pattern", letters) for letters in self.patterns)

    def _of_fields(self) -> Iterator[tuple[str, ...]]:
        for match in self._certain():
            for name, level in levels_in(match.letters).items():
                if level:
                    yield ("field", self.place.source, name, FIELDS[name][level])
        yield from (("identifier", self.place.source, name) for name in self._identifiers())

    def _differing(self) -> Iterator[Differing]:
        for name in FIELDS.keys() - _FINDS_THEM:
            agrees: dict[str, bool] = {}
            for match in self._elsewhere():
                level = levels_in(match.letters).get(name, 0)
                if level:
                    source = match.place.source
                    # A service that has the person twice, once like us, does not differ.
                    agrees[source] = agrees.get(source, False) or is_same(name, level)
            other = sum(not same for same in agrees.values())
            if other:
                yield Differing(name, other, len(agrees) - other)

    def _identifiers(self) -> set[str]:
        found = [levels_in(match.letters) for match in self._certain() if match.letters]
        return {name for name in IDENTIFIERS for levels in found if levels[name] > 1}


def levels_in(letters: str) -> dict[str, int]:
    """Field -> level of a pair's letters; nothing when they were not told."""
    return {name: ord(letter) - _FIRST for name, letter in zip(FIELDS, letters, strict=False)}


def is_same(name: str, level: int) -> bool:
    """Whether a level of a field, held by both, is no other value."""
    return FIELDS[name][level] in _AGREES.get(name, frozenset({"same"}))


def summed(counts: Sequence[Counts]) -> Counts:
    """All of them together."""
    total: Counts = Counter()
    for one in counts:
        total.update(one)
    return total
